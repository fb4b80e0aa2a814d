"""Hubness penalties against a second formula, querybanks, and their files."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.hubness import (
    BLOCK,
    FILE,
    MAX_VECTORS,
    NEAREST,
    THRESHOLD_PERCENTILE,
    WEIGHT,
    Querybank,
    build_querybank,
    delete_querybank,
    load_querybank,
    save_querybank,
)
from sketchnet.retrieval.ranker import Ranker
from sketchnet.utils.errors import InputError


def unit(n: int, seed: int = 0, size: int = 8) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, size)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def reference_penalties(bank: np.ndarray, photos: np.ndarray) -> list[float]:
    def mean_distance(point: np.ndarray, others: list[np.ndarray]) -> float:
        squared = sorted(float(((point.astype(float) - other) ** 2).sum()) for other in others)
        return float(np.mean(squared[:NEAREST]))

    within_bank = [
        mean_distance(sketch, [other for j, other in enumerate(bank) if j != i])
        for i, sketch in enumerate(bank)
    ]
    threshold = np.percentile(within_bank, THRESHOLD_PERCENTILE)
    return [WEIGHT * max(0.0, threshold - mean_distance(photo, list(bank))) for photo in photos]


@pytest.mark.parametrize("sketches", [2, 5, NEAREST, NEAREST + 1, 40])
def test_penalties_equal_a_second_formula(sketches):
    bank, photos = unit(sketches), unit(7, seed=1)
    expected = reference_penalties(bank, photos)
    np.testing.assert_allclose(Querybank(bank).penalties(photos), expected, atol=1e-5)


@given(st.integers(2, 60), st.integers(0, 30), st.integers(0, 99))
def test_a_penalty_does_not_depend_on_the_other_photos(sketches, n, seed):
    bank, photos = Querybank(unit(sketches, seed)), unit(n + 1, seed + 1)
    together = bank.penalties(photos)
    assert together.shape == (n + 1,)
    np.testing.assert_allclose(bank.penalties(photos[-1:]), together[-1:], atol=1e-6)


def test_the_penalties_of_a_gallery_are_computed_once_a_photo(monkeypatch):
    bank, photos, others = Querybank(unit(20)), unit(9, seed=1), unit(9, seed=2)
    computed: list[int] = []
    real = Querybank.penalties

    def counted(self, vectors):
        computed.append(len(vectors))
        return real(self, vectors)

    monkeypatch.setattr(Querybank, "penalties", counted)
    for vectors in (photos, photos, others, photos):  # another gallery replaces what is known
        for rows in ([1, 5, 2], [5, 8, 1], [8, 2]):
            found = bank.penalties_of(vectors, np.array(rows))
            np.testing.assert_array_equal(found, real(bank, vectors[rows]))
    assert computed == [3, 1] * 3


def test_the_block_size_does_not_change_the_penalties():
    bank, photos = Querybank(unit(30)), unit(2 * BLOCK + 3, seed=1)
    alone = np.concatenate([bank.penalties(photos[i : i + 1]) for i in range(len(photos))])
    np.testing.assert_allclose(bank.penalties(photos), alone, atol=1e-6)


@pytest.mark.parametrize("vectors", [np.zeros((1, 8)), np.zeros((0, 8)), np.zeros(8)])
def test_a_querybank_needs_two_sketches(vectors):
    with pytest.raises(ValueError, match="at least 2"):
        Querybank(vectors)


def test_a_photo_among_the_sketches_is_penalised_and_a_far_one_is_not():
    middle = unit(1)
    bank = unit(60, seed=1) * 0.5 + middle
    bank = Querybank(bank / np.linalg.norm(bank, axis=1, keepdims=True))
    hub, far = bank.penalties(np.concatenate([middle, -middle]))
    assert hub > 0.02
    assert far == 0


def test_the_correction_moves_a_hub_behind_the_true_photo():
    """Three photos for three sketches, and a hub between them that is nearest to each sketch."""
    photos = np.eye(4, dtype=np.float32)[:3]
    between = np.array([[1, 1, 1, 0]], np.float32) / np.sqrt(3)
    sketches = photos * 0.55 + between * 0.6
    sketches /= np.linalg.norm(sketches, axis=1, keepdims=True)
    gallery = Embeddings(np.concatenate([photos, between]))
    known = np.repeat(between, 30, 0) + 0.6 * unit(30, size=4)
    bank = Querybank((known / np.linalg.norm(known, axis=1, keepdims=True)).astype(np.float32))
    for i, vector in enumerate(sketches):
        query = Embeddings(vector[None], of_sketches=True)
        assert Ranker().rank(query, gallery)[0][0] == 3
        assert Ranker(hubness=bank).rank(query, gallery)[0][0] == i


def test_a_loaded_querybank_has_unit_vectors(tmp_path):
    bank = Querybank(unit(20))
    save_querybank(bank, tmp_path)
    found = load_querybank(tmp_path, 8)
    np.testing.assert_allclose(found.vectors, bank.vectors, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)
    assert found.vectors.dtype == np.float32


def test_a_run_without_a_querybank_has_no_correction(tmp_path):
    assert load_querybank(tmp_path, 8) is None


def test_deleting_a_querybank_twice_is_no_error(tmp_path):
    save_querybank(Querybank(unit(3)), tmp_path)
    delete_querybank(tmp_path)
    assert load_querybank(tmp_path, 8) is None
    delete_querybank(tmp_path)


class FourNumbers:
    """An embedder whose sketches are their own vectors."""

    def sketches(self, prepared: np.ndarray, views: int) -> Embeddings:
        assert views == 1
        return Embeddings(prepared, mirrored=Embeddings(-prepared))


@pytest.mark.parametrize("count", [1, 3, 50])
def test_a_querybank_holds_random_target_sketches_and_their_mirror_images(count):
    vectors = unit(20)
    pairs = SimpleNamespace(
        sketches=vectors, sketch_photo=np.arange(20) // 2, photo_ids=tuple("abcdefghij")
    )
    target = {"b", "d", "e", "j"}
    bank = build_querybank(FourNumbers(), pairs, target, count, seed=4)
    n_sketches = min(count, 8)
    assert bank.vectors.shape == (2 * n_sketches, 8)
    np.testing.assert_array_equal(bank.vectors[1::2], -bank.vectors[::2])
    rows = {int(np.argmin(np.abs(vectors - v).sum(axis=1))) for v in bank.vectors[::2]}
    assert len(rows) == n_sketches
    assert {pairs.photo_ids[pairs.sketch_photo[row]] for row in rows} <= target
    again = build_querybank(FourNumbers(), pairs, target, count, seed=4)
    np.testing.assert_array_equal(again.vectors, bank.vectors)
    if count == 3:
        other = build_querybank(FourNumbers(), pairs, target, count, seed=5)
        assert not np.array_equal(other.vectors, bank.vectors)


def test_no_target_sketches_and_a_count_of_0_give_no_querybank():
    pairs = SimpleNamespace(sketches=unit(4), sketch_photo=np.arange(4), photo_ids=tuple("abcd"))
    assert build_querybank(FourNumbers(), pairs, {"z"}, 5) is None
    assert build_querybank(FourNumbers(), pairs, {"a", "b"}, 0) is None


def write_damaged(path, kind):
    good = unit(4)
    arrays = {
        "other name": {"numbers": good},
        "other size": {"vectors": unit(4, size=5)},
        "one sketch": {"vectors": good[:1]},
        "too many": {"vectors": np.ones((MAX_VECTORS + 1, 8), np.float16)},
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
def test_a_damaged_file_is_reported_in_one_line(tmp_path, kind):
    write_damaged(tmp_path / FILE, kind)
    with pytest.raises(InputError, match="expected the querybank of a run") as refused:
        load_querybank(tmp_path, 8)
    assert "\n" not in str(refused.value)
