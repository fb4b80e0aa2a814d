"""The network of a drawing task: built from its settings, transferred into, and run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import keras
import numpy as np

from sketchnet.data.drawing_inputs import DrawingInputs, Query
from sketchnet.errors import InputError
from sketchnet.models.fused import IMAGE, STROKE, build_fused
from sketchnet.models.image_branches import build_image_branch
from sketchnet.models.stroke_lstm import build_stroke_lstm
from sketchnet.quickdraw_config import QuickdrawConfig

Use = Literal["both", "picture", "strokes"]

CHUNK = 64  # drawings a call: one shape for each padded length


def build_drawing_network(
    config: QuickdrawConfig, n_classes: int, *, mixed_precision: bool = False
) -> keras.Model:
    """The fused network of `config` with fresh weights; see `build_fused` for its form."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16" if mixed_precision else "float32")
    try:
        image = strokes = None
        if config.image_branch != "none":
            # No local map: nothing here aligns drawings cell by cell.
            options = {"local_size": 0} if config.image_branch == "compact" else {}
            image = build_image_branch(
                config.image_branch, config.size, 1, config.embedding_size, **options
            )
            image.trainable = not config.freeze_image
        if config.stroke_branch != "none":
            strokes = build_stroke_lstm(
                3, config.embedding_size, units=config.lstm_units, dropout=config.dropout
            )
        return build_fused(
            n_classes, image=image, strokes=strokes, embedding_size=config.embedding_size
        )
    finally:
        keras.config.set_dtype_policy(before)


def transfer_branches(network: keras.Model, trained: keras.Model) -> tuple[str, ...]:
    """Copy the weights of the branches that both networks have; the names of those copied.

    Raises InputError where they share none, or a shared one is of another size.
    """
    names = [layer.name for layer in trained.layers]
    shared = [name for name in (IMAGE, STROKE) if name in names and _has(network, name)]
    if not shared:
        raise InputError(
            "expected initial weights with a branch that this network has as well; received one "
            "without; give the run of a network with the same --image-branch or --stroke-branch"
        )
    for name in shared:
        weights = trained.get_layer(name).get_weights()
        branch = network.get_layer(name)
        if [array.shape for array in weights] != [tuple(each.shape) for each in branch.weights]:
            raise InputError(
                f"expected initial weights for the same {name}; received other shapes; give the "
                "same --image-branch, --stroke-branch, --size, --lstm-units and --embedding-size"
            )
        branch.set_weights(weights)
    return tuple(shared)


def predict_drawings(
    network: keras.Model, inputs: DrawingInputs, queries: Sequence[Query], use: Use = "both"
) -> tuple[np.ndarray, np.ndarray]:
    """Run the network on N drawings or pictures, centre views.

    Args:
        use: what a network of two branches is to look at; the other input counts as absent.

    Returns:
        Embeddings (N, E) of unit length and logits (N, C), float32.
    """
    # What counts as absent costs little: no strokes are short ones, and white paper is not drawn.
    strokes = [inputs.strokes([] if use == "picture" else query) for query in queries]
    # Like lengths together: a batch is padded to its longest.
    order = np.argsort([len(rows) for rows in strokes], kind="stable")
    found = [
        {name: values[:size] for name, values in network.predict_on_batch(batch).items()}
        for batch, size in _prefetched(network, inputs, queries, strokes, order, use)
    ]
    embeddings = np.concatenate([answer["embedding"] for answer in found]).astype(np.float32)
    logits = np.concatenate([answer["logits"] for answer in found]).astype(np.float32)
    back = np.argsort(order, kind="stable")
    return embeddings[back], logits[back]


def _prefetched(
    network: keras.Model,
    inputs: DrawingInputs,
    queries: Sequence[Query],
    strokes: Sequence[np.ndarray],
    order: np.ndarray,
    use: Use,
) -> Iterator[tuple[dict[str, np.ndarray], int]]:
    """Batches and how many of their rows count: one is drawn while the last one is computed."""
    wanted = {tensor.name for tensor in network.inputs}

    def batch(start: int) -> tuple[dict[str, np.ndarray], int]:
        rows = order[start : start + CHUNK].tolist()
        filled = rows if len(queries) == 1 else rows + rows[-1:] * (CHUNK - len(rows))
        drawn = "picture" in wanted and use != "strokes"
        pictures = [inputs.view(queries[row]) for row in rows] if drawn else [inputs.blank()]
        pictures += pictures[-1:] * (len(filled) - len(pictures))
        made = inputs.stacked(pictures, [strokes[row] for row in filled])
        if use == "strokes":
            made["has_picture"][:] = 0
        return {name: made[name] for name in wanted}, len(rows)

    starts = range(0, len(queries), CHUNK)
    with ThreadPoolExecutor(1) as pool:
        ahead = None
        for start in starts:
            this, ahead = ahead, pool.submit(batch, start)
            if this is not None:
                yield this.result()
        if ahead is not None:
            yield ahead.result()


def _has(network: keras.Model, name: str) -> bool:
    return any(layer.name == name for layer in network.layers)
