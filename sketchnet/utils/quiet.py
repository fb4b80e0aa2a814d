"""Keep TensorFlow's messages about the machine off the screen of the commands.

TensorFlow 2.21 writes a dozen lines about processor instructions and missing graphics cards
straight to file descriptor 2, whatever the log level, and newcomers take them for errors. A command
calls `quiet_tensorflow` before anything imports TensorFlow. Importing sketchnet calls nothing here.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"

MACHINE_NOTES = re.compile(
    rb"WARNING: All log messages before absl::|[IW]\d{4} |To enable the following instructions:"
    rb"|E\d{4} .*failed call to cuInit"  # there is no graphics card
    rb"|E\d{4} .*oneDNN supports DT_"  # the processor has no fast instructions for this type
)
"""Lines that describe the machine and no error."""


def quiet_tensorflow() -> None:
    """Hide TensorFlow's messages about the machine in this process; its errors are still shown.

    Sets `TF_CPP_MIN_LOG_LEVEL` to 2 unless the environment sets it (0 shows everything), and
    installs an import hook that holds back standard error while TensorFlow is imported. Call it
    before TensorFlow is imported; a second call changes nothing.
    """
    if os.environ.setdefault(LOG_LEVEL, "2") == "0" or "tensorflow" in sys.modules:
        return
    if not any(isinstance(finder, _QuietFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _QuietFinder())


@contextmanager
def without_machine_notes() -> Iterator[None]:
    """Hold back standard error inside the block, then write on all lines but `MACHINE_NOTES`."""
    try:
        screen = os.dup(2)
    except OSError:  # a service may run without standard error
        yield
        return
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
            held_back.seek(0)
            os.write(2, b"".join(line for line in held_back if not MACHINE_NOTES.match(line)))


class _QuietFinder(MetaPathFinder):
    """Finds TensorFlow where Python would, and holds back standard error while it is executed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname == "tensorflow" else None
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_quietly(module: ModuleType) -> None:
            with without_machine_notes():
                execute(module)
                _use_once(module)

        spec.loader.exec_module = execute_quietly  # type: ignore[method-assign]
        return spec


def _use_once(tensorflow: Any) -> None:
    """Use TensorFlow once for what it writes a message about at its first use only."""
    tensorflow.config.list_physical_devices()
    # oneDNN reports at its first boolean transposition that the processor lacks AVX-512. A session
    # of its own, without graphics cards, leaves the eager runtime as it is: programs may still
    # choose threads, devices and a distribution strategy. It takes 40 ms.
    with suppress(Exception):
        v1 = tensorflow.compat.v1
        with tensorflow.Graph().as_default() as graph:
            mask = v1.placeholder(tensorflow.bool, (2, 2))
            transposed = v1.transpose(mask)
        settings = v1.ConfigProto(device_count={"GPU": 0})
        with v1.Session(graph=graph, config=settings) as session:
            session.run(transposed, {mask: [[True, False], [True, False]]})
