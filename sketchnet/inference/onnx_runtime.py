"""Run the networks of a run with ONNX Runtime: faster per query than Keras, without TensorFlow.

A network is converted from the run's Keras file at its first use, which takes some seconds, and
accepted only if its outputs agree with Keras's. The converted file is cached in the run, or in the
user's cache directory for runs that ship or are read-only. Where the conversion is impossible,
Keras runs the network.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sketchnet import runs
from sketchnet.inference.convert import subnetwork, subnetworks_of, to_onnx
from sketchnet.inference.predict import Network
from sketchnet.utils.atomic_files import write_atomically, write_text_atomically
from sketchnet.utils.cache import cache_home
from sketchnet.utils.progress import n_processors

if TYPE_CHECKING:
    import keras

FOLDER = "onnx"
TOLERANCE = 1e-4  # largest accepted difference between an output of ONNX Runtime and of Keras
FINGERPRINT = "fingerprint"  # metadata of the file: the fingerprint of the Keras file
PART = 5  # pictures at most that a thread takes at once: what they pass on then fits its cache


class OnnxNetwork:
    """A network that ONNX Runtime executes; several threads may call it at once.

    A few pictures are computed by all processors together. Where there are as many pictures as
    processors, each processor takes pictures of its own, a few at a time: none waits for another
    at every layer, and what the layers pass on stays in its cache.
    """

    def __init__(self, source: Path | bytes) -> None:
        """Load an ONNX file. Raises ImportError without ONNX Runtime, or what that raises."""
        self._source = source if isinstance(source, bytes) else str(source)
        # The default is one thread per processor of the machine, also those that this process may
        # not use.
        self._session = _open_session(self._source, n_processors())
        self.inputs = self._session.get_inputs()
        self.output = {output.name: output for output in self._session.get_outputs()}
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.fingerprint = metadata.get(FINGERPRINT, "")

    @cached_property
    def _one_thread(self) -> Any:
        """The same network on the thread that calls it."""
        return _open_session(self._source, 1)

    def predict_on_batch(self, x: Any) -> dict[str, np.ndarray]:
        """Arrays by name, or the one array of a network with one input → outputs by name."""
        names, processors = list(self.output), n_processors()
        if isinstance(x, Mapping) or len(x) < processors:
            batch = x if isinstance(x, Mapping) else {self.inputs[0].name: x}
            return dict(zip(names, self._session.run(names, batch), strict=True))
        session, name = self._one_thread, self.inputs[0].name
        size = min(PART, -(-len(x) // processors))
        parts = [x[start : start + size] for start in range(0, len(x), size)]
        if processors == 1:
            found = [session.run(names, {name: part}) for part in parts]
        else:
            run = _processors(os.getpid()).map
            found = list(run(lambda part: session.run(names, {name: part}), parts))
        return {name: np.concatenate([of[i] for of in found]) for i, name in enumerate(names)}


def open_networks(run: Path) -> dict[str, Network]:
    """The sub-networks of a run by name (`subnetworks_of`), each on the fastest correct engine.

    Raises InputError where the run has no network that can be loaded.
    """
    fingerprint = runs.fingerprint(run)
    names = subnetworks_of(runs.config_of(run))
    for folder in _cache_folders(run, fingerprint):
        # A missing, outdated or damaged file: try the next place, then convert again.
        with suppress(Exception):
            return {name: _load_cached(folder / f"{name}.onnx", fingerprint) for name in names}
    from sketchnet.models import saving  # imports Keras, which cached networks do not need

    network = saving.load_model(run)
    return {name: _convert(subnetwork(network, name), name, run, fingerprint) for name in names}


def check_same_outputs(network: keras.Model, converted: OnnxNetwork) -> None:
    """Compare the outputs of both networks for one random batch.

    Raises ValueError where an output differs by more than `TOLERANCE`.
    """
    rng = np.random.default_rng(0)
    batch = {}
    for tensor in network.inputs:
        shape = [3, *(size or 8 for size in tensor.shape[1:])]
        if str(tensor.dtype).startswith("int"):
            batch[tensor.name] = rng.integers(0, 9, shape).astype(np.int32)
        else:
            largest = 255 if len(shape) == 4 else 1  # pictures, or values of the order of 1
            batch[tensor.name] = (largest * rng.random(shape)).astype(np.float32)
    found = converted.predict_on_batch(batch)
    keras_batch: Any = batch if isinstance(network.input, dict) else next(iter(batch.values()))
    for name, expected in network.predict_on_batch(keras_batch).items():
        if not np.allclose(found[name], expected, rtol=0, atol=TOLERANCE, equal_nan=True):
            difference = np.abs(found[name] - expected).max()
            raise ValueError(f"{name} differs by {difference:.1g}")


def _load_cached(path: Path, fingerprint: str) -> OnnxNetwork:
    """The network of a cached file; raises ValueError where it is damaged or outdated."""
    content = path.read_bytes()
    if _checksum_file(path).read_text() != hashlib.sha256(content).hexdigest():
        raise ValueError(f"{path} is damaged")
    network = OnnxNetwork(content)
    if network.fingerprint != fingerprint:
        raise ValueError(f"{path} was converted from another network")
    return network


def _convert(network: keras.Model, name: str, run: Path, fingerprint: str) -> Network:
    """The network converted to ONNX, and cached; the Keras network where that is impossible."""
    try:
        import onnxruntime  # noqa: F401 (fails before the conversion, which takes seconds)

        content = to_onnx(network, {FINGERPRINT: fingerprint})
        converted = OnnxNetwork(content)
        check_same_outputs(network, converted)
    except Exception as error:  # converters and engines raise many types; Keras is there
        _report_fallback(f"{type(error).__name__}: {error}".strip().splitlines()[0])
        return network
    in_run, in_cache = _cache_folders(run, fingerprint)
    for folder in (in_cache,) if run.parent == runs.SHIPPED else (in_run, in_cache):
        with suppress(OSError):
            path = folder / f"{name}.onnx"
            write_atomically(path, lambda file: file.write(content))
            write_text_atomically(_checksum_file(path), hashlib.sha256(content).hexdigest())
            break
    return converted


def _checksum_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _cache_folders(run: Path, fingerprint: str) -> tuple[Path, Path]:
    """Where converted networks of a run may lie: in the run, and in the user's cache."""
    return run / FOLDER, cache_home() / f"{FOLDER}-{fingerprint[:12]}"


def _open_session(source: str | bytes, threads: int) -> Any:
    import onnxruntime  # optional

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    options.intra_op_num_threads = threads
    # Threads that spin between two queries would slow down the search that follows.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


@cache
def _processors(process: int) -> ThreadPoolExecutor:
    """One thread per processor, for all networks of a process: a fork has none of its parent's."""
    return ThreadPoolExecutor(n_processors(), thread_name_prefix="network")


@cache
def _report_fallback(reason: str) -> None:
    """Print, once per reason, that Keras runs the network."""
    print(
        f"Keras runs the network, which takes longer: {reason}; "
        "ONNX Runtime needs `pip install onnxruntime tf2onnx`",
        file=sys.stderr,
    )
