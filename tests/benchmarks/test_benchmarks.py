"""Every benchmark runs in its smallest size and prints its tables."""

from __future__ import annotations

import math
import re

import pytest

from sketchnet.web.runtime import LITERT, ONNX
from tests.benchmarks import (
    batching,
    doodle,
    filters,
    gallery,
    large_gallery,
    query,
    query_parts,
    rasterizing,
    runtimes,
    search,
    start,
    timing,
    web_page,
    web_runtimes,
)
from tests.benchmarks import training as training_benchmark
from tests.benchmarks.__main__ import BENCHMARKS, main

NUMBER = re.compile(r"[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")


def tables(text: str) -> list[dict[str, list[float]]]:
    """The Markdown tables in a text: for each, the name of a row → the numbers in it."""
    found: list[dict[str, list[float]]] = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, rule, *rows = [line[1:-1].split("|") for line in block.splitlines()]
        assert {cell.strip() for cell in rule} == {"---"}
        assert all(len(row) == len(head) for row in rows)
        found.append(
            {
                row[0].strip(): [
                    float(number.replace(",", ""))
                    for cell in row[1:]
                    for number in NUMBER.findall(cell)
                ]
                for row in rows
            }
        )
    return found


def check(table: dict[str, list[float]], *names: str) -> None:
    """The rows start with these names and contain finite numbers, none of them negative."""
    assert len(table) == len(names)
    for row, name in zip(table, names, strict=True):
        assert row.startswith(name)
    for numbers in table.values():
        assert numbers
        assert all(math.isfinite(number) and number >= 0 for number in numbers)
        assert any(number > 0 for number in numbers)


@pytest.fixture(autouse=True)
def small_matrix_product(monkeypatch):
    """A small matrix product for the peak performance: the real one takes a second."""
    monkeypatch.setattr(timing, "MATRIX_SIZE", 64)


def test_filters(capsys):
    filters.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    check(table, "no filter", "a brand (", "a brand and", "words (", "words beside", "the counts")


@pytest.mark.slow
def test_query(capsys):
    query.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    forms = [f"{form}, {views}" for views in (1, 10) for form in ("strokes", "picture")]
    rows = [f"{name}, {form}" for name in ("shoes", "Sketch-a-Net") for form in forms]
    check(table, *rows, query.ORIGINAL)
    for prepare, _, embed, _, search_time, _, whole, *_ in table.values():
        assert whole == pytest.approx(prepare + embed + search_time, rel=0.5)


def test_both_implementations_rank_the_same_vectors_equally(rng):
    """`cdist` and a sort give the same rows as a matrix product and a partition."""
    import numpy as np

    from sketchnet.inference.embedder import Embeddings
    from sketchnet.retrieval.ranker import Ranker

    vectors = query.vectors_like(np.eye(5, 8, dtype=np.float32), 200)
    vector = query.vectors_like(vectors[:1], 1)

    class Network:
        inputs = (type("Input", (), {"shape": (None, 97, 97, 1)}),)

    expected = query.original_implementation(b"", Network, vectors.astype(np.float64)).search(
        vector
    )
    assert (
        Ranker().rank(Embeddings(vector), Embeddings(vectors), query.K)[0].tolist()
        == expected.tolist()
    )


def test_doodle(capsys):
    doodle.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    answers = ("embedding and logits", "with 10 similar drawings")
    check(table, *(f"{each}, {state}" for state in ("half drawn", "finished") for each in answers))


def test_gallery(capsys):
    gallery.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    each = ("network alone", "one step after the other", "pipelined as in a build")
    check(table, "decode", *(f"{method}, {views}" for views in (1, 10) for method in each))


@pytest.mark.slow
def test_training(capsys):
    training_benchmark.main(["--quick"])
    backend, pipeline, lengths = tables(capsys.readouterr().out)
    check(backend, "TensorFlow")
    check(pipeline, "batches made during", "the same batch in every", "making batches")
    check(
        lengths,
        "padded to the longest sequence of all",
        "bucketed",
    )


@pytest.mark.slow
def test_a_step_runs_in_a_process_with_its_own_backend():
    from tests.benchmarks.training_step import step_in_process

    with step_in_process("tensorflow", identities=4, size=32, embedding_size=8) as step:
        assert 0 < timing.seconds_of(step) < 60
    with pytest.raises(RuntimeError, match="no_such_backend"):  # noqa: SIM117 (it raises on entry)
        with step_in_process("no_such_backend", identities=4):
            pass


def test_rasterizing(capsys):
    rasterizing.main(["--quick"])
    reading, drawing = tables(capsys.readouterr().out)
    check(
        reading,
        *(f"`{form}`, {who}" for form in (".ndjson", ".bin") for who in ("sketchnet", "plain")),
    )
    assert len(drawing) % len(rasterizing.SIDES) == 0
    check(drawing, *drawing)
    assert f"sketchnet, {rasterizing.SIDES[0]} px" in drawing


def test_all_readers_read_the_same_drawings(tmp_path, rng):
    import numpy as np

    from sketchnet.data.quickdraw.items import DoodleItem

    drawings = [
        [rng.integers(0, 256, (n, 2)).astype(np.float32) for n in rng.integers(1, 9, 3)]
        for _ in range(4)
    ]
    lines = tmp_path / "drawings.ndjson"
    text = [[[s[:, 0].tolist(), s[:, 1].tolist()] for s in drawing] for drawing in drawings]
    lines.write_text("".join(f'{{"word": "cat", "drawing": {each}}}\n' for each in text))
    for name, read in rasterizing.readers(tmp_path, lines):
        for found, drawing in zip(read(), drawings, strict=True):
            strokes = found.drawing if isinstance(found, DoodleItem) else found
            for stroke, expected in zip(strokes, drawing, strict=True):
                np.testing.assert_array_equal(stroke, expected, err_msg=name)


def test_search(capsys):
    search.main(["--quick"])
    measured, computed = tables(capsys.readouterr().out)
    assert list(measured)[:3] == list(search.ENGINES)[:3]
    check(measured, *measured)
    check(computed, *measured)
    for name, (_, _, _, recall, *_) in measured.items():
        assert 0.9 <= recall <= 1, name
    assert computed[search.REFERENCE][0] == pytest.approx(
        10 * measured[search.REFERENCE][0], rel=0.01
    )


def test_recall_does_not_depend_on_the_order():
    assert search.recall([[3, 1, 2], [0, 8, 9]], [[1, 2, 3], [0, 1, 2]]) == pytest.approx(4 / 6)


def test_start(capsys):
    start.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    check(table, *(f"`import {name}" for name in start.IMPORTS[:2]))


@pytest.mark.slow
def test_the_page_starts():
    seconds, megabytes = start.measure_page("--run", "shoes")
    assert 0 < seconds < start.TIMEOUT
    assert megabytes > 50


def test_runtimes(capsys):
    runtimes.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    check(dict(sorted(table.items())), "1, ONNX Runtime", "1, predict_on_batch")


def test_batching(capsys):
    batching.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    check(table, "1", "2")


@pytest.mark.slow
def test_web(capsys):
    web_page.main(["--quick"])
    sizes, strokes = tables(capsys.readouterr().out)
    assert list(sizes) == list(strokes) == [LITERT.name, ONNX.name]
    for _, before, with_maps, folder in sizes.values():
        assert 5 < before < with_maps < folder < 40


@pytest.mark.slow
def test_web_runtimes(capsys):
    web_runtimes.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    assert set(table) == {"LiteRT, as the page loads it", "ONNX Runtime", "LiteRT, relaxed SIMD"}
    for *_, cosine in table.values():
        assert cosine > 0.999


def test_the_command_lists_every_benchmark(capsys):
    assert main([]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {name}" in listed for name in BENCHMARKS)
    assert main(["nothing"]) == 2


def test_calls_are_interleaved_and_the_first_round_is_not_counted(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0)
    called: list[str] = []
    times = timing.time_interleaved(
        {name: lambda name=name: called.append(name) for name in "ab"}, 3
    )
    assert "".join(called) == "abababab"
    assert {len(each.rounds) for each in times.values()} == {3}
    assert timing.Times((3.0, 1.0, 2.0)).median == 2.0
    assert timing.Times((3.0, 1.0, 2.0)).best == 1.0


@pytest.mark.slow
def test_parts_of_a_query(capsys):
    query_parts.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    stages = ("first stage", "first stage, its products", "reading its vectors", "re-rank 100")
    check(table, "prepare", "network", *stages, "the whole query")


@pytest.mark.slow
def test_ranking_inside_an_engine(capsys, tmp_path):
    pytest.importorskip("qdrant_client", reason="pip install -r requirements-scale.txt")
    pytest.importorskip("qdrant_edge", reason="pip install -r requirements-scale.txt")
    from tests.benchmarks import engine

    engine.main(["--quick"])
    found = capsys.readouterr().out
    assert found.count("| yes |") == 3, "all rank alike"
    sizes = [
        [int(each.replace(",", "")) for each in row]
        for row in re.findall(r"\| (\d+) \| ([\d,]+) \| ([\d,]+) \|", found)
    ]
    (fetches, _, old), (requests, _, new) = sizes
    assert requests == 1 < fetches
    assert new < old / 100
    engine.main(["--quick", "--vectors", "300", "--folder", str(tmp_path / "engine")])
    assert "| engine, all photos |" in capsys.readouterr().out


@pytest.mark.slow
def test_a_large_gallery(capsys):
    large_gallery.main(["--quick"])
    (table,) = tables(capsys.readouterr().out)
    ((opened, (searched, _, size)),) = table.items()  # the time to open stands first
    assert 0 <= float(opened.split()[0]) < 60
    assert 0 < searched < 60_000
    assert size >= 0
