"""Relevance feedback: Rocchio hand-worked, and on a gallery of synthetic shoes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.gallery import Gallery
from sketchnet.retrieval.ranker import Ranker
from sketchnet.retrieval.relevance_feedback import (
    apply_feedback,
    rank_of,
    ranks_by_stroke,
    rocchio,
)
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder, draw_shoe

EAST, NORTH = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
NONE = np.zeros((0, 2), np.float32)


def test_rocchio_hand_worked():
    liked, disliked = np.stack([NORTH, EAST]), np.stack([-EAST])
    moved = rocchio(EAST, liked, disliked, positive_weight=0.5, negative_weight=0.2)
    expected = np.array([1 + 0.5 * 0.5 + 0.2, 0.5 * 0.5])
    np.testing.assert_allclose(moved, expected / np.linalg.norm(expected), atol=1e-6)


def test_rocchio_without_feedback_or_without_a_query():
    np.testing.assert_allclose(rocchio(EAST, NONE, NONE), EAST, atol=1e-7)
    np.testing.assert_allclose(rocchio(0 * EAST, NORTH[None], NONE), NORTH, atol=1e-7)
    np.testing.assert_allclose(rocchio(0 * EAST, NONE, NONE), 0 * EAST)


def test_rocchio_moves_towards_liked_and_away_from_disliked_vectors(rng):
    vectors = rng.normal(size=(3, 16)).astype(np.float32)
    query, liked, disliked = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    moved = rocchio(query, liked[None], np.zeros((0, 16)))
    assert moved @ liked > query @ liked
    assert rocchio(query, np.zeros((0, 16)), disliked[None]) @ disliked < query @ disliked
    assert abs(np.linalg.norm(moved) - 1) < 1e-6


@pytest.fixture(scope="module")
def finder(tmp_path_factory) -> ShoeFinder:
    from sketchnet.imaging.prepare import prepare_sketch

    embedder = HogEmbedder()
    prepared = np.stack([prepare_sketch(draw_shoe(n), embedder.canvas) for n in range(30)])
    ids = tuple(f"shoe_{n}" for n in range(30))
    gallery = Gallery(
        folder=tmp_path_factory.mktemp("gallery"),
        ids=ids,
        originals=ids,
        embeddings=embedder.photos(prepared),
        fingerprint=embedder.fingerprint,
        preparation=PREPARATION_VERSION,
        views=1,
    )
    return ShoeFinder(embedder, gallery)


def test_a_liked_shoe_ranks_higher_afterwards(finder):
    query = finder.embed(draw_shoe(4), views=1)
    before = [match.id for match in finder.nearest(query, 30)]
    liked = before[12]
    after = [match.id for match in finder.nearest(apply_feedback(finder, query, [liked], []), 30)]
    assert after.index(liked) < 12
    moved = apply_feedback(finder, query, [liked], [])
    assert moved.maps is query.maps
    assert moved.mirrored.maps is query.mirrored.maps
    assert not np.allclose(moved.mirrored.vectors, query.mirrored.vectors)


def test_a_moved_query_keeps_its_map_and_that_it_is_a_sketch(finder):
    query = finder.embed(draw_shoe(3), 1)
    for of_sketches in (True, False):
        moved = apply_feedback(finder, replace(query, of_sketches=of_sketches), ["shoe_9"], [])
        assert moved.of_sketches is of_sketches
        assert moved.maps is query.maps
        assert (moved.mirrored is None) == (query.mirrored is None)


def test_without_a_query_the_liked_shoe_ranks_first(finder):
    assert finder.nearest(apply_feedback(finder, None, ["shoe_9"], []), 1)[0].id == "shoe_9"


def test_neither_query_nor_liked_shoe_is_refused(finder):
    with pytest.raises(InputError, match="draw one or keep one"):
        apply_feedback(finder, None, [], ["shoe_1"])
    with pytest.raises(InputError, match="shoe_x"):
        apply_feedback(finder, finder.embed(draw_shoe(1), 1), ["shoe_x"], [])


def test_the_rank_by_stroke_ends_at_the_drawn_shoe(finder):
    drawing = draw_shoe(11)
    partial = [drawing[: end + 1] for end in range(len(drawing))]
    ranks = ranks_by_stroke(finder, partial, "shoe_11")
    assert ranks[-1] == 1
    assert len(ranks) == len(drawing)
    assert all(1 <= rank <= 30 for rank in ranks)


def test_ties_count_against_the_photo():
    gallery = Embeddings(np.stack([EAST, NORTH, NORTH, -EAST]))
    query = Embeddings(NORTH[None])
    assert [rank_of(Ranker(), query, gallery, row) for row in range(4)] == [4, 2, 2, 4]
