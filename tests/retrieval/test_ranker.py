"""The ranking against a second formula, and its behaviour at the ends of its settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.metrics import ranking
from sketchnet.models.local_scores import local_scores_numpy
from sketchnet.retrieval.hubness import FILE, Querybank, save_querybank
from sketchnet.retrieval.ranker import Ranker, load_ranker, similarity
from sketchnet.utils.errors import InputError
from tests.tiny import write_run


def some_embeddings(n: int, seed: int = 0, maps: bool = True) -> Embeddings:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cells = rng.normal(size=(n, 3, 3, 4)).astype(np.float16)
    return Embeddings(vectors, cells if maps else None)


def reference_ranking(query: Embeddings, gallery: Embeddings, depth: int, weight: float):
    """Rows and re-ranked distances, row by row in float64; the rest by vectors only."""
    squared = [float(((query.vectors[0].astype(float) - v) ** 2).sum()) for v in gallery.vectors]
    order = sorted(range(len(squared)), key=lambda i: (squared[i], i))
    first, rest = order[:depth], order[depth:]
    scores = {
        i: float(local_scores_numpy(query.maps[0], gallery.maps[i : i + 1])[0]) for i in first
    }
    reranked = {i: (1 - weight) * squared[i] + weight * 2 * (1 - scores[i]) for i in first}
    return sorted(first, key=lambda i: reranked[i]) + rest, reranked


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("depth", [1, 7, 40, 500])
def test_ranking_equals_a_second_formula(depth, weight):
    gallery, query = some_embeddings(40), some_embeddings(1, seed=1)
    expected, reranked = reference_ranking(query, gallery, depth, weight)
    rows, distances = Ranker(depth, weight).rank(query, gallery)
    assert rows.tolist() == expected
    for row, distance in list(zip(rows, distances, strict=True))[:depth]:
        assert distance == pytest.approx(reranked[row], abs=1e-5)


def test_photos_beyond_the_depth_stay_behind():
    """The nearest photos disagree with the query in every cell, which re-ranking penalises."""
    gallery, query = some_embeddings(20), some_embeddings(1, seed=1)
    in_order, squared = Ranker(weight=0).rank(query, gallery)
    # Uniform maps, so that no shift finds a better cell.
    query = Embeddings(query.vectors, np.ones_like(query.maps))
    gallery = Embeddings(gallery.vectors, -np.ones_like(gallery.maps))
    rows, distances = Ranker(depth=5).rank(query, gallery)
    assert rows.tolist() == in_order.tolist()
    assert distances[4] > squared[5], "without the shift the sixth would precede the fifth"
    assert np.all(np.diff(distances) >= 0)
    np.testing.assert_allclose(distances[5:] - distances[4], squared[5:] - squared[5], atol=1e-5)


@given(
    st.integers(1, 30), st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.integers(0, 99)
)
def test_every_photo_is_ranked_once_and_k_only_cuts(n, k, depth, weight, seed):
    gallery, query = some_embeddings(n, seed), some_embeddings(1, seed + 100)
    ranker = Ranker(depth, weight)
    rows, distances = ranker.rank(query, gallery)
    assert sorted(rows.tolist()) == list(range(n))
    assert np.all(np.diff(distances) >= 0)
    assert distances.dtype == np.float32
    first, first_distances = ranker.rank(query, gallery, k)
    assert first.tolist() == rows[:k].tolist()
    assert np.array_equal(first_distances, distances[:k])


@pytest.mark.parametrize("maps", [True, False])
@pytest.mark.parametrize("depth", [0, 3, 100])
def test_ties_keep_the_order_of_the_gallery(maps, depth):
    query = some_embeddings(1, seed=1, maps=maps)
    copies = some_embeddings(1, maps=maps)[[0] * 9]
    for asked in (query, replace(query, mirrored=some_embeddings(1, seed=2, maps=maps))):
        rows, distances = Ranker(depth).rank(asked, copies)
        assert rows.tolist() == list(range(9))
        for tied in (distances[:depth], distances[depth:]):
            assert len(set(tied.tolist())) <= 1


def test_without_maps_on_either_side_vectors_decide():
    gallery, query = some_embeddings(30), some_embeddings(1, seed=1)
    by_vectors = Ranker().rank(query, some_embeddings(30, maps=False))
    for rows, distances in (
        Ranker().rank(some_embeddings(1, seed=1, maps=False), gallery),
        Ranker(weight=0).rank(query, gallery),
        Ranker(depth=0).rank(query, gallery),
    ):
        assert np.array_equal(rows, by_vectors[0])
        assert np.array_equal(distances, by_vectors[1])


def test_an_empty_gallery_has_no_results():
    rows, distances = Ranker().rank(some_embeddings(1), some_embeddings(0))
    assert len(rows) == len(distances) == 0


def test_many_queries_are_ranked_as_one_by_one():
    gallery, queries = some_embeddings(25), some_embeddings(9, seed=1)
    ranker = Ranker(depth=10)
    table = ranker.rank_all(queries, gallery)
    true_rows = np.arange(9)
    ranks = ranking.ranks(table, true_rows)
    for i in range(9):
        rows, distances = ranker.rank(queries[i : i + 1], gallery)
        assert np.array_equal(table[i, rows], distances)
        assert ranks[i] == rows.tolist().index(true_rows[i]) + 1  # random numbers have no ties


def test_similarity_is_the_cosine_and_falls_with_the_distance():
    gallery, query = some_embeddings(40, maps=False), some_embeddings(1, seed=1, maps=False)
    rows, distances = Ranker().rank(query, gallery)
    cosines = gallery.vectors[rows] @ query.vectors[0]
    np.testing.assert_allclose(similarity(distances), cosines.clip(0, 1), atol=1e-6)
    assert similarity(0.0) == 1
    assert similarity(2.5) == 0
    assert np.all(np.diff(similarity(np.linspace(0, 4, 50))) <= 0)


def test_the_nearer_orientation_of_a_query_counts():
    gallery = some_embeddings(30, maps=False)
    query, mirror_image = (some_embeddings(1, seed, maps=False) for seed in (1, 2))
    both = Embeddings(query.vectors, mirrored=mirror_image)
    rows, distances = Ranker().rank(both, gallery)
    nearer = np.minimum(
        ((gallery.vectors - query.vectors) ** 2).sum(1),
        ((gallery.vectors - mirror_image.vectors) ** 2).sum(1),
    )
    assert rows.tolist() == np.argsort(nearer).tolist()
    np.testing.assert_allclose(distances, np.sort(nearer), atol=1e-5)
    assert Ranker().rank(both, gallery, 5)[0].tolist() == rows[:5].tolist()


def test_a_query_and_its_mirror_image_have_the_same_ranking():
    gallery = some_embeddings(30)
    query, mirror_image = some_embeddings(1, 1), some_embeddings(1, 2)
    one = Ranker().rank(replace(query, mirrored=mirror_image), gallery)
    other = Ranker().rank(replace(mirror_image, mirrored=query), gallery)
    assert one[0].tolist() == other[0].tolist()
    np.testing.assert_allclose(one[1], other[1], atol=1e-6)


@pytest.mark.parametrize("maps", [False, True])
def test_the_hubness_penalty_is_added_to_the_reranked_photos(maps):
    gallery, query = some_embeddings(30, 1, maps), some_embeddings(1, 2, maps)
    bank = Querybank(some_embeddings(50, seed=3).vectors)
    plain, corrected = Ranker(depth=12), Ranker(depth=12, hubness=bank)
    rows, distances = plain.rank(query, gallery)
    sketch = replace(query, of_sketches=True)
    corrected_rows, corrected_distances = corrected.rank(sketch, gallery)
    assert set(rows[:12]) == set(corrected_rows[:12])
    penalised = distances[:12] + bank.penalties(gallery.vectors[rows[:12]])
    expected = dict(zip(rows[:12], penalised, strict=True))
    np.testing.assert_allclose(
        corrected_distances[:12], [expected[row] for row in corrected_rows[:12]], atol=1e-5
    )
    assert corrected_rows[12:].tolist() == rows[12:].tolist()
    assert np.all(np.diff(corrected_distances) >= 0)
    for k in (1, 12, 20):
        first, first_distances = corrected.rank(sketch, gallery, k)
        assert first.tolist() == corrected_rows[:k].tolist()
        assert np.array_equal(first_distances, corrected_distances[:k])


def test_the_hubness_correction_is_for_sketches_that_are_reranked():
    gallery, query = some_embeddings(30, 1), some_embeddings(1, 2)
    bank = Querybank(some_embeddings(50, seed=3).vectors)
    corrected = Ranker(hubness=bank)
    of_photo = corrected.rank(query, gallery)
    assert np.array_equal(of_photo[1], Ranker().rank(query, gallery)[1])
    of_sketch = corrected.rank(replace(query, of_sketches=True), gallery)
    assert not np.array_equal(of_sketch[1], of_photo[1])
    without_reranking = replace(corrected, depth=0).rank(replace(query, of_sketches=True), gallery)
    assert np.array_equal(without_reranking[1], Ranker(depth=0).rank(query, gallery)[1])


def test_a_run_is_ranked_with_its_own_querybank(tmp_path):
    run = write_run(tmp_path / "run")
    embedder = Embedder(run)
    assert load_ranker(embedder) == Ranker()
    bank = Querybank(np.eye(4, embedder.config.embedding_size, dtype=np.float32))
    save_querybank(bank, run)
    np.testing.assert_array_equal(load_ranker(embedder).hubness.vectors, bank.vectors)
    (run / FILE).write_bytes(b"damaged")
    with pytest.raises(InputError, match="querybank"):
        load_ranker(embedder)
    blank = np.full((2, embedder.canvas, embedder.canvas), 255, np.uint8)
    sketches = embedder.sketches(blank, 1)
    assert sketches.of_sketches
    assert sketches[1:].of_sketches
    assert not embedder.photos(blank, 1, mirrored=True).of_sketches
