"""Local maps with four bits a number, a quarter of half precision."""

from __future__ import annotations

import numpy as np

LEVELS = 7  # the numbers of a cell are -7..7 times a factor that cancels: only directions count


def pack_maps(maps: np.ndarray) -> np.ndarray:
    """Pack local maps (N, h, w, c), c even, cell lengths in 0..1: (N, h * w * (c / 2 + 1)) uint8.

    A map is its cells row by row, two numbers a byte, the first in the lower half, each plus 8;
    then the lengths of the cells in 255ths. The directions of the cells keep a cosine of 0.99 with
    what they were (`tests/web/test_maps.py`).
    """
    count, height, width, channels = maps.shape
    if channels % 2:
        raise ValueError(f"expected an even number of channels; received {channels}")
    cells = np.asarray(maps, np.float32).reshape(count, height * width, channels)
    largest = np.abs(cells).max(axis=2, keepdims=True)
    levels = np.rint(cells / np.maximum(largest, 1e-9) * LEVELS).astype(np.int8) + 8
    numbers = levels.astype(np.uint8).reshape(count, -1)
    lengths = np.rint(np.linalg.norm(cells, axis=2).clip(0, 1) * 255).astype(np.uint8)
    return np.concatenate([numbers[:, ::2] | (numbers[:, 1::2] << 4), lengths], axis=1)
