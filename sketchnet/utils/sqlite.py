"""SQLite as Python was built with it, also after TensorFlow has been imported.

TensorFlow carries a smaller SQLite, without full-text search, and shows its functions to the whole
process: Python's `sqlite3` would use them if it was loaded after TensorFlow. Import it from here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _own_library() -> Iterator[None]:
    """Let a module that is loaded inside use its own library, where the system can (Linux)."""
    if not hasattr(os, "RTLD_DEEPBIND"):
        yield
        return
    flags = sys.getdlopenflags()
    sys.setdlopenflags(flags | os.RTLD_DEEPBIND)
    try:
        yield
    finally:
        sys.setdlopenflags(flags)


with _own_library():
    import sqlite3

__all__ = ["sqlite3"]
