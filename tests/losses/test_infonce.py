"""InfoNCE against a loop, and its gradient without negatives."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.losses.infonce import infonce_loss
from tests.reference import loops


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
