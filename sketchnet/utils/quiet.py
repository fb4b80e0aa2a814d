"""TensorFlow's notes about the machine, kept off the screen; its errors stay.

While it is imported its C++ parts write a dozen lines about processors and missing graphics cards
straight to file descriptor 2, whatever the log level (TensorFlow 2.21), and a newcomer takes them
for errors. So that descriptor is a file for the length of the import, and what is no such note is
written on afterwards. `TF_CPP_MIN_LOG_LEVEL=0` in the environment shows everything.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

LEVEL = "TF_CPP_MIN_LOG_LEVEL"

NOTES = re.compile(
    rb"WARNING: All log messages before absl::|[IW]\d{4} |To enable the following instructions:"
    rb"|E\d{4} .*failed call to cuInit"  # there is no graphics card
)


def install() -> None:
    """From now on an import of TensorFlow is quiet, unless the environment asks for all it says."""
    if os.environ.setdefault(LEVEL, "2") != "0" and "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _QuietFinder())


@contextmanager
def without_notes() -> Iterator[None]:
    """Inside, standard error is kept back; on the way out all but `NOTES` is written to it."""
    try:
        screen = os.dup(2)
    except OSError:  # a service may have none
        yield
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)
            kept.seek(0)
            os.write(2, b"".join(line for line in kept if not NOTES.match(line)))


class _QuietFinder(MetaPathFinder):
    """Finds TensorFlow as ever, and has it loaded quietly."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname == "tensorflow" else None
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def quietly(module: ModuleType) -> None:
            with without_notes():
                load(module)
                # It looks for graphics cards when it is first used, and has notes on that too.
                module.config.list_physical_devices()

        spec.loader.exec_module = quietly  # type: ignore[method-assign]
        return spec
