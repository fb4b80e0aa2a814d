"""Restricted search is the search of a gallery that has only the photos left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.inference.embedder import Embeddings
from sketchnet.models.local_scores import local_scores_numpy
from sketchnet.retrieval.ranker import Ranker
from sketchnet.retrieval.restricted import RestrictedEmbeddings

PHOTOS = 40


def some_embeddings(n: int, seed: int = 0) -> Embeddings:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embeddings(vectors, rng.normal(size=(n, 3, 3, 4)).astype(np.float16))


@settings(deadline=None)
@given(
    st.sets(st.integers(0, PHOTOS - 1)), st.integers(1, 50), st.sampled_from([0, 3, 100]),
    st.booleans(),
)  # fmt: skip
def test_it_ranks_as_a_gallery_of_the_photos_left(left, k, depth, mirrored):
    gallery, query = some_embeddings(PHOTOS), some_embeddings(1, 1)
    if mirrored:
        query = Embeddings(query.vectors, query.maps, some_embeddings(1, 2))
    rows = np.array(sorted(left), np.intp)
    expected, distances = Ranker(depth).rank(query, gallery[rows], k)
    found, found_distances = Ranker(depth).rank(query, RestrictedEmbeddings(gallery, rows), k)
    assert found.tolist() == rows[expected].tolist()
    np.testing.assert_allclose(found_distances, distances, atol=1e-6)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_distances_do_not_depend_on_the_share_that_is_left(share):
    gallery, query = some_embeddings(1000), some_embeddings(2, 1)
    every, squared = gallery.nearest(query.vectors, 1000)
    rows = np.arange(int(1000 * share))
    found, distances = RestrictedEmbeddings(gallery, rows).nearest(query.vectors, 1000)
    kept = every < len(rows)
    np.testing.assert_array_equal(found, every[kept])
    np.testing.assert_array_equal(distances, squared[kept])


@pytest.mark.parametrize("depth", [0, 5, 100])
@pytest.mark.parametrize("rows", [None, np.arange(0, PHOTOS, 3)])
def test_wishes_are_added_to_every_distance(depth, rows, rng):
    """Against the formula: the re-ranked distance of the drawing, and what is added, row by row."""
    gallery, query = some_embeddings(PHOTOS), some_embeddings(1, 1)
    extra = rng.uniform(0, 2, PHOTOS).astype(np.float32)
    left = range(PHOTOS) if rows is None else rows.tolist()
    squared = {n: ((query.vectors[0] - gallery.vectors[n]) ** 2).sum() for n in left}
    mixed = {n: squared[n] + extra[n] for n in left}
    order = sorted(left, key=lambda n: mixed[n])
    for n in order[:depth]:
        score = local_scores_numpy(query.maps[0], gallery.maps[n : n + 1])[0]
        mixed[n] = 0.3 * squared[n] + 0.7 * 2 * (1 - score) + extra[n]
    expected = sorted(order[:depth], key=lambda n: mixed[n]) + order[depth:]
    found, distances = Ranker(depth).rank(query, RestrictedEmbeddings(gallery, rows, extra))
    assert found.tolist() == expected
    assert distances[0] == pytest.approx(mixed[expected[0]], abs=1e-5)


def test_wishes_alone_rank_too(rng):
    extra = rng.uniform(0, 2, PHOTOS).astype(np.float32)
    rows = np.array([3, 5, 8])
    found, distances = RestrictedEmbeddings(some_embeddings(PHOTOS), rows, extra).nearest(None, 2)
    order = sorted([3, 5, 8], key=lambda n: extra[n])[:2]
    assert found.tolist() == order
    np.testing.assert_array_equal(distances, extra[order])
