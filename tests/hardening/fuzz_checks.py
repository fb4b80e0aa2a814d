"""What the targets of the fuzzer share: seed files, and a check of every drawing read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

MAX_SEED_SIZE = 20_000  # bytes; a mutation of a larger file would mostly hit its bulk data


def seeds(valid: list[bytes], invalid: Iterable[bytes] = ()) -> list[bytes]:
    """The small files among both, about as many valid as invalid ones.

    Valid files are repeated because mutations of an invalid file are mostly refused early.
    """
    small = [content for content in invalid if len(content) <= MAX_SEED_SIZE]
    return [*small, *valid * (1 + len(small) // len(valid))]


def check_drawing(drawing: Any) -> None:
    assert all(np.isfinite(stroke).all() and len(stroke) for stroke in drawing)
