"""The triplet loss as a Keras loss, against loops in NumPy and within `model.compile`."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from sketchnet.losses.keras_losses import BatchInfoNCELoss, BatchTripletLoss
from tests.reference import loops as reference


def loops(labels, embeddings, margin: float, euclidean: bool) -> float:
    """Mean hinge over all (anchor, positive) with FaceNet's semi-hard negative."""
    distances = ((embeddings[:, None].astype(float) - embeddings[None]) ** 2).sum(-1)
    distances = np.sqrt(distances) if euclidean else distances
    found = []
    for a in range(len(labels)):
        negatives = [distances[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
        for p in range(len(labels)):
            if negatives and p != a and labels[p] == labels[a]:
                farther = [d for d in negatives if d > distances[a, p]]
                d_an = min(farther) if farther else max(negatives)
                found.append(max(0.0, distances[a, p] - d_an + margin))
    return float(np.mean(found)) if found else 0.0


@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize(
    "labels", [[0, 0, 1, 1, 2, 2], [0, 1, 2, 3, 4, 5], [7, 7, 7, 7, 7, 7], [3, 3, 3, 3, 3, 9]]
)
def test_it_agrees_with_loops(labels, distance, rng):
    embeddings = rng.normal(size=(6, 5)).astype(np.float32)
    loss = BatchTripletLoss(0.5, distance=distance)
    expected = loops(labels, embeddings, 0.5, distance == "euclidean")
    for shape in ((6,), (6, 1)):
        found = loss(np.reshape(labels, shape), embeddings)
        assert float(found) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 2, 2], [0, 1, 2, 3, 4, 5], [7, 7, 7, 7, 7, 7]])
def test_infonce_is_the_mean_of_the_pairs_of_a_loop(labels, smoothing, rng):
    embeddings = rng.normal(size=(6, 5)).astype(np.float32)
    squared = ((embeddings[:, None].astype(float) - embeddings[None]) ** 2).sum(-1)
    positives = np.equal.outer(labels, labels)
    pairs = reference.infonce(squared, positives, 0.5, smoothing)
    counted = [value for (a, p), value in pairs.items() if a != p and not positives[a].all()]
    loss = BatchInfoNCELoss(0.5, smoothing)
    found = float(loss(np.array(labels), embeddings))
    assert found == pytest.approx(np.mean(counted) if counted else 0.0, rel=1e-4)
    assert BatchInfoNCELoss.from_config(loss.get_config()).get_config() == loss.get_config()


def test_a_model_compiled_with_it_learns_and_survives_saving(rng, tmp_path):
    labels = np.arange(32) % 4
    centres = rng.normal(size=(4, 6))
    points = (centres[labels] + rng.normal(size=(32, 6))).astype(np.float32)
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(8), keras.layers.UnitNormalization()]
    )
    model.compile(keras.optimizers.Adam(0.05), BatchTripletLoss(margin=0.2))
    before = model.evaluate(points, labels, batch_size=32, verbose=0)
    model.fit(points, labels, batch_size=32, epochs=30, verbose=0)
    after = model.evaluate(points, labels, batch_size=32, verbose=0)
    assert after < 0.7 * before
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.evaluate(points, labels, batch_size=32, verbose=0) == pytest.approx(after)
    assert again.loss.get_config() == model.loss.get_config()


def test_other_settings_are_used(rng):
    embeddings, labels = rng.normal(size=(6, 5)).astype(np.float32), np.array([0, 0, 1, 1, 2, 2])
    values = {
        str(options): float(BatchTripletLoss(**options)(labels, embeddings))
        for options in ({}, {"mining": "hard"}, {"loss": "softmax_triplet"}, {"margin": 1.0})
    }
    assert len(set(values.values())) == 4
