"""The ranking against a plain second formula, and the finder from files to matches."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.metrics import ranking
from sketchnet.models.local_alignment import local_scores_numpy
from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.retrieval.search import ShoeFinder, rank, rank_all, similarity
from sketchnet.utils.errors import InputError
from tests.tiny import sketch_of, strokes_of, write_photos, write_run


def some_embeddings(n: int, seed: int = 0, maps: bool = True) -> Embeddings:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cells = rng.normal(size=(n, 3, 3, 4)).astype(np.float16)
    return Embeddings(vectors, cells if maps else None)


def naive(query: Embeddings, gallery: Embeddings, rerank_depth: int, mix: float):
    """Rows and two-stage distances, row by row in doubles; the rest by stage one alone."""
    first = [float(((query.vectors[0].astype(float) - v) ** 2).sum()) for v in gallery.vectors]
    order = sorted(range(len(first)), key=lambda i: (first[i], i))
    near, rest = order[:rerank_depth], order[rerank_depth:]
    scores = {i: float(local_scores_numpy(query.maps[0], gallery.maps[i : i + 1])[0]) for i in near}
    mixed = {i: (1 - mix) * first[i] + mix * 2 * (1 - scores[i]) for i in near}
    return sorted(near, key=lambda i: mixed[i]) + rest, mixed


@pytest.mark.parametrize("mix", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("rerank_depth", [1, 7, 40, 500])
def test_rank_against_a_plain_formula(rerank_depth, mix):
    gallery, query = some_embeddings(40), some_embeddings(1, seed=1)
    expected, mixed = naive(query, gallery, rerank_depth, mix)
    rows, distances = rank(query, gallery, rerank_depth=rerank_depth, mix=mix)
    assert rows.tolist() == expected
    for row, distance in list(zip(rows, distances, strict=True))[:rerank_depth]:
        assert distance == pytest.approx(mixed[row], abs=1e-5)


def test_those_behind_the_shortlist_stay_behind_it():
    """The near ones disagree with the query in every cell, which stage two punishes."""
    gallery, query = some_embeddings(20), some_embeddings(1, seed=1)
    against = Embeddings(gallery.vectors, np.repeat(-query.maps, 20, axis=0))
    in_order, squared = rank(query, against, mix=0)
    # Uniform maps, so that no shift finds a better cell.
    flat = Embeddings(query.vectors, np.ones_like(query.maps))
    against = Embeddings(gallery.vectors, -np.ones_like(against.maps))
    rows, distances = rank(flat, against, rerank_depth=5)
    assert rows.tolist() == in_order.tolist()
    assert distances[4] > squared[5], "without moving up, the sixth would stand before the fifth"
    assert np.all(np.diff(distances) >= 0)
    np.testing.assert_allclose(distances[5:] - distances[4], squared[5:] - squared[5], atol=1e-5)


@given(
    st.integers(1, 30), st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.integers(0, 99)
)
def test_rank_is_an_order_and_its_beginning_is_the_same(n, k, rerank_depth, mix, seed):
    gallery, query = some_embeddings(n, seed), some_embeddings(1, seed + 100)
    rows, distances = rank(query, gallery, rerank_depth=rerank_depth, mix=mix)
    assert sorted(rows.tolist()) == list(range(n))
    assert np.all(np.diff(distances) >= 0)
    assert distances.dtype == np.float32
    first, first_distances = rank(query, gallery, k, rerank_depth=rerank_depth, mix=mix)
    assert first.tolist() == rows[:k].tolist()
    assert np.array_equal(first_distances, distances[:k])


def test_without_maps_on_either_side_vectors_decide():
    gallery, query = some_embeddings(30), some_embeddings(1, seed=1)
    by_vectors = rank(query, some_embeddings(30, maps=False))
    for rows, distances in (
        rank(some_embeddings(1, seed=1, maps=False), gallery),
        rank(query, gallery, mix=0),
    ):
        assert np.array_equal(rows, by_vectors[0])
        assert np.array_equal(distances, by_vectors[1])


def test_an_empty_gallery_answers_nothing():
    rows, distances = rank(some_embeddings(1), some_embeddings(0))
    assert len(rows) == len(distances) == 0


def test_many_queries_are_each_alone_and_ranks_agree():
    gallery, queries = some_embeddings(25), some_embeddings(9, seed=1)
    table = rank_all(queries, gallery, rerank_depth=10)
    true_rows = np.arange(9)
    ranks = ranking.ranks(table, true_rows)
    for i in range(9):
        rows, distances = rank(queries[i : i + 1], gallery, rerank_depth=10)
        assert np.array_equal(table[i, rows], distances)
        assert ranks[i] == rows.tolist().index(true_rows[i]) + 1  # no ties in random numbers


def test_closeness_is_the_cosine_and_never_rises_with_distance():
    gallery, query = some_embeddings(40, maps=False), some_embeddings(1, seed=1, maps=False)
    rows, distances = rank(query, gallery)
    cosines = gallery.vectors[rows] @ query.vectors[0]
    np.testing.assert_allclose(similarity(distances), cosines.clip(0, 1), atol=1e-6)
    assert similarity(0.0) == 1
    assert similarity(2.5) == 0
    assert np.all(np.diff(similarity(np.linspace(0, 4, 50))) <= 0)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("search") / "run")


@pytest.fixture(scope="module")
def finder(run):
    folder = run.parent
    photos = write_photos(folder / "photos", range(12))
    build_gallery(Embedder(run), photos, folder / "gallery")
    return ShoeFinder(run, folder / "gallery")


def test_find_takes_every_form_of_a_sketch(finder, tmp_path):
    grey = sketch_of(3)
    cv2.imwrite(str(tmp_path / "sketch.png"), grey)
    answers = [
        finder.find(sketch, 5)
        for sketch in (
            tmp_path / "sketch.png",
            str(tmp_path / "sketch.png"),
            (tmp_path / "sketch.png").read_bytes(),
            grey,
            np.stack([grey] * 3, axis=2),
            Image.fromarray(grey),
        )
    ]
    assert all(answer == answers[0] for answer in answers)
    assert [match.rank for match in answers[0]] == [1, 2, 3, 4, 5]
    assert all(match.picture.is_file() for match in answers[0])
    distances = [match.distance for match in answers[0]]
    assert distances == sorted(distances)
    assert all(0 <= match.similarity <= 1 for match in answers[0])


def test_find_takes_strokes(finder):
    as_lists = [stroke.tolist() for stroke in strokes_of(3)]
    found = finder.find(as_lists, 12)
    assert sorted(match.id for match in found) == sorted(finder.gallery.ids)
    assert finder.find(strokes_of(3), 12) == found


def test_find_gives_what_there_is(finder):
    assert len(finder.find(sketch_of(0), 500)) == 12
    assert len(finder.find(sketch_of(0), 3, views=1)) == 3


@pytest.mark.parametrize("blank", [np.full((50, 50), 255, np.uint8), []])
def test_blank_paper_finds_nothing_and_says_so(finder, blank):
    with pytest.raises(InputError, match="blank"):
        finder.find(blank)


def test_what_is_no_sketch_is_named(finder, tmp_path):
    (tmp_path / "sketch.png").write_text("no picture")
    for nonsense in (tmp_path / "sketch.png", tmp_path / "absent.png", 3, [["a"]]):
        with pytest.raises(InputError, match="expected"):
            finder.find(nonsense)


def test_a_photo_as_query_finds_itself_first_but_leaves_it_out(finder):
    row = finder.gallery.row("shoe_4")
    itself = finder.nearest(finder.gallery.embeddings[[row]], 1)[0]
    assert itself.id == "shoe_4"
    like = finder.more_like("shoe_4", 4)
    assert [match.rank for match in like] == [1, 2, 3, 4]
    assert "shoe_4" not in {match.id for match in like}
    with pytest.raises(InputError, match="shoe_99"):
        finder.more_like("shoe_99")


def test_the_gallery_of_another_model_is_refused(finder, tmp_path):
    other = write_run(tmp_path / "other", seed=5)
    with pytest.raises(InputError, match="made by model"):
        ShoeFinder(other, finder.gallery.folder)


def test_parts_may_be_loaded_already(run, finder):
    again = ShoeFinder(Embedder(run), load_gallery(finder.gallery.folder))
    assert again.find(sketch_of(2)) == finder.find(sketch_of(2))


def test_the_nearer_face_of_a_query_counts():
    gallery = some_embeddings(30, maps=False)
    asked, turned = (some_embeddings(1, seed, maps=False) for seed in (1, 2))
    both = Embeddings(asked.vectors, mirrored=turned)
    rows, distances = rank(both, gallery)
    nearer = np.minimum(
        ((gallery.vectors - asked.vectors) ** 2).sum(1),
        ((gallery.vectors - turned.vectors) ** 2).sum(1),
    )
    assert rows.tolist() == np.argsort(nearer).tolist()
    np.testing.assert_allclose(distances, np.sort(nearer), atol=1e-5)
    assert rank(both, gallery, 5)[0].tolist() == rows[:5].tolist()


def test_a_query_and_its_mirror_image_get_one_order():
    gallery = some_embeddings(30)
    asked, turned = some_embeddings(1, 1), some_embeddings(1, 2)
    one = rank(Embeddings(asked.vectors, asked.maps, turned), gallery)
    other = rank(Embeddings(turned.vectors, turned.maps, asked), gallery)
    assert one[0].tolist() == other[0].tolist()
    np.testing.assert_allclose(one[1], other[1], atol=1e-6)
