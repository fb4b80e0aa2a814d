"""Classification metrics as pure functions of arrays, for classifiers and nearest neighbours.

Shares are fractions from 0 to 1. A NaN raises ValueError.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sketchnet.metrics.checks import nonempty, numbers, same_shape
from sketchnet.metrics.ranking import nearest


def accuracy(labels: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the share of items whose predicted label is right.

    Args:
        labels, predicted: (N,) int.
        weights: (N,), with which each item counts; None = all alike.
    """
    labels, predicted = same_shape(labels, predicted)
    each = None if weights is None else np.asarray(weights, np.float64)
    return float(np.average(labels == predicted, weights=each))


def confusion(labels: ArrayLike, predicted: ArrayLike, n: int) -> np.ndarray:
    """Return the confusion matrix: how often each label (row) was predicted as each (column).

    Args:
        labels, predicted: (N,) int in 0..n-1.
        n: number of labels.

    Returns:
        (n, n) int.
    """
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
    """Return the majority label among each query's k nearest gallery items.

    Of labels with equally many votes the one with the nearest item wins.

    Args:
        distances: (Q, G), k ≤ G.
        gallery_labels: (G,) int.
        k: number of neighbours.

    Returns:
        (Q,) of the type of `gallery_labels`.
    """
    distances = numbers(distances, dims=2)
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
    """Return the share of queries (Q,) whose label `knn_predict` gives."""
    return accuracy(query_labels, knn_predict(distances, gallery_labels, k))


def expected_calibration_error(
    probabilities: ArrayLike, labels: ArrayLike, bins: int = 15
) -> float:
    """Return the mean gap between confidence and accuracy.

    The mean of |accuracy - mean confidence| over the bins of `reliability`, weighted by their
    numbers of predictions (Guo et al., *On calibration of modern neural networks*, ICML 2017).

    Args:
        probabilities: (N, C) in 0..1, each row adding up to 1.
        labels: (N,) int in 0..C-1.
        bins: number of bins.

    Returns:
        0 (calibrated) to 1.
    """
    confidence, right, counts = reliability(probabilities, labels, bins)
    return float(np.abs(counts * (right - confidence)).sum() / counts.sum())


def reliability(
    probabilities: ArrayLike, labels: ArrayLike, bins: int = 15
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return confidence and accuracy of predictions, grouped by their confidence.

    The confidence is the largest probability; bins have equal width and include their upper edge.

    Args:
        probabilities: (N, C) in 0..1, each row adding up to 1.
        labels: (N,) int in 0..C-1.
        bins: number of bins.

    Returns:
        Mean confidence, accuracy and number of predictions of each bin, (bins,); the first two are
        0 where a bin is empty.
    """
    probabilities, labels = nonempty(probabilities, dims=2), nonempty(labels)
    if len(labels) != len(probabilities):
        raise ValueError(f"expected {len(probabilities)} labels; received {len(labels)}")
    if probabilities.min() < 0 or probabilities.max() > 1 + 1e-6:
        raise ValueError(f"expected probabilities in 0..1; received {probabilities}")
    if bins < 1:
        raise ValueError(f"expected at least one bin; received {bins}")
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    bin_of = np.digitize(confidence, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    counts = np.bincount(bin_of, minlength=bins)
    means = [
        np.bincount(bin_of, each, bins) / np.maximum(counts, 1) for each in (confidence, right)
    ]
    return means[0], means[1], counts
