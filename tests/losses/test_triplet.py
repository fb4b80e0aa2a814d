"""Triplet losses against hand-worked values and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from sketchnet.losses.triplet import softmax_triplet_loss, triplet_hinge_loss


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
