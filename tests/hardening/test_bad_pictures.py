"""Every odd, broken and hostile picture, through every door that takes pictures."""

from __future__ import annotations

import gc
import json
import os

import numpy as np
import pytest

from sketchnet.data.report import report_folder
from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.gallery import build_gallery, load_gallery, photos_in
from sketchnet.retrieval.query import photo_query, sketch_query
from sketchnet.retrieval.suggest import query_of
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.hardening.bad_pictures import ANSWERED, EITHER, PICTURES, metadata
from tests.hardening.doors import in_child

pytestmark = [
    # Pillow tells of broken notes of a camera by a warning, and reads on.
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SMALL = [name for name in PICTURES if not name.startswith("megapixels_39")]
PEAK = 800  # MB of a process that reads all of them, the largest of 39 megapixels


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for name, (_, make) in PICTURES.items():
        (folder / name).write_bytes(make())
    return folder


@pytest.mark.parametrize("name", SMALL)
def test_each_is_answered_or_refused_as_it_should(files, name, outcome):
    expected = PICTURES[name][0]
    for source in (files / name, (files / name).read_bytes()):
        assert expected in (EITHER, outcome(read_picture, source))
    if name.startswith("megapixels"):
        with pytest.raises(InputError, match=r"40 megapixels|something else"):
            read_picture(files / name)


@pytest.mark.parametrize("name", SMALL)
def test_each_is_a_query_or_one_line(files, finder, name, outcome):
    content = (files / name).read_bytes()
    for ask in (sketch_query, photo_query):
        if outcome(ask, finder.embedder, content) == ANSWERED:
            embedded = ask(finder.embedder, content).embed(finder.embedder)
            assert np.isfinite(embedded.vectors).all()
    outcome(query_of, content)


@pytest.mark.slow
def test_all_of_them_leave_memory_in_bounds(files):
    outcomes, peak = in_child("picture", sorted(files.iterdir()))
    assert len(outcomes) == len(PICTURES)
    wrong = [o for o in outcomes if PICTURES[o.name][0] not in (EITHER, o.outcome)]
    assert wrong == []
    assert peak < PEAK


def test_a_folder_of_them_makes_a_gallery_of_the_sound_ones(files, tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    for name in SMALL:
        os.link(files / name, tmp_path / "photos" / name)
    os.mkfifo(tmp_path / "photos" / "pipe.png")  # to open it would be to wait for ever
    (tmp_path / "photos" / "lost.png").symlink_to("/nowhere")
    (tmp_path / "photos" / "round.png").symlink_to("round.png")
    os.link(files / "noise.png", os.fsencode(tmp_path / "photos") + b"/not_utf8_\xff.png")
    os.link(files / "noise.png", tmp_path / "photos" / "line\nbreak\x1b[2J.png")

    built = build_gallery(HogEmbedder(), tmp_path / "photos", tmp_path / "gallery")
    ids = load_gallery(tmp_path / "gallery").ids
    assert {"not_utf8_\\udcff", "line\\nbreak\\x1b[2J"} <= set(ids)
    assert len(ids) + len(built.skipped) == len(photos_in(tmp_path / "photos"))
    skipped = {name for name, _ in built.skipped}
    assert all(name.removesuffix(".png") in skipped for name in ("cut.png", "text.png"))
    assert all("\n" not in reason for _, reason in built.skipped)
    json.dumps([*ids]).encode()

    report = report_folder(tmp_path / "photos")
    assert "usable as a gallery" in report
    assert report.encode().isascii() or "…" in report
    assert "\x1b" not in report


@pytest.mark.parametrize("name", SMALL)
def test_each_at_the_endpoints_is_an_answer_or_one_line_and_is_removed(
    files, endpoints, tmp_path, name, outcome
):
    for endpoint, more in (("find", (10, "")), ("embed", ("",)), ("suggest", (10, ""))):
        upload = tmp_path / name
        upload.write_bytes((files / name).read_bytes())
        outcome(lambda: json.dumps(endpoints[endpoint](str(upload), *more)))  # noqa: B023
        assert not upload.exists()


@pytest.fixture(scope="module")
def brought(gradio, finder):
    """The page's own door for pictures: a file in, what is shown out."""
    from sketchnet_demo.picture_query import PictureQuery
    from sketchnet_demo.session import Session
    from sketchnet_demo.shoe_search import ShoeSearch

    with gradio.Blocks(analytics_enabled=False):
        query = PictureQuery(ShoeSearch({"shoes": finder}), gradio.HTML())
    gc.collect()  # while what Gradio left open is still ignored
    return lambda file: query.upload(file, Session(gallery="shoes"))


@pytest.mark.parametrize("name", SMALL)
def test_each_brought_to_the_page_is_shown_or_refused_and_is_removed(
    files, brought, tmp_path, name, outcome
):
    upload = tmp_path / name
    upload.write_bytes((files / name).read_bytes())
    outcome(brought, str(upload))
    assert not upload.exists()


def test_what_a_picture_says_about_itself_is_not_shown(brought, tmp_path):
    (tmp_path / "a.png").write_bytes(metadata())
    (shown,) = brought(str(tmp_path / "a.png")).values()
    assert "<img" in shown
    assert "alert" not in shown


def test_a_pipe_and_a_device_are_no_pictures(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", "/dev/null"):
        with pytest.raises(InputError, match="no ordinary file"):
            read_picture(path)
    for name in ("a\0b.png", "a" * 5000, "/proc/self/mem", ""):
        with pytest.raises(InputError, match="expected a picture"):
            read_picture(name)
