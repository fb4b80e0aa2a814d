"""The loss of distillation against its formula in NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax

from sketchnet.losses.distillation import TEMPERATURE, distillation_loss, mean_ranking


def test_the_loss_is_the_cross_entropy_to_the_mean_of_the_rankings(rng):
    first, second, own = rng.random((3, 4, 5)).astype(np.float32)
    expected = sum(softmax(-each / TEMPERATURE, axis=1) for each in (first, second)) / 2
    np.testing.assert_allclose(mean_ranking([first, second]), expected, atol=1e-6)
    loss = distillation_loss(own, mean_ranking([first, second]))
    by_hand = -(expected * np.log(softmax(-own / TEMPERATURE, axis=1))).sum(axis=1)
    np.testing.assert_allclose(loss, by_hand, rtol=1e-5)


def test_the_loss_is_least_where_the_network_agrees_with_its_teacher(rng):
    teacher = tf.Variable(rng.random((3, 6)).astype(np.float32))
    own = tf.Variable(teacher + 0.5)  # the same ranking: only differences count
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(distillation_loss(own, mean_ranking([teacher])))
    of_own, of_teacher = tape.gradient(loss, [own, teacher])
    np.testing.assert_allclose(of_own, 0, atol=1e-5)
    assert of_teacher is None, "a teacher does not learn"
    other = distillation_loss(own + rng.random((3, 6)).astype(np.float32), mean_ranking([teacher]))
    assert float(tf.reduce_sum(other)) > float(loss)
    assert float(loss) == pytest.approx(_entropy(teacher.numpy()), rel=1e-4)


def _entropy(distances: np.ndarray) -> float:
    chances = softmax(-distances.astype(np.float64) / TEMPERATURE, axis=1)
    return float(-(chances * np.log(chances)).sum())
