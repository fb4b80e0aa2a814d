"""Which engine runs our networks fastest? `python -m tests.benchmarks.runtimes --help`.

Every engine takes its turn in every round, so that what else the machine does falls on all alike:
read the ratios, not the milliseconds; on a busy machine those of the processor time, which counts
what an engine's own threads burn while they wait. An engine that is not installed (`pip install
openvino ai-edge-litert`), or cannot run a network, is left out and named.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from sketchnet.models import saving
from tests.benchmarks.measuring import REST, machine, parser, peak, print_table

Batch = dict[str, np.ndarray]
Run = Callable[[Batch], dict[str, np.ndarray]]

BATCHES = (1, 2, 5, 10, 60)
POINTS = 48  # of each drawing
EXACT = 1e-4  # an engine that lies farther from Keras is not exact enough to serve


def predict_on_batch(model: Any, folder: Path, threads: int) -> Run:
    # A network of one input takes it bare.
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
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as `serving` does
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
        "INFERENCE_PRECISION_HINT": "f32",  # else bfloat16 where the machine has it
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = openvino.Core().compile_model(path, "CPU", options)
    names = [output.any_name for output in compiled.outputs]
    return lambda batch: dict(zip(names, compiled(batch).values(), strict=True))


def litert(model: Any, folder: Path, threads: int) -> Run:
    from ai_edge_litert.interpreter import Interpreter

    path = _exported(model, folder, "litert")
    of_size: dict[tuple[int, ...], Any] = {}  # to resize an interpreter costs more than to run it

    def run(batch: Batch) -> dict[str, np.ndarray]:
        shape = tuple(size for values in batch.values() for size in values.shape)
        if shape not in of_size:
            of_size[shape] = Interpreter(path, num_threads=threads).get_signature_runner()
        return of_size[shape](**batch)

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


def networks() -> Iterator[tuple[str, Any, Callable[[int], Batch]]]:
    """Each network, and what makes a batch for it."""
    from sketchnet import runs
    from sketchnet.models.sketch_a_net import build_sketch_a_net
    from sketchnet.models.two_branch import photo_branch, sketch_branch

    rng = np.random.default_rng(0)

    def pictures(model: Any) -> Callable[[int], Batch]:
        name, shape = model.inputs[0].name, model.inputs[0].shape[1:]
        return lambda n: {name: rng.integers(0, 256, (n, *shape)).astype(np.float32)}

    shoes = saving.load_model(runs.resolve_run("shoes"))
    of_sketch, of_photo = sketch_branch(shoes), photo_branch(shoes)
    if of_sketch is of_photo:
        yield "shoes, one branch for sketches and photos", of_sketch, pictures(of_sketch)
    else:
        yield "shoes, sketches", of_sketch, pictures(of_sketch)
        yield "shoes, photos", of_photo, pictures(of_photo)
    sketch_a_net = build_sketch_a_net()
    yield "Sketch-a-Net, 225 pixels", sketch_a_net, pictures(sketch_a_net)

    fused = saving.load_model(runs.resolve_run("quickdraw"))

    def drawings(n: int) -> Batch:
        made = {"length": rng.integers(1, POINTS + 1, n).astype(np.int32)}
        for tensor in fused.inputs:
            shape = [size or POINTS for size in tensor.shape[1:]]
            made.setdefault(tensor.name, rng.random((n, *shape), np.float32))
        return made | {name: np.ones((n, 1), np.float32) for name in made if "has_" in name}

    yield f"quickdraw, picture and {POINTS} points", fused, drawings


@dataclass(frozen=True)
class Measured:
    """Medians of one engine in seconds, and how far its outputs lie from Keras's at most."""

    seconds: float
    processor: float
    off: float


def measure(engines: dict[str, Run], batch: Batch, rounds: int) -> dict[str, Measured]:
    """Run every engine in turn, `rounds` times over; the first one is what the others are off.

    An engine that cannot run this batch is left out.
    """
    expected: dict[str, np.ndarray] = {}
    off: dict[str, float] = {}
    for name, run in engines.items():
        with suppress(Exception):  # whatever an engine throws, the others go on
            found = run(batch)
            expected = expected or found
            off[name] = max(
                float(np.abs(found[key] - values).max()) for key, values in expected.items()
            )
    engines = {name: engines[name] for name in off}
    clocks = (time.perf_counter, time.process_time)
    times: dict[str, list[tuple[float, ...]]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, run in engines.items():
            time.sleep(REST)
            run(batch)
            start = [clock() for clock in clocks]
            run(batch)
            times[name].append(
                tuple(clock() - then for clock, then in zip(clocks, start, strict=True))
            )
    return {
        name: Measured(*map(median, zip(*times[name], strict=True)), off[name]) for name in engines
    }


def multiplications(model: Any) -> int:
    """Multiply-adds of one picture, one drawing or both, in matrix products and convolutions."""
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how every engine does on every network and size of batch."""
    options = parser(__doc__)
    options.add_argument("--threads", type=int, default=os.cpu_count())
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options.add_argument("--networks", nargs="+", default=[""], help="words of their titles")
    options.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    given = options.parse_args(arguments)
    if given.quick:
        given.rounds, given.batches, given.networks = 1, [1], ["shoes"]
        given.engines = ["predict_on_batch", "ONNX Runtime"]
    import tensorflow as tf

    if not given.quick:  # what runs it may have used TensorFlow already
        tf.config.threading.set_intra_op_parallelism_threads(given.threads)
    fastest = 0.0
    for title, model, make in networks():
        if not any(word in title for word in given.networks):
            continue
        fastest, cost = max(fastest, peak()), multiplications(model)
        print(
            f"\n{title}: {model.count_params():,} parameters, {cost / 1e6:.0f} M multiply-adds\n"
            f"{given.threads} threads, {machine(fastest)}",
            flush=True,
        )
        ready: dict[str, Run] = {}
        with tempfile.TemporaryDirectory() as folder:
            for name in given.engines:
                start = time.perf_counter()
                try:
                    run = ENGINES[name](model, Path(folder), given.threads)
                    run(make(given.batches[0]))
                    ready[name] = run
                    print(f"  {name}: ready after {time.perf_counter() - start:.1f} s", flush=True)
                except Exception as error:
                    print(f"  {name}: left out ({type(error).__name__}: {str(error)[:120]})")
            rows = []
            for size in given.batches:
                found = measure(ready, make(size), given.rounds)
                slow = next(iter(found.values()))
                for name, of in sorted(found.items(), key=lambda item: item[1].seconds):
                    share = 2 * cost * size / of.seconds / fastest
                    exact = "" if of.off <= EXACT else ": NOT EXACT"
                    rows.append(
                        [
                            f"{size}, {name}",
                            f"{1e3 * of.seconds:.2f}",
                            f"{size / of.seconds:.0f}",
                            f"{slow.seconds / of.seconds:.2f}",
                            f"{share:.0%}",
                            f"{1e3 * of.processor:.2f}",
                            f"{slow.processor / of.processor:.2f}",
                            f"{of.off:.0e}{exact}",
                        ]
                    )
        head = ["batch, engine", "ms", "a second", "times as fast", "of peak", "processor, ms"]
        print_table(title, [*head, "times as fast", "off by"], rows)


if __name__ == "__main__":
    main()
