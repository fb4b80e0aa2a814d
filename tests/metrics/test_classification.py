"""Classification metrics against hand-worked cases and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.metrics.classification import (
    accuracy,
    confusion,
    expected_calibration_error,
    knn_accuracy,
    knn_predict,
    reliability,
)


def test_knn_hand_worked():
    labels = [7, 7, 3, 3, 5]
    distances = [
        [0.1, 0.2, 0.3, 0.4, 0.5],  # k=1: 7; k=3: 7,7,3; k=5: 7,7,3,3,5 → 7 is nearest
        [0.4, 0.5, 0.1, 0.6, 0.2],  # k=1: 3; k=3: 3,5,7 all once → 3; k=5: 3 and 7 twice → 3
        [0.2, 0.3, 0.4, 0.5, 0.1],  # k=1: 5; k=3: 5,7,7 → 7
    ]
    assert knn_predict(distances, labels, 1).tolist() == [7, 3, 5]
    assert knn_predict(distances, labels, 3).tolist() == [7, 3, 7]
    assert knn_predict(distances, labels, 5).tolist() == [7, 3, 7]
    assert knn_accuracy(distances, labels, [7, 3, 3], 3) == pytest.approx(2 / 3)


def test_knn_rejects_wrong_arguments():
    with pytest.raises(ValueError, match=r"k in 1\.\.2"):
        knn_predict([[0.1, 0.2]], [0, 1], 3)
    with pytest.raises(ValueError, match="one label per gallery item"):
        knn_predict([[0.1, 0.2]], [0, 1, 2], 1)
    with pytest.raises(ValueError, match="NaN"):
        knn_predict([[0.1, np.nan]], [0, 1], 1)


def test_knn_equals_scikit_learn(rng):
    from sklearn.neighbors import KNeighborsClassifier

    gallery, queries = rng.normal(size=(60, 3)), rng.normal(size=(40, 3))
    labels = rng.integers(4, size=60)
    distances = np.linalg.norm(queries[:, None] - gallery, axis=-1)
    expected = KNeighborsClassifier(1).fit(gallery, labels).predict(queries)
    assert np.array_equal(knn_predict(distances, labels, 1), expected)


def test_confusion_and_accuracy_hand_worked():
    labels, predicted = [0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 2]
    assert confusion(labels, predicted, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    assert accuracy(labels, predicted) == pytest.approx(4 / 6)
    inverse_frequency = 1 / np.bincount(labels)[labels]
    recalls = (1 / 2 + 1 + 2 / 3) / 3
    assert accuracy(labels, predicted, inverse_frequency) == pytest.approx(recalls)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        confusion([0, 2], [0, 0], 2)
    with pytest.raises(ValueError, match="equal shapes"):
        accuracy([0, 1], [0])


def test_calibration_error_hand_worked():
    probabilities = [
        [0.9, 0.1],  # bin (0.8, 1], confidence 0.9, right
        [0.2, 0.8],  # bin (0.6, 0.8], confidence 0.8, wrong: the upper edge belongs to the bin
        [0.7, 0.3],  # bin (0.6, 0.8], confidence 0.7, right
        [0.5, 0.5],  # bin (0.4, 0.6], confidence 0.5, right
    ]
    gaps = [1 * abs(1 - 0.9), 2 * abs(1 / 2 - 0.75), 1 * abs(1 - 0.5)]
    found = expected_calibration_error(probabilities, [0, 0, 0, 0], bins=5)
    assert found == pytest.approx(sum(gaps) / 4)


def test_calibration_error_of_one_bin_is_the_gap_of_the_means(rng):
    probabilities = rng.dirichlet(np.ones(4), 200)
    labels = rng.integers(4, size=200)
    gap = abs((probabilities.argmax(1) == labels).mean() - probabilities.max(1).mean())
    assert expected_calibration_error(probabilities, labels, bins=1) == pytest.approx(gap)


def test_calibration_error_at_its_ends():
    certain = np.eye(3)[[0, 1, 2, 0]]
    assert expected_calibration_error(certain, [0, 1, 2, 0]) == 0
    assert expected_calibration_error(certain, [1, 2, 0, 1]) == 1


def test_calibrated_predictions_have_a_small_error(rng):
    confidence = rng.uniform(0.5, 1, 20_000)
    labels = (rng.random(20_000) > confidence).astype(int)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    assert expected_calibration_error(probabilities, labels) < 0.02
    overconfident = np.stack([np.sqrt(confidence), 1 - np.sqrt(confidence)], axis=1)
    assert expected_calibration_error(overconfident, labels) > 0.08


def test_reliability_hand_worked():
    probabilities = [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.5, 0.5]]
    confidence, right, counts = reliability(probabilities, [0, 0, 0, 0], bins=5)
    assert counts.tolist() == [0, 0, 1, 2, 1]
    np.testing.assert_allclose(confidence, [0, 0, 0.5, 0.75, 0.9])
    np.testing.assert_allclose(right, [0, 0, 1, 0.5, 1])


@given(st.integers(1, 40), st.integers(2, 6), st.integers(1, 20), st.integers(0, 99))
def test_calibration_error_equals_a_loop_over_the_bins(n, classes, bins, seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), n)
    labels = rng.integers(classes, size=n)
    expected = 0.0
    for low in range(bins):
        inside = [
            (row.max(), row.argmax() == label)
            for row, label in zip(probabilities, labels, strict=True)
            if low / bins < row.max() <= (low + 1) / bins
        ]
        if inside:
            confidence, right = np.mean(inside, axis=0)
            expected += len(inside) / n * abs(right - confidence)
    assert expected_calibration_error(probabilities, labels, bins) == pytest.approx(expected)


def test_calibration_error_rejects_wrong_arguments():
    good = [[0.5, 0.5]]
    for probabilities, labels, bins, message in (
        ([[0.5, np.nan]], [0], 15, "NaN"),
        (good, [0, 1], 15, "1 labels"),
        ([[1.5, -0.5]], [0], 15, r"0\.\.1"),
        (good, [0], 0, "at least one bin"),
        (np.zeros((0, 2)), [], 15, "at least one value"),
        ([0.5, 0.5], [0, 1], 15, "axes"),
    ):
        with pytest.raises(ValueError, match=message):
            expected_calibration_error(probabilities, labels, bins)
