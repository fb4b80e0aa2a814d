"""Local maps in eight bits: half the size of float16, and faster to compare.

Each cell is stored as int8 codes and, in two bytes behind them, the float16 length of one step:
cell = codes * step. The largest code of a cell is 127, so that its direction, which alone counts
for a photo (`local_scores`), keeps its precision however short the cell is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LARGEST = 127
STEP_BYTES = 2  # of a float16


class CodedMaps:
    """N maps (h, w, c), used like an array (N, h, w, c) float16; only indexed rows are read.

    Attributes:
        stored: (N, h, w, c + 2) int8, in memory or memory-mapped.
        dtype: of what indexing returns.
    """

    dtype = np.dtype(np.float16)

    def __init__(self, stored: np.ndarray) -> None:
        if stored.dtype != np.int8 or stored.ndim != 4 or stored.shape[-1] <= STEP_BYTES:
            raise ValueError(f"expected int8 maps; received {stored.dtype} {stored.shape}")
        self.stored = stored

    def __len__(self) -> int:
        return len(self.stored)

    @property
    def ndim(self) -> int:
        return self.stored.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        return (*self.stored.shape[:3], self.stored.shape[3] - STEP_BYTES)

    def __getitem__(self, rows: Any) -> np.ndarray:
        """The maps of these rows, float16."""
        codes, steps = split(self.stored[rows])
        return (codes * steps[..., None].astype(np.float32)).astype(np.float16)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[:].astype(dtype or self.dtype)

    def take(self, rows: Any) -> CodedMaps:
        """The maps of these rows as they are stored."""
        return CodedMaps(self.stored[rows])

    def located(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The stored maps, and where these rows (n,) are among them (elsewhere in a subclass)."""
        return self.stored, rows


def encode_maps(maps: np.ndarray | CodedMaps) -> np.ndarray:
    """Maps (N, h, w, c) as they are stored, (N, h, w, c + 2) int8; what is coded stays as it is.

    Each number changes by at most half a step, 1/254 of the largest number of its cell.
    """
    if isinstance(maps, CodedMaps):
        return np.asarray(maps.stored)
    values = np.asarray(maps, np.float32)
    steps = (np.abs(values).max(axis=-1) / LARGEST).astype(np.float16)
    safe = np.where(steps > 0, steps, 1).astype(np.float32)[..., None]
    codes = np.clip(np.rint(values / safe), -LARGEST, LARGEST).astype(np.int8)
    return np.concatenate([codes, steps[..., None].view(np.int8)], axis=-1)


def split(stored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (..., c) int8 and steps (...) float16."""
    steps = np.ascontiguousarray(stored[..., -STEP_BYTES:]).view(np.float16)[..., 0]
    return stored[..., :-STEP_BYTES], steps
