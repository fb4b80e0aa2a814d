"""A training step, its input pipeline, its sequences: `python -m tests.benchmarks.training`.

The step is that of `train.py retrieval` (two sides, mining, AdamW with a moving average) on the
`compact` branch, in a process for each backend, all ready and taking turns. A backend that is not
installed is left out and named (`pip install jax torch`). The pipeline is asked what a step costs
whose batch is made on the way, as in training, and one whose batch is there. The strokes are those
of doodles drawn by program, read by the LSTMs of `train.py quickdraw --image-branch none`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.measuring import Times, in_turn, machine, ms, parser, peak, print_table
from tests.benchmarks.stepping import build_step, stepper

BACKENDS = {
    "TensorFlow": ("tensorflow", False),
    "TensorFlow, jit_compile": ("tensorflow", True),
    "JAX": ("jax", True),
    "torch": ("torch", False),
}


def steps_of_backends(fields: dict[str, Any], rounds: int) -> dict[str, Times]:
    """Times of a step by each backend that is installed."""
    with ExitStack() as processes:
        calls = {}
        for name, (backend, compiled) in BACKENDS.items():
            if not find_spec(backend):
                print(f"{name}: not installed", flush=True)
                continue
            step = stepper(backend, **fields, jit_compile=compiled)
            try:
                calls[name] = processes.enter_context(step)
            except RuntimeError as error:  # installed, but not for this machine
                print(f"{name}: left out, {error}", flush=True)
        return in_turn(calls, rounds)


def steps_of_pipeline(
    folder: Path, fields: dict[str, Any], photos: int, steps: int, rounds: int
) -> dict[str, Times]:
    """Times of `steps` steps with batches made on the way, and with one that is there."""
    import keras

    from sketchnet.config.retrieval import RetrievalConfig
    from sketchnet.data.pair_batches import PairBatches
    from sketchnet.data.pairs.load import load_collection
    from sketchnet.data.pairs.prepare import prepare_pairs
    from sketchnet.data.synthetic.write_datasets import write_retrieval
    from sketchnet.imaging.prepare import canvas_for
    from sketchnet.tasks.train_retrieval import build_network
    from sketchnet.training.retrieval_trainer import build_trainer

    class Same(keras.utils.PyDataset):
        """One batch again and again."""

        def __init__(self, batch: Any) -> None:
            super().__init__()
            self.batch = batch

        def __len__(self) -> int:
            return steps

        def __getitem__(self, step: int) -> Any:
            return self.batch

    class Clock(keras.callbacks.Callback):
        """Seconds from the first step to the last: after it Keras may wait for its own queue."""

        def on_train_begin(self, logs: Any = None) -> None:
            self.start = time.perf_counter()

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.seconds = time.perf_counter() - self.start

    config = RetrievalConfig(**fields)
    collection = load_collection(write_retrieval(folder, photos=photos, test=0))
    pairs = prepare_pairs(collection, canvas_for(config.size), progress=False)
    batches = PairBatches(
        pairs, size=config.size, identities=config.identities, steps=steps, partial=config.partial
    )
    trainer = build_trainer(build_network(config), config)
    ways = {"batches made on the way": batches, "the same batch again": Same(batches.batch(0, 0))}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, data in ways.items():
            clock = Clock()
            trainer.fit(data, shuffle=False, verbose=0, callbacks=[clock])
            seconds[name].append(clock.seconds)
    times = {name: Times(tuple(each[1:])) for name, each in seconds.items()}
    making = "making batches, no network"
    return times | in_turn(
        {making: lambda: [batches.batch(0, step) for step in range(steps)]}, rounds
    )


def steps_of_lengths(
    folder: Path, rows: int, batches: int, fields: dict[str, Any], rounds: int
) -> tuple[dict[str, Times], dict[str, float]]:
    """Times of `batches` steps of `rows` sequences by how they are padded, and mean lengths."""
    from sketchnet.config.doodles import DoodleConfig
    from sketchnet.data.doodle_inputs import DoodleInputs
    from sketchnet.data.quickdraw.loading import load_doodles
    from sketchnet.data.synthetic.write_datasets import write_quickdraw
    from sketchnet.models.doodle_network import build_doodle_network
    from sketchnet.training.doodle_trainer import build_doodle_trainer

    config = replace(DoodleConfig(image_branch="none", drop_input=0.0), **fields)
    inputs = DoodleInputs(config.size, config.max_points)
    each = -(-rows * batches * 4 // 30)  # about one in thirty is not recognized, and left out
    drawings = load_doodles(write_quickdraw(folder, per_category=each))
    chosen = np.random.default_rng(0).permutation(len(drawings))[: rows * batches]
    strokes = [inputs.strokes(drawings.drawings[int(row)]) for row in chosen]
    labels = drawings.labels[chosen]
    network = build_doodle_network(config, len(drawings.categories))
    trainer = build_doodle_trainer(network, config, batches)
    names = [tensor.name for tensor in network.inputs]

    def batch(of: np.ndarray, padded_to: int | None) -> tuple[dict[str, np.ndarray], np.ndarray]:
        made = inputs.stacked([inputs.blank()] * rows, [strokes[i] for i in of], padded_to)
        return {name: made[name] for name in names}, labels[of]

    any_order = np.arange(len(chosen)).reshape(batches, rows)
    by_length = np.argsort([len(each) for each in strokes]).reshape(batches, rows)
    ready = {
        "padded to the longest of all": [batch(of, config.max_points) for of in any_order],
        "padded to the longest of the batch": [batch(of, None) for of in any_order],
        "bucketed by length": [batch(of, None) for of in by_length],
    }

    def take(steps: list[tuple[dict[str, np.ndarray], np.ndarray]]) -> None:
        for x, y in steps:
            trainer.train_on_batch(x, y)

    times = in_turn({name: partial(take, steps) for name, steps in ready.items()}, rounds)
    lengths = {
        name: float(np.mean([x["strokes"].shape[1] for x, _ in steps]))
        for name, steps in ready.items()
    }
    return times, lengths


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the three tables."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--identities", type=int, default=24)
    given = options.parse_args(arguments)
    fields: dict[str, Any] = {"identities": given.identities}
    if given.quick:
        given.rounds, fields = 1, {"identities": 4, "size": 32, "embedding_size": 8}
    pictures = 2 * fields["identities"]

    def table(title: str, times: dict[str, Times], many: float, first: str) -> None:
        rows = []
        for name, each in times.items():
            faster = times[first].median / each.median
            rows.append([name, ms(each), f"{many / each.median:.1f}", f"{faster:.2f}"])
        print_table(title, ["", "ms, median (best)", "a second", "times as fast"], rows)

    if given.quick:
        times = in_turn({"TensorFlow": build_step(**fields)}, given.rounds)
    else:
        times = steps_of_backends(fields, given.rounds)
    print(machine(peak()))
    table(f"A step of {pictures} pictures, by backend", times, pictures, "TensorFlow")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = 2 if given.quick else 8
        photos = 5 if given.quick else 60
        times = steps_of_pipeline(folder / "shoes", fields, photos, steps, given.rounds)
        table(f"{steps} steps of {pictures} pictures", times, steps * pictures, next(iter(times)))
        made, _, making = times.values()
        share = making.median / made.median
        print(f"Making a batch takes {share:.0%} of a step, on a thread ahead of the network.")

        rows, batches = (4, 2) if given.quick else (40, 6)
        small = {"lstm_units": 8, "embedding_size": 8} if given.quick else {}
        times, lengths = steps_of_lengths(folder / "doodles", rows, batches, small, given.rounds)
        times = {f"{way}: {lengths[way]:.0f} points": each for way, each in times.items()}
        title = f"{batches} steps of {rows} sequences by two LSTMs"
        table(title, times, rows * batches, next(iter(times)))


if __name__ == "__main__":
    main()
