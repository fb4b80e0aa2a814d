"""Training doodles: losses against loops, gradients of every weight, resumed trainings."""

from __future__ import annotations

import itertools
from pathlib import Path

import keras
import numpy as np
import pytest

from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference.predict import predict_doodles
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.models.fused import IMAGE_BRANCH
from sketchnet.strokes.rasterize import rasterize
from sketchnet.training.checkpoint import TrainingState
from sketchnet.training.doodle_trainer import (
    DoodleTrainer,
    build_doodle_trainer,
    fit_doodles,
    validation_scores,
)
from sketchnet.training.fit import make_deterministic
from tests.doodles import doodles, small_config

INPUTS = DoodleInputs(32, 32)


def units(rng: np.random.Generator, rows: int, size: int = 8) -> np.ndarray:
    found = rng.normal(size=(rows, size))
    return (found / np.linalg.norm(found, axis=-1, keepdims=True)).astype(np.float32)


def loss_of(config, labels, embedding, logits) -> float:
    trainer = DoodleTrainer(build_doodle_network(config, logits.shape[1]), config)
    predictions = {"embedding": embedding, "logits": logits}
    return float(trainer.compute_loss(None, np.asarray(labels), predictions))


def test_frequent_categories_are_not_favoured(rng) -> None:
    """With logit adjustment, equal logits predict the frequencies of the categories."""
    config = small_config(mode="classify")
    shares = np.array([0.7, 0.2, 0.1])
    network = build_doodle_network(config, 3)
    trainer = DoodleTrainer(network, config, shares)
    predictions = {"embedding": units(rng, 3), "logits": np.zeros((3, 3), np.float32)}
    loss = trainer.compute_loss(None, np.arange(3), predictions)
    assert float(loss) == pytest.approx(-np.log(shares).mean(), rel=1e-5)


def triplet_loops(embedding: np.ndarray, labels, distance: str, loss) -> float:
    """Mean over ordered (anchor, positive) of `loss(d_ap, d_an)`, the negative semi-hard."""
    d = ((embedding[:, None].astype(float) - embedding[None]) ** 2).sum(-1)
    d = d if distance == "squared" else np.sqrt(d)
    found = []
    for a, p in itertools.permutations(range(len(labels)), 2):
        negatives = [d[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
        if labels[a] == labels[p] and negatives:
            farther = [value for value in negatives if value > d[a, p]]
            found.append(loss(d[a, p], min(farther) if farther else max(negatives)))
    return float(np.mean(found)) if found else 0.0


def cross_entropy(logits: np.ndarray, labels, smoothing: float = 0.0) -> float:
    logits = logits.astype(float)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    wanted = np.full(logits.shape, smoothing / logits.shape[1])
    wanted[np.arange(len(labels)), labels] += 1 - smoothing
    return float(-(wanted * logs).sum(axis=1).mean())


LABELS = [[0, 0, 1, 1, 2, 2], [2, 0, 2, 2, 1, 0], [0, 1, 2, 0, 1, 0]]


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("distance", ["squared", "euclidean"])
@pytest.mark.parametrize("loss", ["triplet", "softmax_triplet"])
def test_joint_loss_agrees_with_loops(labels, distance, loss, rng) -> None:
    def hinge(d_ap: float, d_an: float) -> float:
        return max(0.0, d_ap - d_an + 0.4)

    def softmax(d_ap: float, d_an: float) -> float:
        return float(np.exp(d_ap) / (np.exp(d_ap) + np.exp(d_an))) ** 2

    embedding, logits = units(rng, 6), rng.normal(size=(6, 3)).astype(np.float32)
    config = small_config(mode="joint", distance=distance, loss=loss, margin=0.4)
    formula = hinge if loss == "triplet" else softmax
    expected = triplet_loops(embedding, labels, distance, formula) + cross_entropy(logits, labels)
    assert loss_of(config, labels, embedding, logits) == pytest.approx(expected, abs=1e-5)


def test_classification_alone_is_cross_entropy(rng) -> None:
    embedding, logits = units(rng, 5), rng.normal(size=(5, 4)).astype(np.float32)
    labels = [3, 0, 1, 1, 2]
    for smoothing in (0.0, 0.2):
        config = small_config(mode="classify", label_smoothing=smoothing)
        expected = cross_entropy(logits, labels, smoothing)
        assert loss_of(config, labels, embedding, logits) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("mining", ["semihard", "random"])
@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 1, 2, 3], [0], [1, 1, 0, 2]])
def test_degenerate_batches_are_finite(labels, mining, rng) -> None:
    for embedding in (units(rng, len(labels)), np.repeat(units(rng, 1), len(labels), axis=0)):
        logits = rng.normal(size=(len(labels), 4)).astype(np.float32)
        for mode in ("triplet", "joint"):
            config = small_config(mode=mode, mining=mining, distance="euclidean")
            assert np.isfinite(loss_of(config, labels, embedding, logits))


def gradients(config, drawings) -> list[tuple[str, float]]:
    """The path of every weight that has a gradient, and its norm."""
    import tensorflow as tf

    network = build_doodle_network(config, 3)
    trainer = DoodleTrainer(network, config)
    names = [tensor.name for tensor in network.inputs]
    shown = INPUTS.batch(drawings.queries())
    with tf.GradientTape() as tape:
        outputs = trainer({name: shown[name] for name in names}, training=True)
        loss = trainer.compute_loss(None, drawings.labels, outputs)
    found = tape.gradient(loss, network.trainable_variables)
    return [
        (variable.path, float(np.linalg.norm(np.asarray(gradient))))
        for variable, gradient in zip(network.trainable_variables, found, strict=True)
        if gradient is not None
    ]


@pytest.mark.parametrize("mode", ["triplet", "classify", "joint"])
def test_every_weight_has_a_gradient_in_every_mode(mode) -> None:
    config = small_config(mode=mode, image_branch="compact")
    found = gradients(config, doodles(4))
    network = build_doodle_network(config, 3)
    assert len(found) == len(network.trainable_variables)
    assert np.isfinite([norm for _, norm in found]).all()
    # The vectors that replace absent inputs have no gradient where no input is absent.
    zero = [path for path, norm in found if norm == 0]
    assert [path for path in zero if "absent" not in path and "empty" not in path] == []


def test_with_triplets_alone_the_head_does_not_change_the_embedding(rng) -> None:
    """All drawings have one label: there is no triplet, so any gradient comes from the head."""
    config = small_config(mode="triplet")
    same = doodles(6).only(["circle"])
    found = gradients(config, same)
    head = [norm for path, norm in found if "head" in path or "logits" in path]
    others = [norm for path, norm in found if "head" not in path and "logits" not in path]
    assert max(head) > 0
    assert max(others) == 0


def test_a_frozen_image_branch_does_not_change(rng) -> None:
    config = small_config(image_branch="compact", freeze_image=True)
    network = build_doodle_network(config, 3)
    trained = {variable.path for variable in network.trainable_variables}
    assert not any(IMAGE_BRANCH in path and "absent" not in path for path in trained)
    before = [weight.copy() for weight in network.get_layer(IMAGE_BRANCH).get_weights()]
    trainer = build_doodle_trainer(network, config, 1)
    drawings = doodles(4)
    trainer.train_on_batch(INPUTS.batch(drawings.queries()), drawings.labels)
    for old, new in zip(before, network.get_layer(IMAGE_BRANCH).get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_predictions_do_not_depend_on_the_other_drawings_of_a_batch(rng) -> None:
    """By itself, in a batch padded to the longest, in any order: the same embedding."""
    network = build_doodle_network(small_config(image_branch="compact"), 3)
    drawings = doodles(30)
    queries = drawings.queries()
    embeddings, logits = predict_doodles(network, INPUTS, queries)
    assert embeddings.shape == (90, 8)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    order = rng.permutation(90)
    shuffled, _ = predict_doodles(network, INPUTS, [queries[row] for row in order])
    np.testing.assert_allclose(shuffled, embeddings[order], atol=1e-5)
    for row in (0, 47):
        alone, alone_logits = predict_doodles(network, INPUTS, [queries[row]])
        np.testing.assert_allclose(alone[0], embeddings[row], atol=1e-5)
        np.testing.assert_allclose(alone_logits[0], logits[row], atol=1e-4)


def test_an_absent_input_has_no_influence() -> None:
    keras.utils.set_random_seed(0)
    network = build_doodle_network(small_config(image_branch="compact"), 3)
    shown, others = (INPUTS.batch(doodles(2, seed=seed).queries()) for seed in (0, 9))
    for name, flag in (("picture", "has_picture"), ("strokes", "has_strokes")):
        with_both = network.predict_on_batch(shown)["embedding"]
        absent = shown | {flag: np.zeros((6, 1), np.float32)}
        first = network.predict_on_batch(absent)["embedding"]
        second = network.predict_on_batch(absent | {name: others[name]})["embedding"]
        np.testing.assert_array_equal(first, second)
        assert not np.allclose(first, with_both)
    # A picture has no strokes: the embedding comes from the picture alone.
    by_picture, _ = predict_doodles(network, INPUTS, doodles(2).queries(), "picture")
    pictures = [rasterize(drawing, 200) for drawing in doodles(2).queries()]
    found, _ = predict_doodles(network, INPUTS, pictures)
    assert np.einsum("ij,ij->i", found, by_picture).mean() > 0.8


@pytest.mark.usefixtures("compiled_steps")
def test_tiny_doodles_can_be_learnt(tmp_path: Path) -> None:
    config = small_config(
        lstm_units=24, embedding_size=16, epochs=10, steps_per_epoch=12, learning_rate=0.02
    )
    make_deterministic(config)
    network = build_doodle_network(config, 3)
    train, unseen = doodles(30, seed=1), doodles(10, seed=2)
    fit_doodles(network, config, INPUTS, train, unseen, tmp_path, save=lambda *_: None, verbose=0)
    scores = validation_scores(network, INPUTS, unseen)
    assert scores["accuracy"] >= 0.9
    assert scores["knn"] >= 0.9
    history = (tmp_path / "history.csv").read_text().splitlines()
    assert len(history) == 11
    assert "val_accuracy@50" in history[0]


def pooled_network() -> keras.Model:
    """A network without recurrence: tracing a step takes a fraction of a second, not four."""
    strokes = keras.Input((None, 3), name="strokes")
    length = keras.Input((), dtype="int32", name="length")
    summary = keras.layers.GlobalAveragePooling1D()(strokes)
    features = keras.layers.BatchNormalization()(keras.layers.Dense(8)(summary))
    embedding = keras.layers.UnitNormalization()(features)
    outputs = {"embedding": embedding, "logits": keras.layers.Dense(3)(embedding)}
    return keras.Model({"strokes": strokes, "length": length}, outputs)


@pytest.mark.usefixtures("compiled_steps")
@pytest.mark.parametrize(
    ("mode", "fields"),
    [
        pytest.param("classify", {}, marks=pytest.mark.slow),
        ("joint", {}),
        pytest.param("joint", {"bucket": True, "batch_processes": 1}, marks=pytest.mark.slow),
    ],
)
def test_a_resumed_training_ends_with_the_same_weights(tmp_path: Path, mode, fields) -> None:
    drawings = doodles(8)

    def trained(run: Path, stops: list[int]) -> tuple[list[np.ndarray], TrainingState]:
        for epochs in stops:
            config = small_config(mode=mode, epochs=epochs, ema=0.9, schedule="constant", **fields)
            make_deterministic(config)
            network = pooled_network()
            state = fit_doodles(
                network, config, INPUTS, drawings, drawings, run,
                save=lambda *_: None, verbose=0, log=lambda _: None,
            )  # fmt: skip
        return network.get_weights(), state

    whole, one = trained(tmp_path / "whole", [3])
    fields = {**fields, "batch_processes": 0}  # they change nothing
    resumed, two = trained(tmp_path / "resumed", [1, 3])
    for first, second in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(first, second)
    assert one.best == two.best
    assert [row["loss"] for row in one.history] == [row["loss"] for row in two.history]


def test_the_best_and_the_last_network_are_saved(tmp_path: Path) -> None:
    saved: list[str] = []

    def save(network: keras.Model, name: str) -> None:
        saved.append(name)

    drawings = doodles(5)
    config = small_config(epochs=3)
    for validation, expected in ((None, ["model.keras"] * 3), (drawings, None)):
        saved.clear()
        run = tmp_path / str(validation is None)
        network = pooled_network()
        fit_doodles(network, config, INPUTS, drawings, validation, run, save=save, verbose=0)
        if expected is None:
            assert saved[0] == "model.keras"
            assert saved[-1] == "last.keras"
        else:
            assert saved == expected
