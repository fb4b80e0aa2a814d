"""InfoNCE against a loop, and its gradient without negatives."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.losses.infonce import infonce_loss, likeness_weights
from tests.reference import loops


@settings(max_examples=30)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.1, 0.7]),
    st.booleans(),
)
def test_infonce_equals_a_loop(seed, n_queries, n_keys, n_labels, smoothing, weighted):
    rng = np.random.default_rng(seed)
    distances = rng.random((n_queries, n_keys)).astype(np.float32)
    labels = rng.integers(0, n_labels, n_queries), rng.integers(0, n_labels, n_keys)
    positives = labels[0][:, None] == labels[1][None]
    weights = rng.uniform(0.1, 4, distances.shape).astype(np.float32) if weighted else None
    log_weights = np.log(weights) if weighted else 0.0
    loss = np.asarray(infonce_loss(distances, positives, 0.2, smoothing, log_weights))
    assert loss.shape == (n_queries, n_keys)
    for pair, expected in loops.infonce(distances, positives, 0.2, smoothing, weights).items():
        assert loss[pair] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_infonce_without_negatives_is_zero_with_a_finite_gradient(smoothing):
    distances = tf.Variable([[0.5, 0.2], [0.1, 0.9]])
    with tf.GradientTape() as tape:
        loss = infonce_loss(distances, np.ones((2, 2), bool), 0.07, smoothing)
    assert not np.asarray(loss).any()
    assert np.isfinite(tape.gradient(loss, distances)).all()


def test_a_negative_of_weight_two_counts_as_two_negatives():
    positives = np.array([[True, False, False]])
    twice = infonce_loss(np.array([[0.3, 0.5, 0.5]], np.float32), positives, 0.1)
    weighted = infonce_loss(
        np.array([[0.3, 0.5]], np.float32), positives[:, :2], 0.1, 0.0, np.log([[1.0, 2.0]])
    )
    np.testing.assert_allclose(twice[:, 0], weighted[:, 0], rtol=1e-5)


def test_likeness_weights_grow_with_the_cosine_and_have_a_mean_of_one(rng):
    vectors = rng.normal(size=(5, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    embeddings = tf.Variable(vectors)
    with tf.GradientTape() as tape:
        weights = likeness_weights(embeddings, 2.0)
    assert tape.gradient(weights, embeddings) is None
    expected = np.exp(2.0 * vectors @ vectors.T)
    np.testing.assert_allclose(np.exp(weights), expected / expected.mean(), rtol=1e-5)
