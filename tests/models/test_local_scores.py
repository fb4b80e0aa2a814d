from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.models.local_scores import (
    _to_float32,
    agreement_map,
    local_scores,
    local_scores_numpy,
)
from tests.reference import loops


def _maps(rng, count: int, height: int, width: int, size: int, blank: float = 0.3) -> np.ndarray:
    """Random maps with cell lengths in 0..1, some of them zero."""
    maps = rng.standard_normal((count, height, width, size))
    maps /= np.linalg.norm(maps, axis=-1, keepdims=True)
    lengths = rng.random((count, height, width, 1))
    return (maps * np.where(lengths < blank, 0, lengths)).astype(np.float32)


@settings(max_examples=40)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(1, 5),
    st.integers(0, 3),
)
def test_both_implementations_equal_a_loop(seed, height, width, size, window):
    rng = np.random.default_rng(seed)
    queries = _maps(rng, 2, height, width, size, blank=0.2)
    keys = _maps(rng, 3, height, width, size, blank=0.2)
    expected = [[loops.local_score(query, key, window) for key in keys] for query in queries]
    by_keras = np.asarray(local_scores(queries, keys, window))
    by_numpy = local_scores_numpy(queries, keys, window)
    one_by_one = [local_scores_numpy(query, keys, window) for query in queries]
    np.testing.assert_allclose(by_keras, expected, atol=2e-3)
    np.testing.assert_allclose(by_numpy, by_keras, atol=2e-6)
    np.testing.assert_allclose(one_by_one, by_numpy, atol=1e-6)


def test_both_implementations_agree_across_blocks(rng):
    keys = _maps(rng, 150, 12, 12, 8)
    query = _maps(rng, 1, 12, 12, 8)
    by_numpy = local_scores_numpy(query[0], keys)
    assert by_numpy.dtype == np.float32
    np.testing.assert_allclose(by_numpy, np.asarray(local_scores(query, keys))[0], atol=1e-6)


def test_a_map_matches_itself_also_shifted_by_one_cell(rng):
    query = _maps(rng, 1, 8, 8, 16)
    query[:, [0, -1]] = query[:, :, [0, -1]] = 0
    moved = np.roll(query, (1, -1), axis=(1, 2))
    keys = np.concatenate([query, moved, np.roll(query, 3, axis=1)])
    scores = np.asarray(local_scores(query, keys))[0]
    np.testing.assert_allclose(scores[:2], 1, atol=2e-3)
    assert scores[2] < 0.7
    assert np.asarray(local_scores(query, keys, window=0))[0, 1] < 0.5


def test_query_lengths_are_weights_and_key_lengths_are_ignored(rng):
    query, key = _maps(rng, 1, 4, 4, 8, blank=0.0), _maps(rng, 1, 4, 4, 8, blank=0.0)
    score = np.asarray(local_scores(query, key))
    np.testing.assert_allclose(np.asarray(local_scores(query, 0.3 * key)), score, atol=1e-4)
    np.testing.assert_allclose(np.asarray(local_scores(0.3 * query, key)), score, atol=1e-3)
    half = query.copy()
    half[:, :, 2:] = 0
    alone = np.asarray(local_scores(half[:, :, :2], key[:, :, :3][:, :, :2], window=0))
    np.testing.assert_allclose(np.asarray(local_scores(half, key, window=0)), alone, atol=1e-3)


def test_an_empty_query_scores_zero(rng):
    nothing = np.zeros((1, 5, 5, 4), np.float32)
    keys = _maps(rng, 3, 5, 5, 4)
    assert not np.asarray(local_scores(nothing, keys)).any()
    assert not local_scores_numpy(nothing[0], keys).any()
    assert not np.asarray(local_scores(keys, nothing)).any()


@pytest.mark.parametrize("blank", ["query", "key", "both", "neither"])
def test_gradients_are_finite_at_empty_maps(blank, rng):
    query = tf.Variable(_maps(rng, 2, 4, 4, 3) * (blank not in ("query", "both")))
    key = tf.Variable(_maps(rng, 2, 4, 4, 3) * (blank not in ("key", "both")))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(local_scores(query, key))
    for gradient in tape.gradient(total, [query, key]):
        assert np.isfinite(gradient).all()


def test_half_precision_keys_and_an_empty_gallery(rng):
    query, keys = _maps(rng, 1, 12, 12, 48)[0], _maps(rng, 20, 12, 12, 48)
    exact = local_scores_numpy(query, keys)
    np.testing.assert_allclose(local_scores_numpy(query, keys.astype(np.float16)), exact, atol=1e-3)
    assert local_scores_numpy(query, keys[:0]).shape == (0,)
    assert local_scores_numpy(query[None], keys[:0]).shape == (1, 0)


def test_maps_of_different_sizes_are_refused(rng):
    query = _maps(rng, 1, 4, 4, 8)
    for shape in ((3, 4, 5, 8), (3, 4, 4, 6)):
        with pytest.raises(ValueError, match="maps of one size"):
            local_scores_numpy(query, np.zeros(shape, np.float32))


def test_the_fast_conversion_from_float16_is_exact():
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    halves = halves[np.isfinite(halves)]
    np.testing.assert_array_equal(_to_float32(halves), halves.astype(np.float32))


def test_the_agreement_map_sums_to_the_score(rng):
    query, key = _maps(rng, 2, 6, 6, 8)
    agreement = agreement_map(query, key)
    weights = np.linalg.norm(query, axis=-1)
    assert agreement.shape == (6, 6)
    assert (np.abs(agreement) <= weights + 1e-5).all()
    score = local_scores_numpy(query, key[None])[0]
    assert agreement.sum() / weights.sum() == pytest.approx(score, abs=1e-3)
