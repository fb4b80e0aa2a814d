"""Files and folders that are either the old one or the new one, never half."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


def write_atomically(path: Path | str, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then move it into place.

    The data reach the disk before the name does, so that a power cut leaves the old file whole.
    What writers that were killed left behind is cleared away. Raises OSError where the disk is
    full or the folder may only be read; `path` is then as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_away(path)
    handle, name = _part(path)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _part(path: Path) -> tuple[int, str]:
    """A new file beside `path`, locked as long as it is open: a writer is alive."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        if fcntl is None:
            return handle, name
        with suppress(OSError):  # of a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)  # another writer took it for a dead one's before it was locked


def _clear_away(path: Path) -> None:
    """Remove the temporary files for `path` that nobody writes any more."""
    if fcntl is None:
        return
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def write_text_atomically(path: Path | str, text: str) -> None:
    """Write `text` as UTF-8 to `path`, all or nothing."""
    write_atomically(path, lambda file: file.write(text.encode()))


def replace_directory(target: Path | str, staged: Path | str) -> None:
    """Put the finished folder `staged` in the place of `target` (same file system).

    POSIX cannot swap two folders in one step: between the two renames `target` is absent and the
    old one waits as `.<name>.old`, which `recover_directory` puts back.
    """
    target, staged = Path(target), Path(staged)
    old = _old(target)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
        os.replace(target, old)
    os.replace(staged, target)
    shutil.rmtree(old, ignore_errors=True)


def recover_directory(target: Path | str) -> None:
    """Undo a `replace_directory` that was killed between its two renames, or tidy up after one."""
    target = Path(target)
    old = _old(target)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
    elif old.exists():
        os.replace(old, target)


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")
