"""One worker process of `test_workers`: NORMS INDEX OUT ADDRESS…

Writes the loss, the gradients and the moving statistics of its first step to the .npz file OUT.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tests.tiny import SIZE, sketch_of, tiny_config, tiny_network

ROWS = 8
LABELS = np.array([0, 1, 2, 0, 1, 3, 4, 4], np.int32)  # labels 0 and 1 are on both workers


def make_batch() -> dict[str, np.ndarray]:
    """A batch of outlines (8, SIZE, SIZE, 1); each sketch is its photo, slightly shifted."""
    photos = np.stack([sketch_of(int(label), SIZE) for label in LABELS])
    sketches = np.stack([np.roll(photo, row - 4, axis=1) for row, photo in enumerate(photos)])
    pictures = {"sketch": sketches, "photo": photos}
    return {branch: array[..., None].astype(np.float32) for branch, array in pictures.items()}


def make_trainer(norms: str, worker=None):
    """A trainer of a tiny network whose batch normalisation is `synchronized` or `frozen`."""
    import keras

    from sketchnet.training.retrieval_trainer import build_trainer

    config = tiny_config()
    network = tiny_network(config)
    for layer in network._flatten_layers():
        if norms == "frozen" and isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return build_trainer(network, config, worker)


def first_step(trainer, rows: slice) -> dict[str, np.ndarray]:
    """The loss of these rows, its gradients, and the moving statistics after the step."""
    import tensorflow as tf

    x = {branch: tf.constant(array[rows]) for branch, array in make_batch().items()}
    loss, gradients = tf.function(trainer.learn)(x, tf.constant(LABELS[rows]))
    found = {f"gradient{i}": gradient.numpy() for i, gradient in enumerate(gradients)}
    moving = trainer.network.non_trainable_variables
    return {"loss": loss.numpy(), **found} | {
        f"moving{i}": variable.numpy() for i, variable in enumerate(moving)
    }


def main(norms: str, index: int, out: Path, addresses: list[str]) -> None:
    from sketchnet.training.checkpoint import TrainingState
    from sketchnet.training.distributed import MultiWorker
    from sketchnet.utils.errors import InputError

    worker = MultiWorker(addresses, index)
    trainer = make_trainer(norms, worker)
    if index:  # `synchronise` must replace these different weights
        for variable in trainer.network.trainable_variables[:3]:
            variable.assign(variable + 1.0)
    state = TrainingState(epochs=0 if index else 7)
    worker.synchronise(trainer, state, "the same")
    assert state.epochs == 7
    share = ROWS // len(addresses)
    found = first_step(trainer, slice(index * share, (index + 1) * share))
    layers = trainer.network._flatten_layers()
    after_step = [layer.synchronized for layer in layers if hasattr(layer, "synchronized")]
    assert after_step
    assert not any(after_step)
    try:
        worker.synchronise(trainer, state, f"different on {index}")
    except InputError as error:
        found["refused"] = np.array(str(error))
    np.savez(out, **found)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
