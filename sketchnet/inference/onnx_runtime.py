"""The networks of a run as ONNX Runtime runs them: sooner per query, and without TensorFlow.

They are made from the run's Keras file at the first use (some seconds, once), taken only after a
check that both answer alike, and kept in the run; those of a run that ships or may only be read, in
the user's cache. Where they cannot be made, Keras answers.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sketchnet import runs
from sketchnet.inference.convert import subnetwork, subnetworks_of, to_onnx
from sketchnet.inference.predict import Network
from sketchnet.utils.atomic_files import write_atomically, write_text_atomically

if TYPE_CHECKING:
    import keras

FOLDER = "onnx"
EXACT = 1e-4  # the farthest that any output may lie from Keras's
FINGERPRINT = "fingerprint"


class OnnxNetwork:
    """A network that ONNX Runtime runs; many threads may ask it at once."""

    def __init__(self, source: Path | bytes) -> None:
        """Load an ONNX file. Raises ImportError without ONNX Runtime, and what that may raise."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        # By itself it would take all of the machine's, also those that this process must not use.
        options.intra_op_num_threads = _processors()
        # Threads that spin between two queries would take the processors from the search that
        # follows, and from everybody else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        content = source if isinstance(source, bytes) else str(source)
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        self.inputs = self._session.get_inputs()
        self.output = {output.name: output for output in self._session.get_outputs()}
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.fingerprint = metadata.get(FINGERPRINT, "")

    def predict_on_batch(self, x: Any) -> dict[str, np.ndarray]:
        given = x if isinstance(x, Mapping) else {self.inputs[0].name: x}
        names = list(self.output)
        return dict(zip(names, self._session.run(names, given), strict=True))


def open_networks(run: Path) -> dict[str, Network]:
    """The networks of a run by the names of `subnetworks_of`, each by the fastest engine that is right.

    Raises InputError where the run has no network that can be loaded.
    """
    fingerprint = runs.fingerprint(run)
    names = subnetworks_of(runs.config_of(run))
    for folder in _folders(run, fingerprint):
        # Nothing kept there, an older network's or a damaged file: look on, at last make it anew.
        with suppress(Exception):
            return {name: _kept(folder / f"{name}.onnx", fingerprint) for name in names}
    from sketchnet.models import saving

    whole = saving.load_model(run)
    return {name: _made(subnetwork(whole, name), name, run, fingerprint) for name in names}


def _kept(path: Path, fingerprint: str) -> OnnxNetwork:
    content = path.read_bytes()
    if _checksum_file(path).read_text() != hashlib.sha256(content).hexdigest():
        raise ValueError(f"{path} is not what was written")
    network = OnnxNetwork(content)
    if network.fingerprint != fingerprint:
        raise ValueError(f"{path} was made from another network")
    return network


def _made(network: keras.Model, name: str, run: Path, fingerprint: str) -> Network:
    try:
        import onnxruntime  # noqa: F401 (before the seconds that the conversion takes)

        content = to_onnx(network, {FINGERPRINT: fingerprint})
        made = OnnxNetwork(content)
        check_alike(network, made)
    except Exception as error:  # whatever the converters and engines may throw, Keras is there
        _tell(f"{type(error).__name__}: {error}".strip().splitlines()[0])
        return network
    own, cached = _folders(run, fingerprint)
    for folder in (cached,) if run.parent == runs.SHIPPED else (own, cached):
        with suppress(OSError):
            path = folder / f"{name}.onnx"
            write_atomically(path, lambda file: file.write(content))
            write_text_atomically(_checksum_file(path), hashlib.sha256(content).hexdigest())
            break
    return made


def _checksum_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def check_alike(network: keras.Model, other: OnnxNetwork) -> None:
    """Ask both the same; raises ValueError where an output differs by more than 1e-4."""
    rng = np.random.default_rng(0)
    batch = {}
    for tensor in network.inputs:
        shape = [3, *(size or 8 for size in tensor.shape[1:])]
        if str(tensor.dtype).startswith("int"):
            batch[tensor.name] = rng.integers(0, 9, shape).astype(np.int32)
        else:
            largest = 255 if len(shape) == 4 else 1  # pictures, and what is of the order 1
            batch[tensor.name] = (largest * rng.random(shape)).astype(np.float32)
    found = other.predict_on_batch(batch)
    given: Any = batch if isinstance(network.input, dict) else next(iter(batch.values()))
    for name, expected in network.predict_on_batch(given).items():
        if not np.allclose(found[name], expected, rtol=0, atol=EXACT, equal_nan=True):
            off = np.abs(found[name] - expected).max()
            raise ValueError(f"{name} is {off:.1g} off")


def _folders(run: Path, fingerprint: str) -> tuple[Path, Path]:
    """Where the served form of a run may lie: in the run, and in the user's cache."""
    return run / FOLDER, runs.cache_home() / f"{FOLDER}-{fingerprint[:12]}"


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _tell(reason: str) -> None:
    """Say once that the slower engine serves, and why."""
    print(
        f"served by Keras, which takes longer: {reason}; "
        "ONNX Runtime needs `pip install onnxruntime tf2onnx`",
        file=sys.stderr,
    )
