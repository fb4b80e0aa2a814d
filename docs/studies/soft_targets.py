"""Soft targets for doodles: is more learnt where mistakes between alike words cost less?

`python docs/studies/soft_targets.py DATA START [--steps N] [--seeds N]` continues the run START
(the third training of the model card of `quickdraw`) on the drawings of DATA (`SKETCHNET_DATA`)
with one change in the targets of the cross-entropy, and prints a row for each, scored on the
validation drawings as means over the words.

A word's likeness to the others is the softmax of the cosines between the mean embeddings that START
gives their training drawings, at a temperature of 0.1, without the word itself. That share of the
target which label smoothing spreads evenly over all words goes to the alike ones instead.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from keras import ops
from training_grid import mean_and_deviation

from sketchnet import runs
from sketchnet.config.doodles import DoodleConfig
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.doodles import Doodles
from sketchnet.inference.predict import predict_doodles
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.models.initial_weights import load_initial_weights
from sketchnet.tasks.train_doodles import inputs_for, training_doodles
from sketchnet.training import doodle_trainer
from sketchnet.training.doodle_trainer import DoodleTrainer, fit_doodles, validation_scores
from sketchnet.training.fit import make_deterministic

DATA = ("spg", "simplified", "raw", "more")
TEMPERATURE = 0.1
PER_WORD = 50  # drawings of which the mean embedding of a word is taken
SCORES = ("accuracy", "accuracy@50", "knn")
# Name, and the shares of the target that go to all words evenly and to the alike ones.
ROWS = (
    ("label smoothing 0.05", 0.05, 0.0),
    ("likeness 0.05", 0.0, 0.05),
    ("likeness 0.2", 0.0, 0.2),
)


class SoftTargets(DoodleTrainer):
    """Gives the share `alike` of the target to alike words."""

    def __init__(self, *arguments: Any, likeness: np.ndarray, alike: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.likeness, self.alike = ops.array(likeness, "float32"), alike

    def _category_loss(self, logits: Any, labels: Any) -> Any:
        given = super()._category_loss(logits, labels)
        adjusted = logits + self.log_frequencies
        target = ops.take(self.likeness, ops.cast(labels, "int32"), axis=0)
        soft = keras.losses.categorical_crossentropy(target, adjusted, from_logits=True)
        return (1 - self.alike) * given + self.alike * ops.mean(soft)


def likeness_of(network: keras.Model, inputs: DoodleInputs, drawings: Doodles) -> np.ndarray:
    """Return the likeness of each word to the others: (C, C), rows sum to 1, zeros across."""
    some = np.concatenate(
        [np.flatnonzero(drawings.labels == n)[:PER_WORD] for n in range(len(drawings.categories))]
    )
    chosen = drawings.take(some)
    embeddings, _ = predict_doodles(network, inputs, chosen.queries())
    means = np.stack(
        [embeddings[chosen.labels == n].mean(0) for n in range(len(chosen.categories))]
    )
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    alike = np.exp(means @ means.T / TEMPERATURE)
    np.fill_diagonal(alike, 0)
    return alike / alike.sum(axis=1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="SKETCHNET_DATA, see docs/data.md")
    parser.add_argument("start", type=Path, help="the run to continue")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    base = runs.config_of(options.start)
    assert isinstance(base, DoodleConfig)
    config = replace(
        base, epochs=1, steps_per_epoch=options.steps, learning_rate=5e-4, keep="last", test=False
    )
    folders = [options.data / "quickdraw" / name for name in DATA]
    train, validation = training_doodles(folders, config)
    assert validation is not None
    known = json.loads((options.start / "drawings.json").read_text())["categories"]
    if known != list(train.categories):
        parser.error("DATA has other words than START")
    inputs = inputs_for(config, train)

    def start() -> keras.Model:
        network = build_doodle_network(config, len(train.categories))
        load_initial_weights(network, options.start)
        return network

    likeness = likeness_of(start(), inputs, train)
    print(
        f"| targets (N = {len(validation):,}) | {' | '.join(SCORES)} |\n| --- | --- | --- | --- |"
    )
    for name, even, alike in ROWS:
        found = []
        for seed in range(options.seeds):
            changed = replace(config, label_smoothing=even, seed=seed)
            trainer = partial(SoftTargets, likeness=likeness, alike=alike)
            found.append(_train(start, changed, inputs, train, validation, trainer))
        cells = (mean_and_deviation([100 * scores[key] for scores in found]) for key in SCORES)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _train(
    start: Callable[[], keras.Model],
    config: DoodleConfig,
    inputs: DoodleInputs,
    train: Doodles,
    validation: Doodles,
    trainer: Any,
) -> dict[str, float]:
    """Train once and return the validation scores."""
    make_deterministic(config)
    network = start()
    doodle_trainer.DoodleTrainer = trainer  # the package has no setting for it
    kept: list[np.ndarray] = []

    def keep(found: keras.Model, name: str = runs.MODEL) -> None:
        kept[:] = found.get_weights()

    with TemporaryDirectory() as folder:
        run = Path(folder)
        fit_doodles(network, config, inputs, train, None, run, save=keep, verbose=2)
    network.set_weights(kept)
    return validation_scores(network, inputs, validation)


if __name__ == "__main__":
    main()
