"""The triplet loss of a batch: what the trainers of both tasks have in common."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import ops

from sketchnet.config.base import TrainingConfig
from sketchnet.losses.distances import safe_sqrt
from sketchnet.losses.mining import mine, valid_pairs
from sketchnet.losses.triplet import softmax_triplet_loss, triplet_hinge_loss

TRIPLET_METRICS = ("d_ap", "d_an", "active", "semi_hard")


class TripletStep(NamedTuple):
    """The loss of all positive pairs of a batch, and what is reported about its triplets."""

    loss: Any
    """Scalar float32: the mean over the valid pairs, 0 where there are none."""
    metrics: dict[str, Any]
    """`TRIPLET_METRICS`, (Q, K) float32 each."""
    valid: Any
    """(Q, K) float32, 1 at valid pairs: the weights of the metrics."""


def triplet_step(
    squared_distances,
    positives,
    config: TrainingConfig,
    seed: keras.random.SeedGenerator,
    *,
    same: Any = None,
) -> TripletStep:
    """Mine a negative for each positive pair and compute its loss.

    Args:
        squared_distances: (Q, K) float32, of queries (anchors) to keys.
        positives: (Q, K) bool.
        config: gives loss (triplet or softmax_triplet), mining, margin and distance.
        seed: for random mining.
        same: (Q, K) bool, pairs of an item with itself, which are no positives; None = none.

    Returns the step. Its metrics are the distances `d_ap` and `d_an`, in the distance of `config`,
    whether a triplet is `active` (d_an < d_ap + margin), and whether it is `semi_hard` as FaceNet
    defines it (d_ap < d_an < d_ap + margin).
    """
    distances = squared_distances
    if config.distance == "euclidean":
        distances = safe_sqrt(squared_distances)
    d_an = mine(config.mining, distances, positives, seed)
    if config.loss == "softmax_triplet":
        losses = softmax_triplet_loss(distances, d_an)
    else:
        losses = triplet_hinge_loss(distances, d_an, config.margin)
    pairs = valid_pairs(positives)
    if same is not None:
        pairs = ops.logical_and(pairs, ops.logical_not(same))
    valid = ops.cast(pairs, "float32")
    active = d_an < distances + config.margin
    metrics = {
        "d_ap": distances,
        "d_an": d_an,
        "active": ops.cast(active, "float32"),
        "semi_hard": ops.cast(ops.logical_and(active, d_an > distances), "float32"),
    }
    return TripletStep(mean_of_valid(losses, valid), metrics, valid)


def mean_of_valid(losses, valid):
    """Mean of (Q, K) losses with weights `valid`: 0, not 0/0, for a batch without a valid pair."""
    return ops.sum(losses * valid) / ops.maximum(ops.sum(valid), 1.0)
