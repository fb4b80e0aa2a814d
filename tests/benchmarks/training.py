"""Training steps by backend, input pipeline and padding: `python -m tests.benchmarks training`.

The first table compares backends by the step of `train.py retrieval` (two branches, mining, AdamW
with a moving average) on the `compact` branch. Each backend has a process of its own, and their
steps are interleaved. Backends that are not installed are skipped (`pip install jax torch`). The
second table compares steps whose batches are made during training with steps on one prepared batch.
The third compares ways to pad the strokes of synthetic doodles, which the LSTMs of
`train.py quickdraw --image-branch none` read, with batches of P categories; `--doodles DIR` prints
it alone, for these doodles. `--trunk` prints one table instead: the pretrained trunk on each
backend, also in mixed precision. `--backends TensorFlow` keeps the rows whose name begins so.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.timing import (
    Times,
    build_parser,
    describe_machine,
    ms,
    peak_flops,
    print_table,
    time_interleaved,
)
from tests.benchmarks.training_step import build_step, step_in_process

PER_CATEGORY = 60  # doodles at most
BACKENDS: dict[str, tuple[str, dict[str, Any]]] = {
    "TensorFlow": ("tensorflow", {}),
    "TensorFlow, jit_compile": ("tensorflow", {"jit_compile": True}),
    "JAX": ("jax", {"jit_compile": True}),
    "torch": ("torch", {}),
}
MIXED: dict[str, tuple[str, dict[str, Any]]] = {
    f"{name}, mixed precision": (backend, fields | {"mixed_precision": True})
    for name, (backend, fields) in BACKENDS.items()
}
TRUNK: dict[str, Any] = {"branch": "lite0", "photo_input": "rgb", "local": True}
"""The network of the weights that ship: a trunk with weights of ImageNet, photos in colour."""


def steps_of_backends(
    fields: dict[str, Any], rounds: int, variants: Mapping[str, tuple[str, dict[str, Any]]]
) -> dict[str, Times]:
    """Duration of a step with each installed backend."""
    with ExitStack() as processes:
        calls = {}
        for name, (backend, options) in variants.items():
            if not find_spec(backend):
                print(f"{name}: not installed", flush=True)
                continue
            step = step_in_process(backend, **fields, **options)
            try:
                calls[name] = processes.enter_context(step)
            except RuntimeError as error:  # installed, but unusable on this machine
                print(f"{name}: skipped, {error}", flush=True)
        return time_interleaved(calls, rounds)


def steps_of_pipeline(
    folder: Path, fields: dict[str, Any], photos: int, steps: int, rounds: int
) -> dict[str, Times]:
    """Duration of `steps` steps with batches made during training, and with one prepared batch."""
    import keras

    from sketchnet.config.retrieval import RetrievalConfig
    from sketchnet.data.pair_batches import PairBatches
    from sketchnet.data.pairs.load import load_collection
    from sketchnet.data.pairs.prepare import prepare_pairs
    from sketchnet.data.synthetic.write_datasets import write_retrieval
    from sketchnet.imaging.prepare import canvas_for
    from sketchnet.models.retrieval_network import build_retrieval_network
    from sketchnet.training.retrieval_trainer import build_trainer

    class SameBatch(keras.utils.PyDataset):
        """The same batch in every step."""

        def __init__(self, batch: Any) -> None:
            super().__init__()
            self.batch = batch

        def __len__(self) -> int:
            return steps

        def __getitem__(self, step: int) -> Any:
            return self.batch

    class Clock(keras.callbacks.Callback):
        """Measures the time until the last step; after it Keras may wait for its input queue."""

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
    trainer = build_trainer(build_retrieval_network(config), config)
    inputs = {
        "batches made during training": batches,
        "the same batch in every step": SameBatch(batches.batch(0, 0)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in inputs}
    for _ in range(rounds + 1):
        for name, data in inputs.items():
            clock = Clock()
            trainer.fit(data, shuffle=False, verbose=0, callbacks=[clock])
            seconds[name].append(clock.seconds)
    times = {name: Times(tuple(each[1:])) for name, each in seconds.items()}
    making = "making batches, no network"
    return times | time_interleaved(
        {making: lambda: [batches.batch(0, step) for step in range(steps)]}, rounds
    )


def steps_of_lengths(
    folder: Path,
    rows: int,
    batches: int,
    fields: dict[str, Any],
    rounds: int,
    doodles: Path | None = None,
) -> tuple[dict[str, Times], dict[str, float]]:
    """Duration of `batches` steps of `rows` sequences per way of padding, and the mean lengths."""
    from sketchnet.config.doodles import DoodleConfig
    from sketchnet.data.doodle_batches import DoodleBatches
    from sketchnet.data.doodle_inputs import DoodleInputs
    from sketchnet.data.quickdraw.load import load_doodles
    from sketchnet.data.synthetic.write_datasets import write_quickdraw
    from sketchnet.models.doodle_network import build_doodle_network
    from sketchnet.training.doodle_trainer import build_doodle_trainer

    config = replace(DoodleConfig(image_branch="none", drop_input=0.0), **fields)
    inputs = DoodleInputs(config.size, config.max_points)
    each = -(-rows * batches * 4 // 30)  # about 1 in 30 is not recognized, and is left out
    drawings = load_doodles(
        doodles or write_quickdraw(folder, per_category=each), per_category=PER_CATEGORY
    )
    network = build_doodle_network(config, len(drawings.categories))
    trainer = build_doodle_trainer(network, config, batches)
    names = [tensor.name for tensor in network.inputs]
    per_category = min(4, rows // 2)

    def made(bucket: bool) -> list[tuple[dict[str, np.ndarray], np.ndarray]]:
        """Batches as a training makes them, without the first two, which show Keras the shapes."""
        dataset = DoodleBatches(
            drawings, inputs, categories=rows // per_category, per_category=per_category,
            steps=batches + 2, partial=config.partial, bucket=bucket, only=names,
        )  # fmt: skip
        return [dataset[2 + step] for step in range(batches)]

    ready = {
        "padded to the longest sequence of all": made(bucket=False),
        "bucketed by length": made(bucket=True),
    }

    def take(steps: list[tuple[dict[str, np.ndarray], np.ndarray]]) -> None:
        for x, y in steps:
            trainer.train_on_batch(x, y)

    times = time_interleaved({name: partial(take, steps) for name, steps in ready.items()}, rounds)
    lengths = {
        name: float(np.mean([x["strokes"].shape[1] for x, _ in steps]))
        for name, steps in ready.items()
    }
    return times, lengths


def padding_table(
    folder: Path,
    rows: int,
    batches: int,
    fields: dict[str, Any],
    rounds: int,
    doodles: Path | None = None,
) -> None:
    """Print the third table; arguments as `steps_of_lengths`."""
    times, lengths = steps_of_lengths(folder, rows, batches, fields, rounds, doodles)
    named = {f"{padding}: {lengths[padding]:.0f} points": each for padding, each in times.items()}
    title = f"{batches} steps of {rows} sequences by two LSTMs"
    table(title, named, rows * batches, next(iter(named)))


def table(title: str, times: dict[str, Times], items: float, first: str) -> None:
    """Print times, items per second, and how many times as fast each is as the first."""
    rows = []
    for name, each in times.items():
        faster = times[first].median / each.median
        rows.append([name, ms(each), f"{items / each.median:.1f}", f"{faster:.2f}"])
    print_table(title, ["", "ms, median (best)", "per second", "times as fast"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the three tables."""
    parser = build_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--identities", type=int, default=24)
    parser.add_argument(
        "--trunk", action="store_true",
        help="only the backends, with the pretrained trunk, also in mixed precision",
    )  # fmt: skip
    parser.add_argument("--backends", nargs="*", default=[""], help="with --trunk")
    parser.add_argument(
        "--doodles", type=Path, help="only the padding of sequences, with these doodles"
    )
    parser.add_argument("--size", type=int, default=96, help="of the pictures, with --trunk")
    options = parser.parse_args(arguments)
    fields: dict[str, Any] = {"identities": options.identities}
    if options.quick:
        options.rounds, fields = 1, {"identities": 4, "size": 32, "embedding_size": 8}
    pictures = 2 * fields["identities"]

    if options.doodles:
        print(describe_machine(peak_flops()))
        padding_table(options.doodles, 40, 6, {}, options.rounds, options.doodles)
        return
    if options.trunk:
        fields |= {**TRUNK, "size": options.size}
        chosen = {
            name: each
            for name, each in (BACKENDS | MIXED).items()
            if name.startswith(tuple(options.backends))
        }
        times = steps_of_backends(fields, options.rounds, chosen)
        print(describe_machine(peak_flops()))
        title = f"A step of {pictures} pictures of {options.size} px, pretrained trunk"
        table(title, times, pictures, next(iter(times)))
        return
    if options.quick:
        times = time_interleaved({"TensorFlow": build_step(**fields)}, options.rounds)
    else:
        times = steps_of_backends(fields, options.rounds, BACKENDS)
    print(describe_machine(peak_flops()))
    table(f"A step of {pictures} pictures, by backend", times, pictures, "TensorFlow")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = 2 if options.quick else 8
        photos = 5 if options.quick else 60
        times = steps_of_pipeline(folder / "shoes", fields, photos, steps, options.rounds)
        table(f"{steps} steps of {pictures} pictures", times, steps * pictures, next(iter(times)))
        made, _, making = times.values()
        share = making.median / made.median
        print(f"Making a batch takes {share:.0%} of a step, in a thread ahead of the network.")

        rows, batches = (4, 2) if options.quick else (40, 6)
        small = {"lstm_units": 8, "embedding_size": 8} if options.quick else {}
        padding_table(folder / "doodles", rows, batches, small, options.rounds)


if __name__ == "__main__":
    main()
