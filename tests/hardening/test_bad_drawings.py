"""Unusual, broken and hostile drawings, given to every function that reads strokes."""

from __future__ import annotations

import gc
import json
import os
from types import SimpleNamespace

import numpy as np
import pytest

from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.quickdraw import describe, load_doodles
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.suggest import doodle_query
from sketchnet.strokes.formats import MAX_POINTS, MAX_STROKES, as_drawing, from_quickdraw, tidy
from sketchnet.utils.errors import InputError
from sketchnet_demo.stroke_record import on_canvas, read_strokes
from sketchnet_demo.svg import drawing_svg
from tests.hardening.bad_drawings import PAYLOADS, STROKES, drawing_files, official
from tests.hardening.readers import read_in_subprocess

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

MAX_MEMORY = 400  # MB for a process that reads all files; two unpack to three gigabytes
SMALL = [name for name in STROKES if "00000" not in name]


@pytest.mark.parametrize("name", STROKES)
def test_each_value_is_accepted_or_refused_as_expected(name, outcome):
    expected, make = STROKES[name]
    strokes = make()
    assert outcome(as_drawing, strokes) == expected
    outcome(from_quickdraw, strokes)
    if expected == "accepted":
        drawing = as_drawing(strokes)
        assert len(drawing) <= MAX_STROKES
        assert sum(map(len, drawing)) <= MAX_POINTS
        assert all(np.isfinite(stroke).all() and len(stroke) for stroke in drawing)
        prepared = prepare_sketch(drawing, 109)
        assert prepared.shape == (109, 109)
        inputs = DoodleInputs().batch([tidy(drawing)])
        assert all(np.isfinite(values).all() for values in inputs.values())
        assert "nan" not in drawing_svg(drawing) + on_canvas(drawing)


@pytest.mark.parametrize("name", SMALL)
def test_each_drawing_becomes_a_query_or_is_refused(name, finder, outcome):
    strokes = STROKES[name][1]()
    if isinstance(strokes, list):
        if outcome(sketch_query, finder.embedder, strokes) == "accepted":
            embedded = sketch_query(finder.embedder, strokes).embed(finder.embedder)
            assert np.isfinite(embedded.vectors).all()
        outcome(doodle_query, strokes)


@pytest.mark.parametrize("name", STROKES)
def test_each_stroke_record_of_the_page_is_read_or_refused(name, outcome):
    text = json.dumps(official(STROKES[name][1]()))
    if outcome(read_strokes, text) == "accepted":
        assert all(np.isfinite(stroke).all() for stroke in read_strokes(text))


@pytest.mark.parametrize("name", PAYLOADS)
def test_other_texts_are_refused_in_a_short_line_without_html(name):
    with pytest.raises(InputError, match="expected") as refusal:
        read_strokes(PAYLOADS[name]())
    assert len(str(refusal.value)) < 300
    assert "<" not in str(refusal.value)


# All endpoints parse a record with `read_strokes`, which is tested with every payload above.
@pytest.mark.parametrize("name", [*SMALL, *(n for n in PAYLOADS if n != "600000_lists")])
def test_endpoints_answer_or_refuse_each_stroke_record(name, endpoints, outcome):
    text = PAYLOADS[name]() if name in PAYLOADS else json.dumps(official(STROKES[name][1]()))
    for endpoint, more in (("find", (3,)), ("suggest", (3,)), ("embed", ())):
        found = outcome(lambda: json.dumps(endpoints[endpoint](None, *more, text)))  # noqa: B023
        assert found == "refused" or name not in PAYLOADS


@pytest.mark.parametrize("k", [0, -1, 101, 1e300, float("nan"), float("inf")])
def test_the_number_of_results_must_be_in_its_range(k, gradio, endpoints):
    with pytest.raises(gradio.Error, match="k from 1 to 100"):
        endpoints["find"](None, k, "[[[1, 9], [1, 9]]]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawings")
    for name, make in drawing_files():
        (folder / name).write_bytes(make())
    return folder


@pytest.mark.slow
def test_memory_is_bounded_and_no_code_executed_when_one_process_reads_all_files(
    folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    paths = sorted(folder.iterdir())
    results, peak = read_in_subprocess("doodles", paths)
    assert len(results) == len(paths)
    assert {r.name for r in results if r.outcome == "accepted"} >= {"valid.ndjson", "valid.npz"}
    assert all("\n" not in r.message for r in results)
    assert peak < MAX_MEMORY
    assert not any("executed" in names for _, names, _ in os.walk(folder.parent))


def test_a_folder_gives_its_valid_drawings(folder, capsys):
    drawings = load_doodles(folder)
    assert "sun" in drawings.categories
    points = drawings.drawings.points
    assert np.isfinite(points).all()
    assert points.min() >= 0
    assert points.max() <= 255.01
    for text in (*drawings.key_ids, *drawings.categories, *drawings.problems):
        assert text.isprintable()
        text.encode()
    assert {"<script>alert(1)</script>", "../../../etc/passwd"} <= set(drawings.categories)


def test_the_report_of_a_folder_is_printable(folder):
    found = describe(folder)
    assert sum(row.drawings for row in found.rows) > 10
    for row in (*found.table(1000), found.problems):
        assert all(text.isprintable() for text in row)


def test_pipes_links_and_unprintable_file_names_in_a_folder(tmp_path):
    valid = b'{"drawing": [[[1, 9], [1, 9]]], "key_id": "1"}\n'
    os.mkfifo(tmp_path / "pipe.ndjson")  # opening it would block forever
    (tmp_path / "lost.ndjson").symlink_to("/nowhere")
    (tmp_path / "loop.ndjson").symlink_to("loop.ndjson")
    (tmp_path / "folder.ndjson").mkdir()
    (tmp_path / "above").symlink_to(tmp_path)
    with open(os.fsencode(tmp_path) + b"/\xff\xfe.ndjson", "wb") as file:
        file.write(valid)
    (tmp_path / "a\nb\x1b[2J.ndjson").write_bytes(valid.replace(b'"1"', b'"2"'))
    drawings = load_doodles(tmp_path)
    assert set(drawings.categories) == {"\\udcff\\udcfe", "a\\nb\\x1b[2J"}


def test_html_in_category_names_is_escaped_in_every_tab(gradio, suggester):
    from dataclasses import replace

    from sketchnet.retrieval.suggest import Suggester
    from sketchnet_demo.doodle_tab import DoodleTab
    from sketchnet_demo.quiz_tab import QuizTab
    from sketchnet_demo.session import Session
    from tests.browser.hog_embedder import HogDoodleEmbedder, draw_doodles
    from tests.demo.test_html import HOSTILE, Tags

    plain = draw_doodles(4)
    words = tuple(f"{word} {HOSTILE}" for word in plain.categories)
    named = replace(plain, categories=words, key_ids=tuple(HOSTILE + k for k in plain.key_ids))
    embedder = HogDoodleEmbedder(named)
    gallery = replace(suggester.gallery, categories=words, key_ids=named.key_ids)
    hostile = Suggester(embedder, gallery)
    with gradio.Blocks(analytics_enabled=False):
        doodle, quiz = DoodleTab(hostile), QuizTab(hostile)
    gc.collect()  # while the warnings about what Gradio leaves open are ignored
    session = Session(gallery="", drawing=plain.drawings[0])
    pages = [*doodle.show_results(session).values()]

    event = SimpleNamespace(_data={"act": "begin", "id": None})
    for number in range(12):
        pages += quiz.act(event, session).values()
        event._data = {"act": "name", "id": session.quiz.categories[number % 2]}
    assert session.quiz.over
    for page in pages:
        tags = Tags(page)
        assert "script" not in tags.tags
        assert "img" not in tags.tags
        assert "onerror" not in tags.attributes
    assert any(HOSTILE in Tags(page).text for page in pages)
