"""Local maps with eight bits a number and without their blank cells."""

from __future__ import annotations

import numpy as np

STEP = 8  # numbers that the page multiplies at once
LEVELS = 127  # the numbers of a cell are -127..127 times a factor that cancels: directions count
BLANK = 1e-4  # length of a cell; below it, local scores take a cell for blank as well


def stored_channels(channels: int) -> int:
    """The numbers of a cell as they are stored: a multiple of `STEP`, the last ones zero."""
    return -(-channels // STEP) * STEP


def pack_map(local_map: np.ndarray) -> bytes:
    """Pack a local map (h, w, c) with cell lengths in 0..1.

    First one bit for each cell, row by row, the lowest bit of a byte first: 1 where the cell is not
    blank. Then, of these cells, the lengths in 255ths, and the numbers, a signed byte each.
    """
    height, width, channels = local_map.shape
    cells = np.asarray(local_map, np.float32).reshape(height * width, channels)
    cells = np.pad(cells, ((0, 0), (0, stored_channels(channels) - channels)))
    lengths = np.linalg.norm(cells, axis=1)
    present = lengths > BLANK
    cells, lengths = cells[present], lengths[present]
    levels = np.rint(cells * (LEVELS / np.abs(cells).max(axis=1, keepdims=True, initial=BLANK / 8)))
    shares = np.rint(lengths.clip(0, 1) * 255).astype(np.uint8)
    mask = np.packbits(present, bitorder="little")
    return mask.tobytes() + shares.tobytes() + levels.astype(np.int8).tobytes()
