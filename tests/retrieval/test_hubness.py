"""Hubs by a plain second formula, the file's round trip, and what a search makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.hubness import (
    BLOCK,
    FILE,
    MOST,
    NEAR,
    NEAREST,
    WEIGHT,
    Querybank,
    load_querybank,
    save_querybank,
)
from sketchnet.retrieval.search import rank
from sketchnet.utils.errors import InputError
from tests.tiny import write_run


def unit(n: int, seed: int = 0, size: int = 8) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, size)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def naive(bank: np.ndarray, photos: np.ndarray) -> list[float]:
    def near(point: np.ndarray, others: list[np.ndarray]) -> float:
        squared = sorted(float(((point.astype(float) - other) ** 2).sum()) for other in others)
        return float(np.mean(squared[:NEAREST]))

    among = [near(one, [o for j, o in enumerate(bank) if j != i]) for i, one in enumerate(bank)]
    reach = np.percentile(among, NEAR)
    return [WEIGHT * max(0.0, reach - near(photo, list(bank))) for photo in photos]


@pytest.mark.parametrize("sketches", [2, 5, NEAREST, NEAREST + 1, 40])
def test_handicaps_against_a_plain_formula(sketches):
    bank, photos = unit(sketches), unit(7, seed=1)
    np.testing.assert_allclose(Querybank(bank).penalties(photos), naive(bank, photos), atol=1e-5)


@given(st.integers(2, 60), st.integers(0, 30), st.integers(0, 99))
def test_a_photo_has_its_handicap_whatever_stands_beside_it(sketches, n, seed):
    bank, photos = Querybank(unit(sketches, seed)), unit(n + 1, seed + 1)
    together = bank.penalties(photos)
    assert together.shape == (n + 1,)
    np.testing.assert_allclose(bank.penalties(photos[-1:]), together[-1:], atol=1e-6)


def test_many_photos_are_as_one_by_one():
    bank, photos = Querybank(unit(30)), unit(2 * BLOCK + 3, seed=1)
    alone = np.concatenate([bank.penalties(photos[i : i + 1]) for i in range(len(photos))])
    np.testing.assert_allclose(bank.penalties(photos), alone, atol=1e-6)


@pytest.mark.parametrize("vectors", [np.zeros((1, 8)), np.zeros((0, 8)), np.zeros(8)])
def test_one_sketch_has_no_neighbours(vectors):
    with pytest.raises(ValueError, match="at least 2"):
        Querybank(vectors)


def test_a_photo_amid_the_sketches_is_put_back_and_a_far_one_stays():
    middle = unit(1)
    bank = unit(60, seed=1) * 0.5 + middle
    bank = Querybank(bank / np.linalg.norm(bank, axis=1, keepdims=True))
    hub, far = bank.penalties(np.concatenate([middle, -middle]))
    assert hub > 0.02
    assert far == 0


def test_a_hub_no_longer_comes_first():
    """Three photos for three sketches, and one between all, which is the nearest to each."""
    photos = np.eye(4, dtype=np.float32)[:3]
    between = np.array([[1, 1, 1, 0]], np.float32) / np.sqrt(3)
    asked = photos * 0.55 + between * 0.6
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    gallery = Embeddings(np.concatenate([photos, between]))
    known = np.repeat(between, 30, 0) + 0.6 * unit(30, size=4)
    bank = Querybank((known / np.linalg.norm(known, axis=1, keepdims=True)).astype(np.float32))
    for i, query in enumerate(asked):
        plain = Embeddings(query[None])
        assert rank(plain, gallery)[0][0] == 3
        assert rank(replace(plain, querybank=bank), gallery)[0][0] == i


@pytest.mark.parametrize("maps", [False, True])
def test_a_search_adds_the_handicaps_to_its_shortlist(maps):
    rng = np.random.default_rng(0)

    def some(n: int, seed: int) -> Embeddings:
        cells = rng.normal(size=(n, 3, 3, 4)).astype(np.float16)
        return Embeddings(unit(n, seed), cells if maps else None)

    gallery, query, bank = some(30, 1), some(1, 2), Querybank(unit(50, seed=3))
    rows, distances = rank(query, gallery, rerank_depth=12)
    asked = replace(query, querybank=bank)
    again, theirs = rank(asked, gallery, rerank_depth=12)
    assert set(rows[:12]) == set(again[:12])
    expected = distances[:12] + bank.penalties(gallery.vectors[rows[:12]])
    added = dict(zip(rows[:12], expected, strict=True))
    np.testing.assert_allclose(theirs[:12], [added[row] for row in again[:12]], atol=1e-5)
    assert again[12:].tolist() == rows[12:].tolist()
    assert np.all(np.diff(theirs) >= 0)
    for k in (1, 12, 20):
        first, their_first = rank(asked, gallery, k, rerank_depth=12)
        assert first.tolist() == again[:k].tolist()
        assert np.array_equal(their_first, theirs[:k])
    for stage_one in (rank(asked, gallery, rerank_depth=0), rank(query, gallery, rerank_depth=0)):
        assert stage_one[0].tolist() == rank(Embeddings(query.vectors), gallery)[0].tolist()


def test_the_file_brings_back_unit_vectors(tmp_path):
    bank = Querybank(unit(20))
    save_querybank(bank, tmp_path)
    found = load_querybank(tmp_path, 8)
    np.testing.assert_allclose(found.vectors, bank.vectors, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)
    assert found.vectors.dtype == np.float32


def test_a_run_without_one_does_without(tmp_path):
    assert load_querybank(tmp_path, 8) is None
    embedder = Embedder(write_run(tmp_path / "run"))
    blank = np.full((1, embedder.canvas, embedder.canvas), 255, np.uint8)
    assert embedder.sketches(blank, 1).querybank is None


def test_sketches_carry_the_bank_of_their_run_and_photos_do_not(tmp_path):
    run = write_run(tmp_path / "run")
    size = Embedder(run).config.embedding_size
    save_querybank(Querybank(unit(4, size=size)), run)
    embedder = Embedder(run)
    blank = np.full((3, embedder.canvas, embedder.canvas), 255, np.uint8)
    asked = embedder.sketches(blank, 1)
    assert len(asked.querybank.vectors) == 4
    assert asked[1:].querybank is asked.querybank
    assert embedder.photos(blank, 1, mirrored=True).querybank is None


def broken(path, kind):
    good = unit(4)
    arrays = {
        "other name": {"numbers": good},
        "other size": {"vectors": unit(4, size=5)},
        "one sketch": {"vectors": good[:1]},
        "too many": {"vectors": np.ones((MOST + 1, 8), np.float16)},
        "no direction": {"vectors": good * np.array([[1], [0], [1], [1]])},
        "not a number": {"vectors": good * np.array([[1], [np.nan], [1], [1]])},
        "text": {"vectors": np.full((4, 8), "near")},
        "objects": {"vectors": np.array([None, None])},
    }
    if kind in arrays:
        np.savez(path, **arrays[kind])
    else:
        np.savez(path, vectors=good)
        path.write_bytes(path.read_bytes()[:-30] if kind == "truncated" else b"")


@pytest.mark.parametrize(
    "kind",
    [
        "other name",
        "other size",
        "one sketch",
        "too many",
        "no direction",
        "not a number",
        "text",
        "objects",
        "truncated",
        "empty",
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_broken_file_is_told_in_one_line(tmp_path, kind):
    broken(tmp_path / FILE, kind)
    with pytest.raises(InputError, match="expected the querybank of a run") as told:
        load_querybank(tmp_path, 8)
    assert "\n" not in str(told.value)
