"""The page's modules that need no browser, run by Node and compared with what Python computes."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess

import numpy as np
import pytest

from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.imaging.prepare import canvas_for, prepare_sketch
from sketchnet.inference.embedder import Embeddings
from sketchnet.models.local_scores import local_scores_numpy
from sketchnet.retrieval.catalogue.words import all_words
from sketchnet.retrieval.ranker import Ranker
from sketchnet.retrieval.relevance_feedback import rocchio
from sketchnet.strokes.formats import tidy
from sketchnet.utils.spreadsheet import safe_cell
from sketchnet.web.maps import pack_map, stored_channels
from sketchnet.web.write import PAGE
from tests.web.drawings import drawings

SIZE, LINE = 64, 1 / 56
TEXTS = ["Éclair-Boot, 2. Wahl", "ÜBER_maß 7,5", "", "naïve naive NAIVE"]
CELLS = ["=1+1", "-3", "plain", "a,b", 'say "x"', "@me"]

SCRIPT = """
import { readFileSync } from "node:fs";
import { strokeRows } from "./doodle_engine.js";
import { wordsOf } from "./filters.js";
import { pointsOf, tidy } from "./geometry.js";
import { localScore } from "./local_scores.js";
import { decode, encode } from "./maps.js";
import { distances, moved, nearest, rerank } from "./rank.js";
import { rasterize } from "./rasterize.js";
import { cell } from "./tray.js";

const given = JSON.parse(readFileSync(0));
const tidied = given.drawings.map((drawing) => tidy(pointsOf(drawing)));
const { cells, channels } = given, vectors = Float32Array.from(given.vectors.flat());
const keys = given.keys.map((bytes) => decode(Uint8Array.from(bytes), cells, channels));
const queries = given.queries.map((map) => encode(Float32Array.from(map), cells, channels));
const found = distances(vectors, given.vectors[0].length, given.asked);
const order = nearest(found, given.vectors.map((_, row) => row), given.vectors.length);
const maps = { channels, map: (row) => keys[row] };
console.log(JSON.stringify({
  pictures: tidied.map((strokes) => {
    return [...rasterize(strokes, given.canvas, given.line * given.canvas, 0.8)];
  }),
  strokes: tidied.map((strokes) => strokeRows(strokes, given.inputs)),
  words: given.texts.map(wordsOf),
  cells: given.texts_of_cells.map(cell),
  scores: queries.map((query) => keys.map((key) => localScore([query], key, channels))),
  ranked: rerank(order, found, given.rerank, queries, maps, given.penalties),
  moved: [...moved(given.asked[0], given.vectors.slice(0, 2), given.vectors.slice(2, 3))],
}));
"""


class Penalties:
    """Hubness penalties that are given, in place of a querybank."""

    def __init__(self, vectors: np.ndarray, values: np.ndarray) -> None:
        self.rows = {vector.tobytes(): value for vector, value in zip(vectors, values, strict=True)}

    def penalties(self, vectors: np.ndarray) -> np.ndarray:
        return np.array([self.rows[vector.tobytes()] for vector in vectors], np.float32)

    def penalties_of(self, vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return self.penalties(vectors[rows])


def unit(rng: np.random.Generator, *shape: int) -> np.ndarray:
    numbers = rng.normal(size=shape).astype(np.float32)
    return numbers / np.linalg.norm(numbers, axis=-1, keepdims=True)


@pytest.fixture(scope="module")
def given() -> dict:
    """Drawings, and a gallery of 12 photos with maps of 6 by 6 cells and 6 numbers a cell."""
    rng = np.random.default_rng(0)
    maps = unit(rng, 14, 6, 6, 6) * (rng.random((14, 6, 6, 1)) * (rng.random((14, 6, 6, 1)) > 0.3))
    return {
        "drawings": drawings(24),
        "vectors": unit(rng, 12, 16),
        "asked": unit(rng, 2, 16),
        "maps": maps[:12].astype(np.float32),
        "query_maps": maps[12:].astype(np.float32),
        "penalties": rng.uniform(0, 0.4, 12).astype(np.float32),
    }


@pytest.fixture(scope="module")
def found(given, tmp_path_factory) -> dict:
    node = shutil.which("node")
    if node is None:
        pytest.skip("NOT TESTED: no Node here to run the page's modules")
    folder = tmp_path_factory.mktemp("modules")
    for path in PAGE.glob("*.js"):
        shutil.copyfile(path, folder / path.name)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "script.js").write_text(SCRIPT)
    sent = {
        "drawings": given["drawings"],
        "canvas": canvas_for(SIZE),
        "line": LINE,
        "inputs": DoodleInputs(max_points=40).to_json(),
        "texts": TEXTS,
        "texts_of_cells": CELLS,
        "cells": 36,
        "channels": stored_channels(6),
        "keys": [list(pack_map(each)) for each in given["maps"]],
        "queries": [each.ravel().tolist() for each in given["query_maps"]],
        "vectors": given["vectors"].tolist(),
        "asked": given["asked"].tolist(),
        "rerank": {"depth": 7, "weight": 0.7},
        "penalties": given["penalties"].tolist(),
    }
    done = subprocess.run(
        [node, "script.js"], cwd=folder, input=json.dumps(sent), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def as_strokes(record) -> list[np.ndarray]:
    return [np.asarray(rows, np.float32).T for rows in record]


def test_pictures_are_those_of_opencv(given, found):
    canvas = canvas_for(SIZE)
    for record, pixels in zip(given["drawings"], found["pictures"], strict=True):
        expected = prepare_sketch(as_strokes(record), canvas, LINE).astype(int)
        difference = np.abs(np.reshape(pixels, (canvas, canvas)) - expected)
        assert difference.sum() <= 3 * (expected < 255).sum()  # 3 grey levels a pixel of ink


def test_stroke_rows_are_those_of_the_network(given, found):
    inputs = DoodleInputs(max_points=40)
    for record, rows in zip(given["drawings"], found["strokes"], strict=True):
        expected = inputs.strokes(tidy(as_strokes(record)))
        np.testing.assert_allclose(np.reshape(rows, (-1, 3)), expected, atol=1e-3)


def test_scores_ranks_and_feedback(given, found):
    scores = local_scores_numpy(given["query_maps"], given["maps"])
    np.testing.assert_allclose(found["scores"], scores, atol=0.01)
    asked, maps = given["asked"], given["query_maps"]
    mirrored = Embeddings(asked[1:], maps[1:])
    query = Embeddings(asked[:1], maps[:1], mirrored, of_sketches=True)
    hubness = Penalties(given["vectors"], given["penalties"])
    ranker = Ranker(7, 0.7, hubness)  # type: ignore[arg-type]
    rows, distances = ranker.rank(query, Embeddings(given["vectors"], given["maps"]))
    assert [row for row, _ in found["ranked"]] == rows.tolist()
    np.testing.assert_allclose([each for _, each in found["ranked"]], distances, atol=0.02)
    vectors = given["vectors"]
    np.testing.assert_allclose(
        found["moved"], rocchio(asked[0], vectors[:2], vectors[2:3]), atol=1e-5
    )


def test_words_and_cells(found):
    assert found["words"] == [all_words(text) for text in TEXTS]
    assert next(csv.reader([",".join(found["cells"])])) == [safe_cell(text) for text in CELLS]
