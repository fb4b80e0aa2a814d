"""Inference speed of the networks in several engines: `python -m tests.benchmarks runtimes`.

The engines are interleaved. On a busy machine compare the ratios, preferably of the CPU time, which
includes the time that an engine's threads spend waiting actively. Engines that are not installed
(`pip install openvino ai-edge-litert`) or cannot run a network are skipped and named.
"""

from __future__ import annotations

import os
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from sketchnet.models import saving
from tests.benchmarks.timing import (
    PAUSE,
    build_parser,
    describe_machine,
    peak_flops,
    print_table,
)

Batch = dict[str, np.ndarray]
Run = Callable[[Batch], dict[str, np.ndarray]]

BATCHES = (1, 2, 5, 10, 60)
POINTS = 48  # of each drawing
MAX_DIFFERENCE = 1e-4  # from the outputs of Keras; beyond it an engine is not exact enough


def predict_on_batch(model: Any, folder: Path, threads: int) -> Run:
    # A network with a single input takes the array itself.
    return lambda batch: model.predict_on_batch(batch if len(batch) > 1 else _only(batch))


def tf_function(model: Any, folder: Path, threads: int, *, xla: bool = False) -> Run:
    import tensorflow as tf

    call = tf.function(lambda batch: model(batch, training=False), jit_compile=xla)

    def run(batch: Batch) -> dict[str, np.ndarray]:
        tensors = {name: tf.constant(values) for name, values in batch.items()}
        found = call(tensors if len(tensors) > 1 else _only(tensors))
        return {name: values.numpy() for name, values in found.items()}

    return run


def tf_function_xla(model: Any, folder: Path, threads: int) -> Run:
    return tf_function(model, folder, threads, xla=True)


def onnx_runtime(model: Any, folder: Path, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # as `onnx_runtime` does
    path = _exported(model, folder, "onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return lambda batch: dict(zip(names, session.run(names, batch), strict=True))


def opencv(model: Any, folder: Path, threads: int) -> Run:
    import cv2

    cv2.setNumThreads(threads)
    net = cv2.dnn.readNetFromONNX(_exported(model, folder, "onnx"))
    names = list(model.output)

    def run(batch: Batch) -> dict[str, np.ndarray]:
        for name, values in batch.items():
            net.setInput(values, name)
        return dict(zip(names, net.forward(names), strict=True))

    return run


def openvino(model: Any, folder: Path, threads: int) -> Run:
    import openvino

    path = _exported(model, folder, "openvino")
    options = {
        "INFERENCE_PRECISION_HINT": "f32",  # otherwise bfloat16, where the processor has it
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = openvino.Core().compile_model(path, "CPU", options)
    names = [output.any_name for output in compiled.outputs]
    return lambda batch: dict(zip(names, compiled(batch).values(), strict=True))


def litert(model: Any, folder: Path, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    path = _exported(model, folder, "litert")
    by_shape: dict[
        tuple[int, ...], Any
    ] = {}  # resizing an interpreter takes longer than running it

    def run(batch: Batch) -> dict[str, np.ndarray]:
        shape = tuple(size for values in batch.values() for size in values.shape)
        if shape not in by_shape:
            by_shape[shape] = Interpreter(path, num_threads=threads).get_signature_runner()
        return by_shape[shape](**batch)

    return run


ENGINES: dict[str, Callable[[Any, Path, int], Run]] = {
    "predict_on_batch": predict_on_batch,
    "tf.function": tf_function,
    "XLA": tf_function_xla,
    "ONNX Runtime": onnx_runtime,
    "OpenVINO": openvino,
    "LiteRT": litert,
    "OpenCV": opencv,
}


def tiny_network() -> Iterator[tuple[str, Any, Callable[[int], Batch]]]:
    """The network of `--quick`, in the form of `networks`."""
    from sketchnet.models.two_branch import sketch_branch
    from tests import tiny

    network = sketch_branch(tiny.tiny_network(tiny.tiny_config()))
    yield "tiny", network, _pictures(network)


def _pictures(model: Any) -> Callable[[int], Batch]:
    """A function that makes a batch of random pictures for the only input of `model`."""
    rng = np.random.default_rng(0)
    name, shape = model.inputs[0].name, model.inputs[0].shape[1:]
    return lambda n: {name: rng.integers(0, 256, (n, *shape)).astype(np.float32)}


def networks() -> Iterator[tuple[str, Any, Callable[[int], Batch]]]:
    """Title and network, and a function that makes a batch of a given size for it."""
    from sketchnet import runs
    from sketchnet.models.sketch_a_net import build_sketch_a_net
    from sketchnet.models.two_branch import photo_branch, sketch_branch

    shoes = saving.load_model(runs.resolve_run("shoes"))
    sketches, photos = sketch_branch(shoes), photo_branch(shoes)
    if sketches is photos:
        yield "shoes, one branch for sketches and photos", sketches, _pictures(sketches)
    else:
        yield "shoes, sketches", sketches, _pictures(sketches)
        yield "shoes, photos", photos, _pictures(photos)
    sketch_a_net = build_sketch_a_net()
    yield "Sketch-a-Net, 225 pixels", sketch_a_net, _pictures(sketch_a_net)

    fused = saving.load_model(runs.resolve_run("quickdraw"))
    rng = np.random.default_rng(0)

    def drawings(n: int) -> Batch:
        made = {"length": rng.integers(1, POINTS + 1, n).astype(np.int32)}
        for tensor in fused.inputs:
            shape = [size or POINTS for size in tensor.shape[1:]]
            made.setdefault(tensor.name, rng.random((n, *shape), np.float32))
        return made | {name: np.ones((n, 1), np.float32) for name in made if "has_" in name}

    yield f"quickdraw, picture and {POINTS} points", fused, drawings


@dataclass(frozen=True)
class Measurement:
    """Median durations of one engine in seconds, and its largest difference from Keras."""

    seconds: float
    cpu_seconds: float
    difference: float


def measure(engines: dict[str, Run], batch: Batch, rounds: int) -> dict[str, Measurement]:
    """Time all engines, interleaved; differences are those from the first engine.

    An engine that cannot run this batch is skipped.
    """
    expected: dict[str, np.ndarray] = {}
    differences: dict[str, float] = {}
    for name, run in engines.items():
        with suppress(Exception):  # an error of one engine must not stop the others
            found = run(batch)
            expected = expected or found
            differences[name] = max(
                float(np.abs(found[key] - values).max()) for key, values in expected.items()
            )
    engines = {name: engines[name] for name in differences}
    clocks = (time.perf_counter, time.process_time)
    times: dict[str, list[tuple[float, ...]]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, run in engines.items():
            time.sleep(PAUSE)
            run(batch)
            start = [clock() for clock in clocks]
            run(batch)
            times[name].append(
                tuple(clock() - then for clock, then in zip(clocks, start, strict=True))
            )
    return {
        name: Measurement(*map(median, zip(*times[name], strict=True)), differences[name])
        for name in engines
    }


def multiplications(model: Any) -> int:
    """Multiply-adds of matrix products and convolutions for one picture, one drawing or both."""
    import keras

    total = 0
    for layer in model._flatten_layers():
        if hasattr(layer, "recurrent_kernel"):
            total += POINTS * (np.prod(layer.kernel.shape) + np.prod(layer.recurrent_kernel.shape))
        elif isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            total += np.prod(layer.kernel.shape) * np.prod(layer.output.shape[1:-1])
    return int(total)


def _exported(model: Any, folder: Path, form: str) -> str:
    from sketchnet.inference.convert import to_onnx, to_tflite

    path = folder / {"onnx": "model.onnx", "litert": "model.tflite", "openvino": "model.xml"}[form]
    if form == "openvino":
        signature = {tensor.name: tensor for tensor in model.inputs}
        signature = [signature if len(signature) > 1 else _only(signature)]
        model.export(str(path), format=form, verbose=False, input_signature=signature)
    elif not path.exists():
        path.write_bytes((to_onnx if form == "onnx" else to_tflite)(model))
    return str(path)


def _only(values: dict[str, Any]) -> Any:
    (value,) = values.values()
    return value


def build_engines(model: Any, batch: Batch, folder: Path, options: Namespace) -> dict[str, Run]:
    """The engines that can run `batch` with this network; prints the time that each takes."""
    ready: dict[str, Run] = {}
    for name in options.engines:
        start = time.perf_counter()
        try:
            run = ENGINES[name](model, folder, options.threads)
            run(batch)
            ready[name] = run
            print(f"  {name}: ready after {time.perf_counter() - start:.1f} s", flush=True)
        except Exception as error:
            print(f"  {name}: skipped ({type(error).__name__}: {str(error)[:120]})")
    return ready


def table_rows(size: int, found: dict[str, Measurement], ideal: float) -> list[list[str]]:
    """One row per engine, the fastest first; `ideal` is the time in seconds at peak performance."""
    reference = next(iter(found.values()))
    rows = []
    for name, engine in sorted(found.items(), key=lambda item: item[1].seconds):
        exact = "" if engine.difference <= MAX_DIFFERENCE else ": NOT EXACT"
        rows.append(
            [
                f"{size}, {name}",
                f"{1e3 * engine.seconds:.2f}",
                f"{size / engine.seconds:.0f}",
                f"{reference.seconds / engine.seconds:.2f}",
                f"{ideal / engine.seconds:.0%}",
                f"{1e3 * engine.cpu_seconds:.2f}",
                f"{reference.cpu_seconds / engine.cpu_seconds:.2f}",
                f"{engine.difference:.0e}{exact}",
            ]
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table of all engines and batch sizes for each network."""
    parser = build_parser(__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument(
        "--networks", nargs="+", default=[""], help="parts of the titles of the networks to run"
    )
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.batches = 1, [1]
        options.engines = ["predict_on_batch", "ONNX Runtime"]
    import tensorflow as tf

    if not options.quick:  # in a test TensorFlow is initialised already
        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    fastest = 0.0
    for title, model, make in tiny_network() if options.quick else networks():
        if not any(word in title for word in options.networks):
            continue
        fastest, cost = max(fastest, peak_flops()), multiplications(model)
        print(
            f"\n{title}: {model.count_params():,} parameters, {cost / 1e6:.0f} M multiply-adds\n"
            f"{options.threads} threads, {describe_machine(fastest)}",
            flush=True,
        )
        with tempfile.TemporaryDirectory() as folder:
            ready = build_engines(model, make(options.batches[0]), Path(folder), options)
            rows = []
            for size in options.batches:
                found = measure(ready, make(size), options.rounds)
                rows += table_rows(size, found, 2 * cost * size / fastest)
        head = ["batch, engine", "ms", "per second", "times as fast", "of peak", "CPU time, ms"]
        print_table(title, [*head, "times as fast", "max. difference"], rows)


if __name__ == "__main__":
    main()
