"""A file that somebody sent: it is read once, and removed."""

from __future__ import annotations

from pathlib import Path

from sketchnet.utils.errors import InputError


def taken(file: str) -> bytes:
    """The content of an uploaded file, which is gone afterwards.

    Raises InputError where it is gone already: Gradio keeps one copy of what two people send under
    one name.
    """
    path = Path(file)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            "the uploaded picture",
            "none, another visitor's copy of it was removed just now",
            "send it again",
        ) from None
    finally:
        path.unlink(missing_ok=True)
