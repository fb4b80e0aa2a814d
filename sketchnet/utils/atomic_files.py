"""Write files and folders atomically: readers see the old one or the new one, never a part."""

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
    """Fill a temporary file beside `path` by `write`, then rename it to `path`.

    The data are on the disk before the rename, so that a power cut leaves the old file whole.
    Temporary files of killed writers are removed.

    Args:
        path: the file; its folder is created.
        write: called with the open temporary file.

    Raises: OSError where the disk is full or the folder read-only; `path` is then unchanged.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    handle, name = _open_part(path)
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


def _open_part(path: Path) -> tuple[int, str]:
    """A new file beside `path`, locked while it is open, which shows that its writer is alive."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        if fcntl is None:
            return handle, name
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)  # another writer removed it as abandoned before it was locked


def _remove_abandoned(path: Path) -> None:
    """Remove the temporary files for `path` whose writers are gone."""
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
    """Replace the folder `target` by the finished folder `staged` on the same file system.

    POSIX cannot swap two folders in one step: between the two renames `target` is absent and the
    old folder is named `.<name>.old`, from which `recover_directory` restores it.
    """
    target, staged = Path(target), Path(staged)
    old = _old(target)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
        os.replace(target, old)
    os.replace(staged, target)
    shutil.rmtree(old, ignore_errors=True)


def recover_directory(target: Path | str) -> None:
    """Undo a `replace_directory` that was killed between its renames, or remove what it left."""
    target = Path(target)
    old = _old(target)
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
    elif old.exists():
        os.replace(old, target)


def _old(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")
