"""The user's cache directory, also where there is no home directory that can be written."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path


def cache_home() -> Path:
    """Return the user's cache directory, for files that can be computed again.

    It is `sketchnet` in `$XDG_CACHE_HOME` or in `~/.cache`. Where neither can be written, as for a
    service without a home or on a read-only disk, it is a directory of this user in the system's
    temporary directory. The directory exists.
    """
    home = os.path.expanduser("~")  # stays "~" for a user without a home
    bases = [os.environ.get("XDG_CACHE_HOME"), os.path.join(home, ".cache")]
    for base in bases:
        if base and os.path.isabs(base) and is_writable(Path(base) / "sketchnet"):
            return Path(base) / "sketchnet"
    return _temporary_home()


def is_writable(directory: Path) -> bool:
    """Whether files can be created in a directory, which is created where it does not exist."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(directory, os.W_OK | os.X_OK)


@cache
def _temporary_home() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else "user"
    shared = Path(tempfile.gettempdir()) / f"sketchnet-{user}"
    try:
        shared.mkdir(mode=0o700, exist_ok=True)
        state = shared.lstat()
        # Anybody can create a directory of this name: one of another user is not trusted.
        if not shared.is_symlink() and getattr(state, "st_uid", user) == user:
            return shared
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="sketchnet-"))
