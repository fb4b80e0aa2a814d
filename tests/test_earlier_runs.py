"""Runs and galleries made before the package moved to folders still score the same.

`earlier_run` holds the run `shoes` that shipped at commit 196023a, with its gallery, and
`outputs.npz` what the code of that commit gave for it and for the run `quickdraw`, which still
ships.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.gallery import load_gallery
from sketchnet.retrieval.ranker import load_ranker
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester, doodle_query

RUN = Path(__file__).parent / "earlier_run"


@pytest.fixture(scope="module")
def outputs() -> dict[str, np.ndarray]:
    return dict(np.load(RUN / "outputs.npz"))


@pytest.fixture(scope="module")
def strokes(outputs) -> dict[str, list]:
    """The drawings that were asked, in whole numbers."""
    return json.loads(outputs["strokes"].tobytes())


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(RUN)


def test_strokes_are_prepared_as_before(embedder, outputs, strokes):
    for drawing, expected in zip(strokes["shoes"], outputs["prepared"], strict=True):
        lines = [np.array(stroke, np.float32) for stroke in drawing]
        np.testing.assert_array_equal(prepare_sketch(lines, embedder.canvas), expected)


@pytest.mark.parametrize("views", [1, 10])
def test_embeddings_are_the_same(embedder, outputs, views):
    sketches = embedder.sketches(outputs["prepared"], views)
    photos = embedder.photos(outputs["photos"], views)
    np.testing.assert_allclose(sketches.vectors, outputs[f"sketch_vectors_{views}"], atol=1e-6)
    np.testing.assert_allclose(photos.vectors, outputs[f"photo_vectors_{views}"], atol=1e-6)


def test_ranking_is_the_same(embedder, outputs):
    gallery = load_gallery(RUN / "gallery")
    found = load_ranker(embedder).rank_all(
        embedder.sketches(outputs["prepared"]), gallery.embeddings
    )
    np.testing.assert_allclose(found, outputs["ranking_distances"], atol=1e-6)


def test_the_first_twenty_photos_are_the_same(embedder, outputs, strokes):
    finder = ShoeFinder(embedder, RUN / "gallery")
    for row, drawing in enumerate(strokes["shoes"]):
        matches = finder.find(drawing, 20)
        distances = [match.distance for match in matches]
        np.testing.assert_allclose(distances, outputs["found_distances"][row], atol=1e-6)
        similarities = [match.similarity for match in matches]
        np.testing.assert_allclose(similarities, outputs["found_closeness"][row], atol=1e-6)
        assert [match.id for match in matches] == list(outputs["found_ids"][row])


def test_doodles_score_the_same(outputs, strokes):
    queries = [doodle_query(drawing) for drawing in strokes["doodles"]]
    for modality, found in DoodleEmbedder("quickdraw").predict_by_modality(queries).items():
        for part in ("embeddings", "probabilities"):
            expected = outputs[f"{modality}_{part}"]
            np.testing.assert_allclose(getattr(found, part), expected, atol=1e-6)


def test_doodles_get_the_same_suggestions(outputs, strokes):
    suggester = Suggester("quickdraw")
    for row, drawing in enumerate(strokes["doodles"]):
        found = suggester.suggest(drawing, k=5)
        assert [c.category for c in found.categories] == list(outputs["suggested_categories"][row])
        assert [d.key_id for d in found.drawings] == list(outputs["suggested_key_ids"][row])
        for name, values in (
            ("suggested_probabilities", [c.probability for c in found.categories]),
            ("suggested_distances", [d.distance for d in found.drawings]),
        ):
            np.testing.assert_allclose(values, outputs[name][row], atol=1e-6)
