"""Losses against hand-worked values, loops and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.losses.triplet import infonce_loss, softmax_triplet_loss, triplet_hinge_loss
from tests.reference import loops


def test_hinge_hand_worked():
    loss = triplet_hinge_loss(np.float32([0.5, 0.1, 1.0]), np.float32([0.6, 0.9, 0.2]), margin=0.3)
    np.testing.assert_allclose(loss, [0.2, 0.0, 1.1], atol=1e-6)


def test_softmax_is_the_squared_share_of_the_positive():
    d_ap, d_an = np.float32([1.0, 0.2, 3.0]), np.float32([1.0, 1.4, 0.5])
    share = np.exp(d_ap) / (np.exp(d_ap) + np.exp(d_an))
    losses = np.asarray(softmax_triplet_loss(d_ap, d_an))
    np.testing.assert_allclose(losses, share**2, rtol=1e-5)
    assert losses[0] == pytest.approx(1 / 4), "equal distances"


@pytest.mark.parametrize("loss", [softmax_triplet_loss, lambda p, n: triplet_hinge_loss(p, n, 0.3)])
def test_a_triplet_loss_rises_with_d_ap_and_falls_with_d_an(loss):
    d_ap, d_an = tf.Variable([0.8, 0.5]), tf.Variable([0.6, 0.7])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(loss(d_ap, d_an))
    of_positive, of_negative = tape.gradient(total, [d_ap, d_an])
    assert (of_positive.numpy() > 0).all()
    assert (of_negative.numpy() < 0).all()


@pytest.mark.parametrize("extreme", [0.0, 1e4, -1e4])
def test_triplet_losses_are_finite_at_extreme_distances(extreme):
    d_ap = tf.Variable([extreme, 0.0])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(softmax_triplet_loss(d_ap, [0.0, extreme])) + tf.reduce_sum(
            triplet_hinge_loss(d_ap, [0.0, extreme], 0.2)
        )
    assert np.isfinite(total)
    assert np.isfinite(tape.gradient(total, d_ap)).all()


@settings(max_examples=30)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.1, 0.7]),
)
def test_infonce_equals_a_loop(seed, n_queries, n_keys, n_labels, smoothing):
    rng = np.random.default_rng(seed)
    distances = rng.random((n_queries, n_keys)).astype(np.float32)
    labels = rng.integers(0, n_labels, n_queries), rng.integers(0, n_labels, n_keys)
    positives = labels[0][:, None] == labels[1][None]
    loss = np.asarray(infonce_loss(distances, positives, 0.2, smoothing))
    assert loss.shape == (n_queries, n_keys)
    for pair, expected in loops.infonce(distances, positives, 0.2, smoothing).items():
        assert loss[pair] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_infonce_without_negatives_is_zero_with_a_finite_gradient(smoothing):
    distances = tf.Variable([[0.5, 0.2], [0.1, 0.9]])
    with tf.GradientTape() as tape:
        loss = infonce_loss(distances, np.ones((2, 2), bool), 0.07, smoothing)
    assert not np.asarray(loss).any()
    assert np.isfinite(tape.gradient(loss, distances)).all()
