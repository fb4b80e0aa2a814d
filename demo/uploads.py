"""Uploaded files: each is read once and removed from the disk."""

from __future__ import annotations

from pathlib import Path

from sketchnet.utils.errors import InputError


def read_upload(file: str) -> bytes:
    """Return the content of an uploaded file and remove the file.

    Raises InputError where it was removed already: Gradio stores one copy of what two visitors
    upload under one name.
    """
    path = Path(file)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            "the uploaded picture",
            "none, the same file of another visitor was removed just now",
            "upload it again",
        ) from None
    finally:
        path.unlink(missing_ok=True)
