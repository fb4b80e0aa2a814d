"""The train step against loops in NumPy, and trainings that are interrupted and resumed."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import keras
import numpy as np
import pytest
from keras import layers
from scipy.special import softmax

from sketchnet.data.pair_batches import PairBatches
from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.evaluation.retrieval import ranking_scores
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.embedder import Embedder
from sketchnet.losses import triplet_step
from sketchnet.losses.distances import embedding_variance
from sketchnet.models.local_scores import local_scores_numpy
from sketchnet.models.saving import load_model
from sketchnet.models.two_branch import PHOTO_BRANCH, SHARED_BRANCH, SKETCH_BRANCH
from sketchnet.retrieval.ranker import Ranker
from sketchnet.training.callbacks import COLLAPSED, StopOnNaN, WarnOfCollapse
from sketchnet.training.checkpoint import (
    TrainingState,
    averaged_weights,
    load_checkpoint,
    save_checkpoint,
)
from sketchnet.training.fit import build_optimizer, make_deterministic
from sketchnet.training.retrieval_trainer import TripletTrainer, build_trainer, fit_retrieval
from sketchnet.utils.errors import InputError
from tests.reference import loops as reference
from tests.tiny import SIZE, sketch_of, tiny_config, write_run

CANVAS = canvas_for(SIZE)


@pytest.fixture(autouse=True)
def reset_determinism():
    """Determinism is a setting of the whole process, which XLA does not support."""
    yield
    from tensorflow.python.framework.config import disable_op_determinism

    disable_op_determinism()


def pairs(photos: int = 12, each: int = 2) -> PreparedPairs:
    owner = np.repeat(np.arange(photos, dtype=np.int32), each)
    pictures = np.array([sketch_of(i, CANVAS) for i in range(photos)])
    return PreparedPairs(
        sketches=pictures[owner],
        sketch_photo=owner,
        photos=pictures[:, None],
        sketch_ids=tuple(f"s{i}" for i in range(len(owner))),
        photo_ids=tuple(f"p{i}" for i in range(photos)),
        triplets=np.zeros((0, 3), np.int32),
        drawings=(None,) * len(owner),
    )


def config(**fields):
    return tiny_config(
        **{
            "identities": 4,
            "steps_per_epoch": 3,
            "epochs": 4,
            "ema": 0.9,
            "margin": 0.3,
            "local": False,
            **fields,
        }
    )


def network_of(settings, seed: int = 0) -> keras.Model:
    """One convolution and one dense layer a branch: tracing a step takes a second, not four."""
    keras.utils.set_random_seed(seed)
    inputs = {side: keras.Input((SIZE, SIZE, 1), name=side) for side in ("sketch", "photo")}
    names = [SHARED_BRANCH] * 2 if settings.shared else [SKETCH_BRANCH, PHOTO_BRANCH]
    models = {name: branch_of(settings, name) for name in sorted(set(names))}
    outputs = {
        f"{side}_{key}": value
        for (side, picture), name in zip(inputs.items(), names, strict=True)
        for key, value in models[name](picture).items()
    }
    return keras.Model(inputs, outputs)


def branch_of(settings, name: str) -> keras.Model:
    picture = keras.Input((SIZE, SIZE, 1), name="picture")
    ink = layers.Rescaling(-1 / 255, offset=1.0)(picture)
    cells = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(6, 8, strides=8)(ink)))
    vector = layers.Dense(settings.embedding_size)(layers.Flatten()(cells))
    outputs = {"embedding": layers.UnitNormalization(dtype="float32")(vector)}
    if settings.local:
        outputs["local"] = layers.UnitNormalization(dtype="float32")(layers.Conv2D(6, 1)(cells))
    return keras.Model(picture, outputs, name=name)


def units(rng: np.random.Generator, *shape: int) -> np.ndarray:
    found = rng.normal(size=shape)
    return (found / np.linalg.norm(found, axis=-1, keepdims=True)).astype(np.float32)


def outputs(rng: np.random.Generator, rows: int, local: bool = True) -> dict[str, np.ndarray]:
    found = {"sketch_embedding": units(rng, rows, 8), "photo_embedding": units(rng, rows, 8)}
    if local:
        found["sketch_local"] = units(rng, rows, 4, 4, 6) * rng.random((rows, 4, 4, 1), np.float32)
        found["photo_local"] = units(rng, rows, 4, 4, 6)
    return found


def loss_of(settings, labels, found) -> float:
    trainer = TripletTrainer(network_of(settings), settings)
    return float(trainer.compute_loss(None, np.asarray(labels), found))


def squared(found: dict[str, np.ndarray]) -> np.ndarray:
    a, b = found["sketch_embedding"].astype(float), found["photo_embedding"].astype(float)
    return ((a[:, None] - b[None]) ** 2).sum(-1)


def loops_one_way(distances: np.ndarray, labels, loss) -> float:
    """Mean over (anchor, positive) of `loss(d_ap, d_an)` of the semi-hard negative."""
    found = []
    for a in range(len(labels)):
        negatives = [distances[a, n] for n in range(len(labels)) if labels[n] != labels[a]]
        if not negatives:
            continue
        for p in range(len(labels)):
            if labels[p] == labels[a]:
                farther = [d for d in negatives if d > distances[a, p]]
                d_an = min(farther) if farther else max(negatives)
                found.append(loss(distances[a, p], d_an))
    return float(np.mean(found)) if found else 0.0


def loops(distances: np.ndarray, labels, loss) -> float:
    both = [loops_one_way(distances, labels, loss), loops_one_way(distances.T, labels, loss)]
    return float(np.mean(both))


LABELS = [[0, 1, 2, 3, 4, 5], [5, 5, 0, 0, 3, 3], [1, 1, 1, 0, 2, 2], [0, 0, 0, 0, 0, 1]]


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("distance", ["squared", "euclidean"])
def test_triplet_loss_agrees_with_loops(labels, distance, rng):
    found = outputs(rng, 6, local=False)
    expected_in = squared(found) if distance == "squared" else np.sqrt(squared(found))
    expected = loops(expected_in, labels, lambda d_ap, d_an: max(0.0, d_ap - d_an + 0.3))
    assert loss_of(config(distance=distance), labels, found) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("labels", LABELS)
def test_softmax_triplet_loss_agrees_with_loops(labels, rng):
    def loss(d_ap: float, d_an: float) -> float:
        return float(np.exp(d_ap) / (np.exp(d_ap) + np.exp(d_an))) ** 2

    found = outputs(rng, 6, local=False)
    expected = loops(squared(found), labels, loss)
    assert loss_of(config(loss="softmax_triplet"), labels, found) == pytest.approx(
        expected, abs=1e-5
    )


def test_alike_negatives_weigh_more(rng):
    labels = [0, 1, 2, 3]
    found = outputs(rng, 4, local=False)
    photos = found["photo_embedding"]

    def expected_loss(distances: np.ndarray, strength: float) -> float:
        weights = np.exp(strength * photos.astype(float) @ photos.T.astype(float))
        one_way = [
            reference.infonce(each, np.eye(4, dtype=bool), 0.5, weights=weights / weights.mean())
            for each in (distances, distances.T)
        ]
        return float(np.mean([list(each.values()) for each in one_way]))

    for strength in (0.0, 3.0):
        settings = config(loss="infonce", temperature=0.5, alike_negatives=strength)
        expected = expected_loss(squared(found), strength)
        assert loss_of(settings, labels, found) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 2, 2], [0, 1, 2, 2, 2, 0], [0, 1, 2, 3, 4, 5]])
def test_the_terms_within_a_side_are_infonce_without_the_item_itself(labels, rng):
    found = outputs(rng, 6, local=False)
    settings = {"loss": "infonce", "temperature": 0.5, "sketches_per_identity": 2}
    positives = np.equal.outer(labels, labels)
    expected = 0.0
    for side in ("sketch", "photo"):
        vectors = found[f"{side}_embedding"].astype(float)
        distances = ((vectors[:, None] - vectors[None]) ** 2).sum(-1)
        losses = reference.infonce(distances, positives, 0.5)
        others = [loss for (row, column), loss in losses.items() if row != column]
        expected += float(np.mean(others)) if others else 0.0
    without = loss_of(config(**settings), labels, found)
    added = loss_of(config(**settings, same_side=0.3), labels, found) - without
    assert added == pytest.approx(0.3 * expected, abs=1e-5)


@pytest.mark.parametrize("labels", LABELS)
def test_infonce_agrees_with_loops(labels, rng):
    def one_way(distances: np.ndarray) -> float:
        losses = []
        for a in range(6):
            logits = -distances[a] / 0.5
            others = sum(np.exp(logits[n]) for n in range(6) if labels[n] != labels[a])
            for p in range(6):
                if labels[p] == labels[a]:
                    losses.append(-np.log(np.exp(logits[p]) / (np.exp(logits[p]) + others)))
        return float(np.mean(losses))

    found = outputs(rng, 6, local=False)
    expected = (one_way(squared(found)) + one_way(squared(found).T)) / 2
    settings = config(loss="infonce", temperature=0.5)
    assert loss_of(settings, labels, found) == pytest.approx(expected, abs=1e-4)


def test_local_maps_add_the_same_loss_on_their_own_distances(rng):
    labels = [0, 0, 1, 2, 3, 3]
    found = outputs(rng, 6)

    def hinge(d_ap: float, d_an: float) -> float:
        return max(0.0, d_ap - d_an + 0.3)

    scores = [local_scores_numpy(one, found["photo_local"]) for one in found["sketch_local"]]
    local = loops(2 * (1 - np.stack(scores)), labels, hinge)
    vectors = loops(squared(found), labels, hinge)
    assert loss_of(config(local=True), labels, found) == pytest.approx(vectors + local, abs=1e-5)
    assert loss_of(config(local=False), labels, found) == pytest.approx(vectors, abs=1e-5)


def test_the_loss_is_invariant_to_permutation_relabelling_and_rotation(rng):
    labels = np.array([0, 0, 1, 2, 3, 3])
    found = outputs(rng, 6)
    settings = config()
    expected = loss_of(settings, labels, found)

    order = rng.permutation(6)
    shuffled = {key: value[order] for key, value in found.items()}
    assert loss_of(settings, labels[order], shuffled) == pytest.approx(expected, abs=1e-5)
    assert loss_of(settings, 100 - 7 * labels, found) == pytest.approx(expected, abs=1e-6)
    rotation = np.linalg.qr(rng.normal(size=(8, 8)))[0].astype(np.float32)
    rotated = {key: v @ rotation if "embedding" in key else v for key, v in found.items()}
    assert loss_of(settings, labels, rotated) == pytest.approx(expected, abs=1e-5)


def test_random_mining_chooses_negatives_only(rng):
    """Every negative is one vector, every positive another: any negative gives one loss."""
    labels = [0, 0, 1, 1]
    directions = np.eye(8, dtype=np.float32)
    found = {"sketch_embedding": directions[labels], "photo_embedding": directions[labels]}
    settings = config(mining="random", margin=2.5, local=False)
    # d_ap 0, d_an 2 wherever the negative is another identity; 2.5 where it is not.
    assert loss_of(settings, labels, found) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("local", [False, True])
def test_with_teachers_the_loss_has_the_cross_entropy_to_their_ranking(local, rng):
    settings = config(local=local, teachers=("one", "two"))
    found, *taught = (outputs(rng, 5, local) for _ in range(3))
    labels = np.arange(5)
    teachers = [lambda x, training, each=each: each for each in taught]
    trainer = TripletTrainer(network_of(settings), settings, teachers)
    loss = float(trainer.compute_loss({}, labels, found))

    def distances(each) -> list[np.ndarray]:
        if not local:
            return [squared(each)]
        return [squared(each), 2 - 2 * np.asarray(local_scores_of(each))]

    def ranking(each) -> np.ndarray:
        both = distances(each)
        return softmax(-(0.3 * both[0] + 0.7 * both[1] if local else both[0]) / 0.1, axis=1)

    expected = (ranking(taught[0]) + ranking(taught[1])) / 2
    added = sum(
        -(expected * np.log(softmax(-each / 0.1, axis=1))).sum(axis=1).mean() / 2
        for each in distances(found)
    )
    without = loss_of(replace(settings, teachers=()), labels, found)
    assert loss == pytest.approx(without + added, rel=1e-4)


def local_scores_of(found) -> np.ndarray:
    return np.array(
        [local_scores_numpy(one, found["photo_local"]) for one in found["sketch_local"]]
    )


def test_a_network_comes_to_rank_as_its_teacher_which_does_not_learn(tmp_path):
    teacher = write_run(tmp_path / "teacher", seed=7)
    settings = config(local=True, teachers=(str(teacher),), learning_rate=0.01, ema=0.0)
    network = network_of(settings)
    trainer = build_trainer(network, settings)
    own = {variable.path for variable in network.trainable_variables}
    assert {variable.path for variable in trainer.trainable_variables} == own
    pictures = np.array([sketch_of(i, SIZE) for i in range(6)], np.float32)[..., None]
    batch = {"sketch": pictures, "photo": pictures[:, ::-1]}
    expected = softmax(-squared(load_model(teacher).predict(batch, verbose=0)) / 0.1, axis=1)

    def cross_entropy() -> float:
        found = softmax(-squared(network.predict(batch, verbose=0)) / 0.1, axis=1)
        return float(-(expected * np.log(found)).sum(axis=1).mean())

    before = cross_entropy()
    for _ in range(30):
        trainer.train_on_batch(batch, np.zeros(6, np.int32))  # one label: nothing but the teacher
    assert cross_entropy() < 0.9 * before


def test_metrics_beside_the_loss(rng):
    settings = config(local=False, margin=0.5)
    trainer = TripletTrainer(network_of(settings), settings)
    found = outputs(rng, 5, local=False)
    distances = squared(found)
    trainer.compute_loss(None, np.arange(5), found)
    figures = {name: float(mean.result()) for name, mean in trainer.means.items()}

    d_an, semi_hard = [], []
    for way in (distances, distances.T):
        for a in range(5):
            others = np.delete(way[a], a)
            farther = others[others > way[a, a]]
            d_an.append(farther.min() if len(farther) else others.max())
            # FaceNet's semi-hard negatives lie inside the margin.
            semi_hard.append(way[a, a] < d_an[-1] < way[a, a] + 0.5)
    d_ap = np.tile(np.diag(distances), 2)
    assert figures["d_ap"] == pytest.approx(d_ap.mean(), abs=1e-5)
    assert figures["d_an"] == pytest.approx(np.mean(d_an), abs=1e-5)
    assert figures["semi_hard"] == pytest.approx(np.mean(semi_hard))
    assert figures["active"] == pytest.approx(np.mean(d_ap + 0.5 > np.array(d_an)))
    assert 0 < figures["embedding_variance"] < 1


def test_embedding_variance_of_a_point_and_of_a_sphere(rng):
    assert float(embedding_variance(np.repeat(units(rng, 1, 16), 50, axis=0))) == pytest.approx(
        0, abs=1e-5
    )
    assert float(embedding_variance(units(rng, 5000, 16))) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    "case", ["one identity", "all distinct", "duplicates", "one row", "one point"]
)
@pytest.mark.parametrize("loss", ["triplet", "softmax_triplet", "infonce"])
@pytest.mark.parametrize("distance", ["squared", "euclidean"])
def test_degenerate_batches_have_finite_loss_and_gradient(case, loss, distance, rng):
    import tensorflow as tf

    settings = config(loss=loss, distance=distance)
    trainer = build_trainer(network_of(settings), settings)
    rows = 1 if case == "one row" else 4
    pictures = rng.integers(0, 256, (rows, SIZE, SIZE, 1)).astype(np.float32)
    if case in ("duplicates", "one point"):
        pictures[:] = pictures[0] if case == "duplicates" else 255.0
    labels = np.zeros(rows, int) if case == "one identity" else np.arange(rows)
    inputs = {"sketch": pictures, "photo": pictures.copy()}
    with tf.GradientTape() as tape:
        value = trainer.compute_loss(inputs, labels, trainer(inputs, training=True))
    assert np.isfinite(value)
    if case in ("one identity", "one row"):
        assert value == 0
    for gradient in tape.gradient(value, trainer.trainable_variables):
        assert gradient is None or np.isfinite(gradient).all()


def test_both_branches_learn(rng):
    settings = config(shared=False)
    trainer = build_trainer(network_of(settings), settings)
    before = {v.path: v.numpy() for v in trainer.trainable_variables}
    trainer.train_on_batch(*batch())
    for side in ("sketch_branch", "photo_branch"):
        names = {layer.name for layer in trainer.network.layers}
        assert side in names
        own = trainer.network.get_layer(side).trainable_variables
        moved = [v for v in own if (v.numpy() != before[v.path]).any()]
        assert len(moved) > len(own) / 2


def batch(**fields):
    settings = {"size": SIZE, "identities": 8, "steps": 1, **fields}
    return PairBatches(pairs(), **settings)[0]


def test_one_batch_can_be_overfitted():
    settings = config(shared=False, learning_rate=5e-3, schedule="constant", ema=0.0)
    make_deterministic(settings)
    trainer = build_trainer(network_of(settings), settings)
    inputs, labels = batch(augment=False)
    inputs["photo"] = np.roll(inputs["photo"], 1, axis=0)  # equal pictures are not the pairs
    for _ in range(40):
        trainer.train_on_batch(inputs, labels)
    found = trainer.predict_on_batch(inputs)
    assert (squared(found).argmin(axis=1) == np.arange(8)).all()


@pytest.mark.usefixtures("compiled_steps")
@pytest.mark.parametrize("fields", [{"mixed_precision": True}, {"jit_compile": True}])
def test_half_precision_and_xla_train(fields):
    settings = config(**fields)
    keras.config.set_dtype_policy("mixed_float16" if settings.mixed_precision else "float32")
    try:
        trainer = build_trainer(network_of(settings), settings)
    finally:
        keras.config.set_dtype_policy("float32")
    before = [v.numpy() for v in trainer.trainable_variables]
    for _ in range(2):
        figures = trainer.train_on_batch(*batch(), return_dict=True)
    assert np.isfinite(figures["loss"])
    after = [v.numpy() for v in trainer.trainable_variables]
    assert any((a != b).any() for a, b in zip(before, after, strict=True))
    if settings.mixed_precision:
        assert isinstance(trainer.optimizer, keras.mixed_precision.LossScaleOptimizer)
        assert {v.dtype for v in trainer.trainable_variables} == {"float32"}


def test_the_schedule_warms_up_and_decays():
    optimizer = build_optimizer(config(learning_rate=0.01), steps=1000)
    rates = [float(optimizer._learning_rate(step)) for step in range(1001)]
    assert rates[0] == pytest.approx(1e-4)
    assert max(rates) == pytest.approx(0.01) == rates[100]
    assert rates[1000] == pytest.approx(1e-4)
    assert (np.diff(rates[:101]) > 0).all()
    assert (np.diff(rates[101:]) <= 0).all()


def test_biases_and_norms_have_no_weight_decay():
    settings = config(optimizer="sgd", weight_decay=0.5, schedule="constant", learning_rate=0.1)
    trainer = build_trainer(network_of(settings), settings)
    variables = trainer.trainable_variables
    for variable in variables:
        variable.assign(np.ones(variable.shape))
    trainer.optimizer.apply([np.zeros(v.shape, np.float32) for v in variables], variables)
    for variable in variables:
        expected = 0.95 if variable.name == "kernel" else 1.0
        np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-6, err_msg=variable.path)


def test_averaged_weights_are_the_mean_of_the_steps_inside_the_context_only():
    settings = config(ema=0.5, schedule="constant")
    trainer = build_trainer(network_of(settings), settings)
    expected = None
    for _ in range(3):
        trainer.train_on_batch(*batch())
        now = [v.numpy() for v in trainer.trainable_variables]
        expected = (
            now if expected is None else [(a + b) / 2 for a, b in zip(expected, now, strict=True)]
        )
    with averaged_weights(trainer):
        for variable, value in zip(trainer.trainable_variables, expected, strict=True):
            np.testing.assert_allclose(variable.numpy(), value, rtol=1e-5, atol=1e-6)
    for variable, value in zip(trainer.trainable_variables, now, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


class Stop(Exception):
    pass


def train(run, settings, *, stop_at: tuple[int, int] | None = None, validation: bool = True):
    """A training as the command does it, interrupted at `stop_at` = (epoch, step)."""
    make_deterministic(settings)
    network = network_of(settings, seed=settings.seed)
    saved = []
    embedder = Embedder((network, settings))

    def save(network, name):
        saved.append((name, network.get_weights()))

    def score(network):
        return ranking_scores(embedder, Ranker(), pairs(6))

    if stop_at:
        original = PairBatches.batch

        def interrupted(self, epoch, step):
            if (epoch, step) == stop_at:
                raise KeyboardInterrupt
            return original(self, epoch, step)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PairBatches, "batch", interrupted)
            with pytest.raises(BaseException):  # noqa: B017 (TensorFlow wraps it)
                fit_retrieval(network, settings, pairs(), score, run, save=save, verbose=0)
        return saved
    fit_retrieval(
        network,
        settings,
        pairs(),
        score if validation else None,
        run,
        save=save,
        verbose=0,
        log=lambda line: None,
    )
    return saved


def state(run) -> dict[str, np.ndarray]:
    with np.load(run / "checkpoint" / "state.npz") as found:
        return {key: found[key] for key in found.files if key != "progress"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run of an uninterrupted training, and what it saved."""
    run = tmp_path_factory.mktemp("whole")
    return run, train(run, config(local=True))


def assert_same_training(one, other) -> None:
    expected, found = state(one), state(other)
    assert expected.keys() == found.keys()
    for key in expected:
        np.testing.assert_array_equal(expected[key], found[key], err_msg=key)
    rows, others = read_history(one), read_history(other)
    assert [{**row, "seconds": 0} for row in rows] == [{**row, "seconds": 0} for row in others]


def test_a_resumed_training_ends_with_the_same_weights(whole, tmp_path):
    run, saved = whole
    train(tmp_path, config(local=True), stop_at=(2, 1))
    assert len(read_history(tmp_path)) == 2
    saved_at_last = train(tmp_path, config(local=True))
    assert_same_training(run, tmp_path)
    for a, b in zip(saved[-1][1], saved_at_last[-1][1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_more_epochs_can_follow_with_the_same_random_negatives(tmp_path):
    settings = config(
        schedule="constant",
        mining="random",
        sketches_per_identity=2,
        optimizer="sgd",
        ema=0.0,
        partial=0.5,
        epochs=2,
    )
    train(tmp_path / "whole", settings)
    train(tmp_path / "parts", replace(settings, epochs=1))
    train(tmp_path / "parts", settings)
    assert_same_training(tmp_path / "whole", tmp_path / "parts")


def test_a_finished_training_is_not_trained_again(whole):
    run, _ = whole
    before = (run / "checkpoint" / "state.npz").read_bytes()
    again = train(run, config(local=True))
    assert (run / "checkpoint" / "state.npz").read_bytes() == before
    assert [name for name, _ in again] == ["last.keras"]


@pytest.mark.slow
def test_another_seed_gives_another_training(whole, tmp_path):
    train(tmp_path, config(epochs=1, seed=1, local=True))
    assert read_history(tmp_path)[0]["loss"] != read_history(whole[0])[0]["loss"]


def read_history(run) -> list[dict[str, str]]:
    with (run / "history.csv").open() as file:
        return list(csv.DictReader(file))


def test_the_history_has_one_row_per_epoch(whole):
    rows = read_history(whole[0])
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    wanted = {
        "loss",
        "d_ap",
        "d_an",
        "active",
        "semi_hard",
        "embedding_variance",
        "val_acc@1",
        "val_acc@10",
        "val_map",
        "seconds",
    }
    assert wanted <= rows[0].keys()
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())


def test_the_best_network_is_saved_and_the_last_one_too(whole):
    run, saved = whole
    scores = [float(row["val_map"]) for row in read_history(run)]
    better = [i for i, score in enumerate(scores) if score > max([-1, *scores[:i]])]
    assert [name for name, _ in saved] == ["model.keras"] * len(better) + ["last.keras"]


def test_the_last_network_can_be_kept_whatever_its_score(tmp_path):
    saved = train(tmp_path, config(epochs=3, keep="last"))
    assert [name for name, _ in saved] == ["model.keras"] * 3 + ["last.keras"]
    for first, second in zip(saved[-2][1], saved[-1][1], strict=True):
        np.testing.assert_array_equal(first, second)


def test_without_validation_the_newest_network_is_saved(tmp_path):
    saved = train(tmp_path, config(epochs=2), validation=False)
    assert [name for name, _ in saved] == ["model.keras"] * 2
    assert "val_map" not in read_history(tmp_path)[0]


def test_validation_ranks_all_photos_for_each_sketch():
    settings = config()
    embedder = Embedder((network_of(settings), settings))
    found = pairs(70, each=1)  # more than the largest batch of the embedder
    # Sketches are their photos here, so even an untrained network finds most of them.
    assert ranking_scores(embedder, Ranker(), found)["acc@1"] > 0.9
    wrong = replace(found, sketch_photo=np.roll(found.sketch_photo, 1))
    assert ranking_scores(embedder, Ranker(), wrong)["acc@1"] < 0.1


def test_infonce_smoothing_agrees_with_a_smoothed_target(rng):
    """One positive per row: the cross-entropy against a target of 0.9 + 0.1 / 6 and 0.1 / 6."""
    found = outputs(rng, 6, local=False)

    def one_way(distances: np.ndarray) -> float:
        logits = -distances / 0.5
        log_softmax = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        target = np.eye(6) * 0.9 + 0.1 / 6
        return float(-(target * log_softmax).sum(axis=1).mean())

    expected = (one_way(squared(found)) + one_way(squared(found).T)) / 2
    settings = config(loss="infonce", temperature=0.5, label_smoothing=0.1)
    assert loss_of(settings, range(6), found) == pytest.approx(expected, abs=1e-5)


def test_infonce_mines_nothing(monkeypatch, rng):
    monkeypatch.setattr(triplet_step, "mine", None)
    settings = config(loss="infonce")
    trainer = TripletTrainer(network_of(settings), settings)
    trainer.compute_loss(None, np.arange(4), outputs(rng, 4, local=False))
    assert list(trainer.means) == ["embedding_variance"]


def test_a_nan_loss_stops_the_training_and_saves_the_batch(tmp_path):
    settings = config()
    network = network_of(settings)
    weights = network.trainable_variables[0]
    weights.assign(np.full(weights.shape, np.nan))
    with pytest.raises(InputError, match="finite loss") as stop:
        fit_retrieval(network, settings, pairs(), None, tmp_path, save=lambda *_: None, verbose=0)
    assert "\n" not in str(stop.value)
    with np.load(tmp_path / "bad_batch_1_1.npz") as saved:
        assert saved["sketch"].shape == saved["photo"].shape == (4, SIZE, SIZE, 1)
        assert len(saved["labels"]) == 4


def test_a_finite_loss_does_not_stop(tmp_path):
    StopOnNaN(None, tmp_path).on_train_batch_end(0, {"loss": 0.5})
    assert not any(tmp_path.iterdir())


def test_collapse_is_reported(capsys):
    WarnOfCollapse().on_epoch_end(0, {"embedding_variance": COLLAPSED * 2})
    assert not capsys.readouterr().err
    WarnOfCollapse().on_epoch_end(0, {"embedding_variance": COLLAPSED / 2})
    assert "collapsed" in capsys.readouterr().err


def test_a_checkpoint_restores_everything(tmp_path):
    settings = config()
    trainer = build_trainer(network_of(settings), settings)
    trainer.train_on_batch(*batch())
    progress = TrainingState(epochs=3, best=0.5, history=[{"epoch": 3, "loss": 0.25}])
    save_checkpoint(tmp_path, trainer, progress)
    fresh = build_trainer(network_of(settings, seed=9), settings)
    assert load_checkpoint(tmp_path, fresh) == progress
    for ours, theirs in zip(trainer.variables, fresh.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert int(fresh.optimizer.iterations) == 1


@pytest.mark.parametrize("damage", ["cut", "empty", "foreign", "other network"])
def test_a_damaged_checkpoint_is_refused_and_changes_nothing(damage, tmp_path):
    settings = config()
    trainer = build_trainer(network_of(settings), settings)
    save_checkpoint(tmp_path, trainer, TrainingState())
    path = tmp_path / "state.npz"
    content = path.read_bytes()
    if damage == "other network":
        settings = replace(settings, embedding_size=4)
    else:
        path.write_bytes(
            {"cut": content[: len(content) // 2], "empty": b"", "foreign": b"hello"}[damage]
        )
    other = build_trainer(network_of(settings, seed=5), settings)
    before = [v.numpy() for v in other.variables]
    with pytest.raises(InputError, match=r"state\.npz"):
        load_checkpoint(tmp_path, other)
    for variable, value in zip(other.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_train_with_the_same_loss(backend, tmp_path):
    if not find_spec(backend):
        pytest.skip(f"{backend} is not installed: pip install {backend}")
    code = f"""
import keras
from pathlib import Path
from tests.training.test_retrieval_trainer import *

assert keras.backend.backend() == {backend!r}
run = Path({str(tmp_path)!r})
assert [name for name, _ in train(run, config(epochs=2))][-1] == "last.keras"
"""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    rows = read_history(tmp_path)
    assert len(rows) == 2
    assert all(np.isfinite(float(value)) for row in rows for value in row.values())
    assert float(rows[0]["d_ap"]) > 0
