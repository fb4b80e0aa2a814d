"""Ranking metrics as pure functions of arrays.

Distances are (query, gallery); smaller is nearer. Shares are fractions from 0 to 1. A NaN raises
ValueError.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sketchnet.metrics.checks import nonempty, numbers, same_shape
from sketchnet.utils.compiled import compiled

_FEW = 256  # indices that are found in one pass; more are found faster by NumPy


def nearest(distances: ArrayLike, k: int) -> np.ndarray:
    """Return the indices of the k smallest distances, nearest first.

    Equal distances keep the order of the gallery, so that the result does not depend on the
    machine. The cost is one pass over the gallery, or a partition of it and a sort of k.

    Args:
        distances: (G,).
        k: number of indices, fewer where the gallery is smaller.

    Returns:
        (min(k, G),) int.
    """
    distances = np.asarray(distances)
    is_float = distances.dtype.char in "fd"
    if is_float and distances.ndim == 1 and 0 < k <= min(_FEW, len(distances)):
        found, is_done = _nearest_few(np.ascontiguousarray(distances), k)
        if is_done:
            return found
    distances = numbers(distances, dims=1)
    k = min(k, len(distances))
    if k <= 0:
        return np.empty(0, np.intp)
    farthest = np.partition(distances, k - 1)[k - 1]
    candidates = np.flatnonzero(distances <= farthest)
    return candidates[np.argsort(distances[candidates], kind="stable")][:k]


@compiled()
def _nearest_few(distances, k):
    """The k smallest by insertion into a sorted list, and whether that could be done.

    It gives up at a NaN, and where the distances fall so steadily that most would be inserted.
    """
    found = np.empty(k, np.intp)
    kept = np.empty(k, distances.dtype)  # their distances
    count, moves_left = 0, k * k + 4 * len(distances)
    for n in range(len(distances)):
        distance = distances[n]
        if distance != distance or moves_left < 0:
            return found, False
        if count < k:
            count += 1
        elif not distance < kept[k - 1]:
            continue
        place = count - 1
        while place > 0 and distance < kept[place - 1]:
            found[place], kept[place] = found[place - 1], kept[place - 1]
            place -= 1
        found[place], kept[place] = n, distance
        moves_left -= count - place
    return found, True


def ranks(distances: ArrayLike, true_index: ArrayLike) -> np.ndarray:
    """Count for each query the gallery items that are at least as near as its true item.

    Ties count against the query: a model that gives every item the same distance ranks last.

    Args:
        distances: (Q, G).
        true_index: (Q,) int, column of each query's true item, 0..G-1.

    Returns:
        (Q,) int, from 1.
    """
    distances = numbers(distances, dims=2)
    true_index = np.asarray(true_index)
    queries, gallery = distances.shape
    if true_index.shape != (queries,) or not np.issubdtype(true_index.dtype, np.integer):
        raise ValueError(
            f"expected one integer true_index per query, ({queries},); "
            f"received {true_index.dtype} {true_index.shape}"
        )
    if queries and not (true_index.min() >= 0 and true_index.max() < gallery):
        raise ValueError(f"expected true_index in 0..{gallery - 1}; received {true_index}")
    true_distance = np.take_along_axis(distances, true_index[:, None], axis=1)
    return np.sum(distances <= true_distance, axis=1)


def acc_at(ranks: ArrayLike, k: int) -> float:
    """Return acc@k: the share of queries whose true item is among the first k."""
    return float(np.mean(nonempty(ranks) <= k))


def mean_average_precision(ranks: ArrayLike) -> float:
    """Return the mean of 1 / rank, which is mAP where each query has one true item."""
    return float(np.mean(1.0 / nonempty(ranks)))


def mean_percentile(ranks: ArrayLike, n_gallery: int) -> float:
    """Return the mean share of the other items that rank behind the true one.

    1 = always first, 0 = always last, about 0.5 by chance.
    """
    return float(np.mean(_percentiles(nonempty(ranks), n_gallery)))


def m_at_a(ranks: ArrayLike, n_gallery: int) -> float:
    """Return m@A: the ranking percentile, averaged over the completion levels of a sketch.

    It approximates the area under the curve of the ranking percentile against the completion level
    (Bhunia et al., *Sketch Less for More: On-the-Fly Fine-Grained Sketch-Based Image Retrieval*,
    CVPR 2020).

    Args:
        ranks: (Q, L) int from 1, each query at L evenly spaced completion levels.
        n_gallery: number of gallery items.
    """
    return float(np.mean(_percentiles(nonempty(ranks, dims=2), n_gallery)))


def m_at_b(ranks: ArrayLike) -> float:
    """Return m@B: 1 / rank, averaged over the completion levels of a sketch.

    As `m_at_a`, of the curve of 1 / rank, which weighs the first ranks most.

    Args:
        ranks: (Q, L) int from 1, each query at L evenly spaced completion levels.
    """
    return float(np.mean(1.0 / nonempty(ranks, dims=2)))


def triplet_accuracy(d_pos: ArrayLike, d_neg: ArrayLike) -> float:
    """Return the share of triplets with d_pos < d_neg, both (T,); a tie is wrong."""
    d_pos, d_neg = same_shape(d_pos, d_neg)
    return float(np.mean(d_pos < d_neg))


def _percentiles(ranks: np.ndarray, n_gallery: int) -> np.ndarray:
    """The share of the other items behind each rank; 1 where there are no others."""
    if ranks.min() < 1 or ranks.max() > n_gallery:
        raise ValueError(f"expected ranks in 1..{n_gallery}; received {ranks}")
    return (n_gallery - ranks) / (n_gallery - 1) if n_gallery > 1 else np.ones(ranks.shape)
