"""Distances against scipy, and their gradients where points coincide."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from sketchnet.losses.distances import (
    embedding_variance,
    pairwise_distances,
    pairwise_squared_distances,
)


@settings(max_examples=30)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_both_distances_agree_with_scipy(n_queries, n_keys, size, seed):
    rng = np.random.default_rng(seed)
    queries = rng.standard_normal((n_queries, size)).astype(np.float32)
    keys = rng.standard_normal((n_keys, size)).astype(np.float32)
    squared = np.asarray(pairwise_squared_distances(queries, keys))
    assert squared.shape == (n_queries, n_keys)
    np.testing.assert_allclose(squared, cdist(queries, keys, "sqeuclidean"), atol=1e-4)
    euclidean = np.asarray(pairwise_distances(queries, keys))
    np.testing.assert_allclose(euclidean, cdist(queries, keys), rtol=1e-3, atol=1e-3)


def test_never_negative_and_zero_on_the_diagonal(rng):
    vectors = keras.utils.normalize(rng.standard_normal((50, 256)).astype(np.float32))
    squared = np.asarray(pairwise_squared_distances(vectors, vectors))
    assert (squared >= 0).all()
    assert np.diag(squared).max() < 1e-6


def test_half_precision_is_cast_before_it_cancels(rng):
    vectors = keras.utils.normalize(rng.standard_normal((8, 256))).astype(np.float16)
    squared = np.asarray(pairwise_squared_distances(vectors, vectors))
    assert squared.dtype == np.float32
    expected = cdist(vectors.astype(float), vectors.astype(float), "sqeuclidean")
    np.testing.assert_allclose(squared, expected, atol=1e-6)


@pytest.mark.parametrize("distances", [pairwise_squared_distances, pairwise_distances])
@pytest.mark.parametrize("scale", [0.0, 1e-20, 1e-6, 1.0])
def test_gradient_is_finite_where_points_coincide(distances, scale, rng):
    vectors = tf.Variable(scale * rng.standard_normal((4, 6)).astype(np.float32))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(distances(vectors, tf.concat([vectors, vectors], axis=0)))
    assert np.isfinite(tape.gradient(total, vectors)).all()


def test_the_gradient_of_the_euclidean_distance_is_the_unit_difference(rng):
    query, key = (rng.standard_normal((1, 5)).astype(np.float32) for _ in range(2))
    variable = tf.Variable(query)
    with tf.GradientTape() as tape:
        distance = pairwise_distances(variable, key)
    expected = (query - key) / np.linalg.norm(query - key)
    np.testing.assert_allclose(tape.gradient(distance, variable), expected, atol=1e-5)


def test_embedding_variance_is_0_for_a_point_and_1_for_a_covered_sphere(rng):
    vectors = keras.utils.normalize(rng.standard_normal((5000, 16)).astype(np.float32))
    assert float(embedding_variance(vectors)) == pytest.approx(1, abs=0.01)
    point = np.repeat(vectors[:1], 50, axis=0)
    assert float(embedding_variance(point)) == pytest.approx(0, abs=1e-5)
    few = vectors[:20].astype(np.float64)
    expected = np.square(few - few.mean(axis=0)).sum(axis=1).mean()
    assert float(embedding_variance(few)) == pytest.approx(expected, abs=1e-5)
