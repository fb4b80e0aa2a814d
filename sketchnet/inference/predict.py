"""Run a doodle network on drawings, with any engine: this file needs no Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, Protocol

import numpy as np

from sketchnet.data.doodle_inputs import DoodleInputs, StrokesOrPicture
from sketchnet.utils.errors import InputError

Modality = Literal["both", "picture", "strokes"]
"""Which inputs a network of two branches uses; the other one counts as absent."""

CHUNK = 64  # drawings per call, so that each padded length has one batch shape


class Network(Protocol):
    """What inference needs of a network; `keras.Model` and `OnnxNetwork` both have it."""

    @property
    def inputs(self) -> Sequence[Any]:
        """The inputs, each with a name, a shape and a dtype."""

    @property
    def output(self) -> Mapping[str, Any]:
        """The outputs by name, each with a shape."""

    def predict_on_batch(self, x: Any) -> Mapping[str, np.ndarray]:
        """Arrays by name, or the one array of a network with one input → outputs by name."""


def check_network(network: Network, size: int, outputs: Mapping[str, int]) -> None:
    """Check that a network fits the settings of its run.

    Args:
        network: the network, or one of its sub-networks.
        size: expected side of its pictures, in pixels.
        outputs: names and lengths of expected outputs; "embedding" must exist as well.

    Raises:
        InputError: a side or an output differs.
    """
    given = network.output if isinstance(network.output, Mapping) else {}
    lengths = {name: given[name].shape[-1] for name in outputs if name in given}
    sides = {
        side for tensor in network.inputs if len(tensor.shape) == 4 for side in tensor.shape[1:3]
    }
    if lengths != outputs or "embedding" not in given or not sides <= {size}:
        raise InputError(
            f"a network for pictures of side {size} with embedding and {dict(outputs)}",
            f"sides {sorted(map(str, sides))} and {lengths}",
            "the files of the run do not belong together: take them from one training",
        )


def predict_doodles(
    network: Network,
    inputs: DoodleInputs,
    queries: Sequence[StrokesOrPicture],
    modality: Modality = "both",
) -> tuple[np.ndarray, np.ndarray]:
    """Run a doodle network on N drawings or pictures, centre views.

    Args:
        network: the network.
        inputs: its input specification.
        queries: strokes, or pictures (H, W[, 3]) uint8.
        modality: which inputs a network of two branches uses.

    Returns:
        Embeddings (N, E) of unit length and logits (N, C), float32.
    """
    # An absent input is cheap: strokes are an empty drawing, and the picture is not rasterised.
    strokes = [inputs.strokes([] if modality == "picture" else query) for query in queries]
    # A batch is padded to its longest sequence, so sequences of similar length share a batch.
    order = np.argsort([len(rows) for rows in strokes], kind="stable")
    outputs = [
        {name: values[:size] for name, values in network.predict_on_batch(batch).items()}
        for batch, size in _prefetched_batches(network, inputs, queries, strokes, order, modality)
    ]
    embeddings = np.concatenate([output["embedding"] for output in outputs]).astype(np.float32)
    logits = np.concatenate([output["logits"] for output in outputs]).astype(np.float32)
    original_order = np.argsort(order, kind="stable")
    return embeddings[original_order], logits[original_order]


def _prefetched_batches(
    network: Network,
    inputs: DoodleInputs,
    queries: Sequence[StrokesOrPicture],
    strokes: Sequence[np.ndarray],
    order: np.ndarray,
    modality: Modality,
) -> Iterator[tuple[dict[str, np.ndarray], int]]:
    """Batches and their numbers of real rows; the next is prepared while the network computes."""
    names = {tensor.name for tensor in network.inputs}

    def prepare(start: int) -> tuple[dict[str, np.ndarray], int]:
        rows = order[start : start + CHUNK].tolist()
        padded = rows if len(queries) == 1 else rows + rows[-1:] * (CHUNK - len(rows))
        with_picture = "picture" in names and modality != "strokes"
        pictures = [inputs.view(queries[row]) for row in rows] if with_picture else [inputs.blank()]
        pictures += pictures[-1:] * (len(padded) - len(pictures))
        batch = inputs.stacked(pictures, [strokes[row] for row in padded])
        if modality == "strokes":
            batch["has_picture"][:] = 0
        return {name: batch[name] for name in names}, len(rows)

    with ThreadPoolExecutor(1) as pool:
        upcoming = None
        for start in range(0, len(queries), CHUNK):
            current, upcoming = upcoming, pool.submit(prepare, start)
            if current is not None:
                yield current.result()
        if upcoming is not None:
            yield upcoming.result()
