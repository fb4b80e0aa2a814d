"""Doodles through a network, whatever engine runs it: this file needs no Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, Protocol

import numpy as np

from sketchnet.data.doodle_inputs import DoodleInputs, Query
from sketchnet.utils.errors import InputError

Use = Literal["both", "picture", "strokes"]

CHUNK = 64  # drawings a call: one shape for each padded length


class Network(Protocol):
    """What an answer takes of a network: a `keras.Model` has it, and so has `OnnxNetwork`."""

    @property
    def inputs(self) -> Sequence[Any]:
        """Each with a name, a shape and a dtype."""

    @property
    def output(self) -> Mapping[str, Any]:
        """By name, each with a shape."""

    def predict_on_batch(self, x: Any) -> Mapping[str, np.ndarray]:
        """Arrays by name, or the one array of a network with one input → outputs by name."""


def check_network(network: Network, size: int, outputs: Mapping[str, int]) -> None:
    """Raise InputError unless it takes pictures of that side and gives outputs of those lengths."""
    given = network.output if isinstance(network.output, Mapping) else {}
    lengths = {name: given[name].shape[-1] for name in outputs if name in given}
    sides = {
        side for tensor in network.inputs if len(tensor.shape) == 4 for side in tensor.shape[1:3]
    }
    if lengths != outputs or "embedding" not in given or not sides <= {size}:
        raise InputError(
            f"a network for pictures of side {size} with embedding and {dict(outputs)}",
            (
                f"sides {sorted(map(str, sides))} and {lengths}: the run's parts do not belong "
                "together, take them from one training"
            ),
        )


def predict_doodles(
    network: Network, inputs: DoodleInputs, queries: Sequence[Query], use: Use = "both"
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
    network: Network,
    inputs: DoodleInputs,
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
