"""Python's own SQLite, whatever was imported before it."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import tensorflow
assert "sqlite3" not in sys.modules
flags = sys.getdlopenflags()
from sketchnet.utils.sqlite import sqlite3
assert sys.getdlopenflags() == flags
sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE words USING fts5(text)")
print(sqlite3.sqlite_version)
"""


def version_of(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
def test_full_text_search_works_after_tensorflow_was_imported():
    assert version_of(PROGRAM) == version_of("import sqlite3; print(sqlite3.sqlite_version)")
