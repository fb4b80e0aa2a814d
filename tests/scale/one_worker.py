"""One worker of `test_workers`: NORMS INDEX OUT ADDRESS…; writes loss and gradients."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tests.tiny import SIZE, sketch_of, tiny_config, tiny_network

ROWS = 8
LABELS = np.array([0, 1, 2, 0, 1, 3, 4, 4], np.int32)  # 0 and 1 are on both workers


def a_batch() -> dict[str, np.ndarray]:
    """Outlines, each sketch a little off its photo: mostly paper, as what we learn from."""
    photos = np.stack([sketch_of(int(label), SIZE) for label in LABELS])
    sketches = np.stack([np.roll(photo, row - 4, axis=1) for row, photo in enumerate(photos)])
    pictures = {"sketch": sketches, "photo": photos}
    return {side: array[..., None].astype(np.float32) for side, array in pictures.items()}


def a_trainer(norms: str, workers=None):
    """A trainer whose batch norms learn (`synchronized` among workers), or are `frozen`."""
    import keras

    from sketchnet.training.retrieval_trainer import build_trainer

    config = tiny_config()
    network = tiny_network(config)
    for layer in network._flatten_layers():
        if norms == "frozen" and isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return build_trainer(network, config, workers)


def learnt(trainer, part: slice) -> dict[str, np.ndarray]:
    """The loss of the batch, its gradients, and the moving statistics after one step."""
    import tensorflow as tf

    x, y = {side: tf.constant(a[part]) for side, a in a_batch().items()}, tf.constant(LABELS[part])
    loss, gradients = tf.function(trainer.learn)(x, y)
    found = {f"gradient{i}": gradient.numpy() for i, gradient in enumerate(gradients)}
    moving = trainer.network.non_trainable_variables
    return {"loss": loss.numpy(), **found} | {
        f"moving{i}": variable.numpy() for i, variable in enumerate(moving)
    }


def main(norms: str, index: int, out: Path, addresses: list[str]) -> None:
    from sketchnet.training.checkpoint import Progress
    from sketchnet.training.distributed import MultiWorker
    from sketchnet.utils.errors import InputError

    workers = MultiWorker(addresses, index)
    trainer = a_trainer(norms, workers)
    if index:  # an astray worker is brought in line
        for variable in trainer.network.trainable_variables[:3]:
            variable.assign(variable + 1.0)
    progress = Progress(epochs=0 if index else 7)
    workers.agree(trainer, progress, "the same")
    assert progress.epochs == 7
    share = ROWS // len(addresses)
    found = learnt(trainer, slice(index * share, (index + 1) * share))
    layers = trainer.network._flatten_layers()
    left = [layer.synchronized for layer in layers if hasattr(layer, "synchronized")]
    assert left
    assert not any(left)
    try:
        workers.agree(trainer, progress, f"another for {index}")
    except InputError as error:
        found["refused"] = np.array(str(error))
    np.savez(out, **found)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
