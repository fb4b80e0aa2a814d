"""Mining against loops, and the gradients of mined distances."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.losses.mining import (
    mine,
    mine_hard,
    mine_random,
    mine_semi_hard,
    positive_mask,
    random_indices,
    semi_hard_indices,
    valid_pairs,
)
from tests.reference import loops


def _random_case(seed: int, n_queries: int, n_keys: int, n_labels: int, steps: int):
    """Distances on a coarse grid, so that ties are common."""
    rng = np.random.default_rng(seed)
    distances = (rng.integers(0, steps, (n_queries, n_keys)) / steps).astype(np.float32)
    query_labels = rng.integers(0, n_labels, n_queries).astype(np.int32)
    key_labels = rng.integers(0, n_labels, n_keys).astype(np.int32)
    return distances, np.asarray(positive_mask(query_labels, key_labels))


any_case = given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(1, 5),
    st.sampled_from([2, 5, 1000]),
)


@settings(max_examples=60)
@any_case
def test_semi_hard_mining_equals_a_triple_loop(seed, n_queries, n_keys, n_labels, steps):
    distances, positives = _random_case(seed, n_queries, n_keys, n_labels, steps)
    expected = loops.semi_hard(distances, positives)
    d_an = np.asarray(mine_semi_hard(distances, positives))
    valid = np.asarray(valid_pairs(positives))
    assert {tuple(pair) for pair in np.argwhere(valid)} == set(expected)
    for pair, (distance, is_farther) in expected.items():
        assert d_an[pair] == distance
        assert (d_an[pair] > distances[pair]) == is_farther
    assert np.isfinite(d_an).all()


@settings(max_examples=60)
@any_case
def test_hard_mining_equals_a_loop(seed, n_queries, n_keys, n_labels, steps):
    distances, positives = _random_case(seed, n_queries, n_keys, n_labels, steps)
    d_an = np.asarray(mine_hard(distances, positives))
    assert d_an.shape == distances.shape
    assert np.isfinite(d_an).all()
    for q, p in np.argwhere(np.asarray(valid_pairs(positives))):
        nearest = min(distances[q, k] for k in range(n_keys) if not positives[q, k])
        assert d_an[q, p] == nearest


def test_the_setting_selects_the_mining():
    distances, positives = _random_case(0, 5, 6, 3, 1000)
    for mining, selected in (
        ("semihard", mine_semi_hard(distances, positives)),
        ("hard", mine_hard(distances, positives)),
        ("random", mine_random(distances, positives, 1)),
    ):
        np.testing.assert_array_equal(mine(mining, distances, positives, 1), selected)
    with pytest.raises(KeyError):
        mine("easy", distances, positives, 1)


def test_positive_mask_is_the_identity_of_labels():
    mask = np.asarray(positive_mask(np.int32([3, 1]), np.int32([1, 3, 3])))
    assert mask.tolist() == [[False, True, True], [True, False, False]]


def test_semi_hard_mining_hand_worked():
    # Keys: the own photo, another photo of the same shoe, then three other shoes.
    distances = np.float32([[0.5, 0.9, 0.4, 0.6, 0.8]])
    positives = np.array([[True, True, False, False, False]])
    d_an = np.asarray(mine_semi_hard(distances, positives))
    # The first beyond 0.5 is 0.6; none is farther than 0.9, so the farthest is taken, 0.8.
    np.testing.assert_allclose(d_an[0, :2], [0.6, 0.8])


@pytest.mark.parametrize(
    "mine", [mine_semi_hard, mine_hard, lambda d, p: mine_random(d, p, seed=1)]
)
@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2], [5], [7, 7, 7, 2]])
def test_degenerate_batches_have_finite_values_and_gradients(mine, labels, rng):
    labels = np.int32(labels)
    positives = positive_mask(labels, labels)
    distances = tf.Variable(rng.random((len(labels), len(labels)), dtype=np.float32))
    with tf.GradientTape() as tape:
        d_an = mine(tf.convert_to_tensor(distances), positives)
        total = tf.reduce_sum(tf.where(valid_pairs(positives), d_an, 0.0))
    gradient = tape.gradient(total, distances)
    assert np.isfinite(d_an).all()
    assert np.isfinite(tf.convert_to_tensor(gradient)).all()


def test_the_gradient_flows_through_the_chosen_negative_only():
    distances = tf.Variable([[0.5, 0.4, 0.6, 0.6, 0.8]])
    positives = np.array([[True, False, False, False, False]])
    with tf.GradientTape() as tape:
        d_an = mine_semi_hard(tf.convert_to_tensor(distances), positives)
        chosen = d_an[0, 0]
    gradient = tf.convert_to_tensor(tape.gradient(chosen, distances)).numpy()[0]
    assert sorted(gradient.tolist()) == [0, 0, 0, 0, 1]  # a tie is not split
    assert gradient[2] + gradient[3] == 1


def test_a_negative_never_shares_the_label(rng):
    labels = np.int32([0, 0, 1, 1, 2, 2])
    positives = np.asarray(positive_mask(labels, labels))
    distances = rng.random((6, 6), dtype=np.float32)
    for indices in (semi_hard_indices(distances, positives), random_indices(positives, 3)):
        assert (labels[np.asarray(indices)] != labels[:, None]).all()


def test_mining_follows_a_permutation_of_keys_and_queries(rng):
    distances, positives = _random_case(4, 6, 9, 3, 1000)
    rows, columns = rng.permutation(6), rng.permutation(9)
    d_an = np.asarray(mine_semi_hard(distances, positives))
    moved = mine_semi_hard(distances[rows][:, columns], positives[rows][:, columns])
    valid = np.asarray(valid_pairs(positives))[rows][:, columns]
    np.testing.assert_array_equal(np.asarray(moved)[valid], d_an[rows][:, columns][valid])


def test_random_negatives_are_uniform_and_follow_the_seed():
    positives = np.zeros((1500, 5), bool)
    positives[:, :2] = True
    seeds = keras.random.SeedGenerator(0)
    first, second = (np.asarray(random_indices(positives, seeds)) for _ in range(2))
    assert not np.array_equal(first, second), "each call draws anew"
    for draws in (first[:, 0], second[:, 1]):
        shares = np.bincount(draws, minlength=5) / len(draws)
        assert shares[:2].tolist() == [0, 0]
        np.testing.assert_allclose(shares[2:], 1 / 3, atol=0.05)
    again = [np.asarray(random_indices(positives, 11)) for _ in range(2)]
    np.testing.assert_array_equal(*again)


def test_random_mining_takes_the_only_negative():
    distances = np.float32([[0.5, 0.4], [0.9, 0.1]])
    d_an = mine_random(distances, np.eye(2, dtype=bool), seed=0)
    np.testing.assert_allclose(np.diag(d_an), np.float32([0.4, 0.9]))
