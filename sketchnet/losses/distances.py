"""Euclidean distances between two sets of vectors, always in float32, with finite gradients."""

from __future__ import annotations

from keras import ops


def pairwise_squared_distances(queries, keys):
    """Squared Euclidean distances of every query to every key.

    Args:
        queries: (Q, D), any float type; computed in float32 (half precision would cancel).
        keys: (K, D).

    Returns:
        (Q, K) float32, never negative.
    """
    queries = ops.cast(queries, "float32")
    keys = ops.cast(keys, "float32")
    query_squares = ops.sum(ops.square(queries), axis=-1)[:, None]  # (Q, 1)
    key_squares = ops.sum(ops.square(keys), axis=-1)[None, :]  # (1, K)
    products = ops.matmul(queries, ops.transpose(keys))
    return ops.maximum(query_squares + key_squares - 2.0 * products, 0.0)


def pairwise_distances(queries, keys):
    """Plain Euclidean distances, (Q, D) and (K, D) → (Q, K) float32."""
    return safe_sqrt(pairwise_squared_distances(queries, keys))


def safe_sqrt(squares):
    """Square root whose gradient is 0 at 0.

    The gradient of sqrt is infinite there, and masking afterwards does not help (0 × ∞ is NaN):
    the zero must not enter the root at all.
    """
    positive = squares > 0
    return ops.where(positive, ops.sqrt(ops.where(positive, squares, 1.0)), 0.0)


def embedding_variance(embeddings):
    """Total variance of unit vectors (B, E): 1 − |mean|², 1 for a covered sphere, 0 for a point."""
    return 1.0 - ops.sum(ops.square(ops.mean(ops.cast(embeddings, "float32"), axis=0)))
