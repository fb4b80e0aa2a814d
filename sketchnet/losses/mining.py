"""Mining: the negative of each triplet, semi-hard (FaceNet's), the hardest, or random.

Rows are queries (anchors), columns are keys. For each pair (query q, positive key p) one negative
key is chosen; the gradient flows through its distance, never through the choice. Entries at pairs
that `valid_pairs` does not mark are finite and meaningless.
"""

from __future__ import annotations

import keras
from keras import ops

FAR = 1e9


def positive_mask(query_labels, key_labels):
    """Labels (Q,) and (K,), integers → (Q, K) bool: the same identity."""
    return ops.equal(ops.expand_dims(query_labels, 1), ops.expand_dims(key_labels, 0))


def valid_pairs(positives):
    """(Q, K) bool → (Q, K) bool: positive pairs whose query has a negative among the keys."""
    has_negative = ops.logical_not(ops.all(positives, axis=1, keepdims=True))
    return ops.logical_and(positives, has_negative)


def semi_hard_indices(distances, positives):
    """Column of the negative of each pair, for losses that need it in several matrices.

    The nearest negative that is farther than the positive; where there is none, the farthest
    negative (Schroff et al., *FaceNet*, 2015). Another sketch of the same shoe has the same label
    and is never a negative.

    Args:
        distances: (Q, K) float32.
        positives: (Q, K) bool.

    Returns:
        (Q, K) int32 columns.
    """
    distances = ops.stop_gradient(distances)
    negatives = ops.logical_not(positives)
    # axes: query, positive key, negative key
    farther = ops.logical_and(
        ops.expand_dims(negatives, 1), ops.expand_dims(distances, 1) > ops.expand_dims(distances, 2)
    )
    nearest = ops.argmin(ops.where(farther, ops.expand_dims(distances, 1), FAR), axis=2)
    farthest = ops.argmax(ops.where(negatives, distances, -FAR), axis=1, keepdims=True)
    found = ops.any(farther, axis=2)
    return ops.cast(ops.where(found, nearest, farthest), "int32")


def random_indices(positives, seed: int | keras.random.SeedGenerator):
    """Column of a uniformly random negative for each pair, (Q, K) bool → (Q, K) int32."""
    queries, keys = ops.shape(positives)
    numbers = keras.random.uniform((queries, keys, keys), seed=seed)
    negatives = ops.expand_dims(ops.logical_not(positives), 1)
    return ops.cast(ops.argmax(ops.where(negatives, numbers, -1.0), axis=2), "int32")


def mine_semi_hard(distances, positives):
    """Distance of each pair's semi-hard negative.

    Args:
        distances: (Q, K) float32, squared or Euclidean.
        positives: (Q, K) bool.

    Returns:
        `d_an` (Q, K) float32; the farthest negative's where none is farther than the positive.
    """
    return ops.take_along_axis(distances, semi_hard_indices(distances, positives), axis=1)


def mine_random(distances, positives, seed: int | keras.random.SeedGenerator):
    """Distance of each pair's random negative. Arguments and result as `mine_semi_hard`."""
    return ops.take_along_axis(distances, random_indices(positives, seed), axis=1)


def mine_hard(distances, positives):
    """Distance of each pair's hardest negative: the query's nearest one.

    Hermans et al., *In Defense of the Triplet Loss*, 2017. From random weights it tends to
    collapse; meant for networks already trained with semi-hard triplets. Arguments and result as
    `mine_semi_hard`.
    """
    nearest = ops.argmin(ops.where(positives, FAR, ops.stop_gradient(distances)), axis=1)
    d_an = ops.take_along_axis(distances, ops.expand_dims(nearest, 1), axis=1)
    return ops.broadcast_to(d_an, ops.shape(distances))


def mine(mining: str, distances, positives, seed: int | keras.random.SeedGenerator):
    """`d_an` (Q, K) by the `mining` of the settings: semihard, hard or random."""
    if mining == "random":
        return mine_random(distances, positives, seed)
    return {"semihard": mine_semi_hard, "hard": mine_hard}[mining](distances, positives)
