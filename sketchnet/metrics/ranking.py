"""How good an answer is: pure functions of arrays, each with its definition.

Distances are (query, gallery) and smaller is nearer. A NaN is never quietly a good answer: it
raises. Shares are fractions from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

DRAWS_AT_ONCE = 4_000_000  # bootstrap draws held in memory together (32 MB)


def nearest(distances: ArrayLike, k: int) -> np.ndarray:
    """Return the indices of the k smallest of `distances` (G,), nearest first: (min(k, G),) int.

    Equal distances keep the order of the gallery, so that the answer is the same everywhere; this
    costs a partition of the gallery and a sort of k, not a sort of the gallery.
    """
    distances = _numbers(distances, dims=1)
    k = min(k, len(distances))
    if k <= 0:
        return np.empty(0, np.intp)
    farthest = np.partition(distances, k - 1)[k - 1]
    candidates = np.flatnonzero(distances <= farthest)
    return candidates[np.argsort(distances[candidates], kind="stable")][:k]


def ranks(distances: ArrayLike, true_index: ArrayLike) -> np.ndarray:
    """Count for each query the gallery items at least as near as its true one: (Q,) int from 1.

    Ties count against us: a model that gives every photo the same distance ranks last.

    Args:
        distances: (Q, G).
        true_index: (Q,) column of each query's true photo, 0..G-1.
    """
    distances = _numbers(distances, dims=2)
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
    """Return the share of queries whose true photo is among the first k."""
    return float(np.mean(_some(ranks) <= k))


def mean_average_precision(ranks: ArrayLike) -> float:
    """Return the mean of 1 / rank: average precision when each query has one true photo."""
    return float(np.mean(1.0 / _some(ranks)))


def mean_percentile(ranks: ArrayLike, n_gallery: int) -> float:
    """Return the mean share of the other photos that stand behind the true one.

    1 where it is always first, 0 where it is always last, about a half for a coin.
    """
    ranks = _some(ranks)
    if ranks.min() < 1 or ranks.max() > n_gallery:
        raise ValueError(f"expected ranks in 1..{n_gallery}; received {ranks}")
    return float(np.mean((n_gallery - ranks) / (n_gallery - 1))) if n_gallery > 1 else 1.0


def triplet_accuracy(d_pos: ArrayLike, d_neg: ArrayLike) -> float:
    """Return the share of triplets with d_pos < d_neg; a tie is wrong."""
    d_pos, d_neg = _some(d_pos), _some(d_neg)
    if d_pos.shape != d_neg.shape:
        raise ValueError(f"expected equal shapes; received {d_pos.shape} and {d_neg.shape}")
    return float(np.mean(d_pos < d_neg))


def accuracy(labels: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the share of items whose predicted label is theirs, of their weights where given."""
    labels, predicted = _some(labels), _some(predicted)
    if labels.shape != predicted.shape:
        raise ValueError(f"expected equal shapes; received {labels.shape} and {predicted.shape}")
    each = None if weights is None else np.asarray(weights, np.float64)
    return float(np.average(labels == predicted, weights=each))


def confusion(labels: ArrayLike, predicted: ArrayLike, n: int) -> np.ndarray:
    """Count how often each label (row) was called each label (column): (n, n) int."""
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    if labels.shape != predicted.shape:
        raise ValueError(f"expected equal shapes; received {labels.shape} and {predicted.shape}")
    for name, values in (("labels", labels), ("predicted", predicted)):
        if values.size and not (values.min() >= 0 and values.max() < n):
            raise ValueError(f"expected {name} in 0..{n - 1}; received {values}")
    counts = np.zeros((n, n), np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def knn_predict(distances: ArrayLike, gallery_labels: ArrayLike, k: int) -> np.ndarray:
    """Return the label that most of each query's k nearest carry: (Q,).

    Among labels with equally many votes the one with the nearest voter wins.

    Args:
        distances: (Q, G), k ≤ G.
        gallery_labels: (G,) dense ints.
    """
    distances = _numbers(distances, dims=2)
    gallery_labels = np.asarray(gallery_labels)
    if gallery_labels.shape != distances.shape[1:]:
        raise ValueError(
            f"expected one label per gallery item, {distances.shape[1:]}; "
            f"received {gallery_labels.shape}"
        )
    if not 1 <= k <= len(gallery_labels):
        raise ValueError(f"expected k in 1..{len(gallery_labels)}; received {k}")
    predicted = np.empty(len(distances), gallery_labels.dtype)
    for row, query in enumerate(distances):
        labels, first, votes = np.unique(
            gallery_labels[nearest(query, k)], return_index=True, return_counts=True
        )
        predicted[row] = labels[np.lexsort((first, -votes))[0]]
    return predicted


def knn_accuracy(
    distances: ArrayLike, gallery_labels: ArrayLike, query_labels: ArrayLike, k: int
) -> float:
    """Return the share of queries whose k nearest vote for their own label."""
    return accuracy(query_labels, knn_predict(distances, gallery_labels, k))


def bootstrap_interval(
    values: ArrayLike,
    *,
    groups: Sequence[int] | np.ndarray | None = None,
    seed: int = 0,
    repeats: int = 2000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean of `values` (N,).

    Values of one group (three sketches of one shoe, the triplets of one sketch) say nearly the
    same, so groups are drawn whole; as if independent they would make the interval too narrow.

    Args:
        values: (N,) one number per query or triplet.
        groups: (N,) int, which belong together; None: each value is its own group.
    """
    values = _some(values)
    group_of = np.arange(len(values)) if groups is None else np.asarray(groups)
    if group_of.shape != values.shape:
        raise ValueError(f"expected one group per value; received {group_of.shape}")
    _, group_of = np.unique(group_of, return_inverse=True)
    totals, counts = np.bincount(group_of, values), np.bincount(group_of)

    rng = np.random.default_rng(seed)
    at_once = max(1, DRAWS_AT_ONCE // len(totals))
    means = []
    for done in range(0, repeats, at_once):
        drawn = rng.integers(len(totals), size=(min(at_once, repeats - done), len(totals)))
        means.append(totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(np.concatenate(means), [tail, 100 - tail])
    return float(low), float(high)


def _numbers(values: ArrayLike, dims: int) -> np.ndarray:
    """Return `values` as an array of `dims` axes without NaN."""
    values = np.asarray(values)
    if values.ndim != dims:
        raise ValueError(f"expected {dims} axes; received shape {values.shape}")
    if np.issubdtype(values.dtype, np.floating) and np.isnan(values).any():
        raise ValueError(f"expected numbers; received {np.isnan(values).sum()} NaN")
    return values


def _some(values: ArrayLike) -> np.ndarray:
    """Return `values` (N,) as an array without NaN; a mean of nothing is no result."""
    values = _numbers(values, dims=1)
    if not len(values):
        raise ValueError("expected at least one value; received none")
    return values
