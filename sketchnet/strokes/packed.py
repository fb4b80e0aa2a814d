"""Many drawings in three arrays: small in memory, fast to save and to load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from sketchnet.strokes.formats import Drawing


@dataclass(frozen=True, eq=False)
class PackedDrawings(Sequence[Drawing]):
    """A sequence of drawings, of which indexing gives views without a copy.

    Attributes:
        points: (P, 2) float32, the points of all strokes.
        stroke_ends: (S,) int64, the end of each stroke in `points`.
        drawing_ends: (D,) int64, the end of each drawing in `stroke_ends`.
    """

    points: np.ndarray
    stroke_ends: np.ndarray
    drawing_ends: np.ndarray

    @classmethod
    def of(cls, drawings: Iterable[Drawing | None]) -> PackedDrawings:
        """Pack drawings; None (no strokes) becomes the empty drawing."""
        strokes: list[np.ndarray] = []
        ends = []
        for drawing in drawings:
            strokes.extend(drawing or ())
            ends.append(len(strokes))
        return cls(
            np.concatenate([np.empty((0, 2), np.float32), *strokes]).astype(np.float32, copy=False),
            np.cumsum([len(stroke) for stroke in strokes], dtype=np.int64),
            np.array(ends, np.int64),
        )

    def check(self) -> None:
        """Raise ValueError where the arrays are inconsistent."""
        if self.points.ndim != 2 or self.points.shape[1] != 2:
            raise ValueError(f"expected points (P, 2); received {self.points.shape}")
        for ends, total in (
            (self.stroke_ends, len(self.points)),
            (self.drawing_ends, len(self.stroke_ends)),
        ):
            if ends.dtype.kind not in "iu" or ends.ndim != 1:
                raise ValueError("expected ends as integers")
            steps = np.diff(ends.astype(np.int64), prepend=0)
            if (steps < 0).any() or (int(ends[-1]) if len(ends) else 0) != total:
                raise ValueError("expected ends that rise to the number of points")
        if (np.diff(self.stroke_ends.astype(np.int64), prepend=0) == 0).any():
            raise ValueError("expected strokes of at least one point")

    def __len__(self) -> int:
        return len(self.drawing_ends)

    @overload
    def __getitem__(self, row: int) -> Drawing: ...
    @overload
    def __getitem__(self, row: slice) -> PackedDrawings: ...
    def __getitem__(self, row: int | slice) -> Drawing | PackedDrawings:
        if isinstance(row, slice):
            return self.take(np.arange(len(self))[row])
        row = range(len(self))[row]
        first = self.drawing_ends[row - 1] if row else 0
        ends = self.stroke_ends[first : self.drawing_ends[row]].tolist()
        starts = [int(self.stroke_ends[first - 1]) if first else 0, *ends[:-1]]
        return [self.points[start:end] for start, end in zip(starts, ends, strict=False)]

    @property
    def lengths(self) -> np.ndarray:
        """Points of each drawing: (N,) int."""
        ends = np.concatenate([[0], self.stroke_ends])[np.concatenate([[0], self.drawing_ends])]
        return np.diff(ends)

    def __iter__(self) -> Iterator[Drawing]:
        return (self[row] for row in range(len(self)))

    def take(self, rows: np.ndarray) -> PackedDrawings:
        """A copy of the drawings of `rows`, in their order."""
        return PackedDrawings.of(self[int(row)] for row in rows)
