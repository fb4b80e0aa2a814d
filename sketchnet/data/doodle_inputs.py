"""Drawing → what the networks read: one path for training, evaluation and the demo alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from sketchnet.imaging.prepare import canvas_for, centre_view, prepare_sketch, rasterize
from sketchnet.strokes.formats import Drawing, fit, simplify
from sketchnet.strokes.normalization import StrokeNormalization

Query = Drawing | np.ndarray
"""Strokes, or a picture (H, W[, 3]) uint8 that has none."""

# Few lengths, so that a compiled step is compiled few times.
_LENGTHS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


@dataclass(frozen=True)
class DoodleInputs:
    """How a drawing is shown: side of the picture, most points of the sequence, normalisation.

    A run keeps it beside its weights, since these know no other form.
    """

    size: int = 96
    max_points: int = 96
    normalization: StrokeNormalization = field(default_factory=StrokeNormalization)

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values, which `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> DoodleInputs:
        normalization = StrokeNormalization(**found["normalization"])
        size, max_points = int(found["size"]), int(found["max_points"])
        if not (1 <= size <= 512 and 1 <= max_points <= 1000):
            raise ValueError(f"expected sides to 512 and points to 1000; received {found}")
        return cls(size, max_points, normalization)

    def prepared(self, query: Query) -> np.ndarray:
        """The picture on its canvas, (C, C) uint8 with C = canvas_for(size).

        Strokes are taken as tidied: scale and position do not matter, the detail does.
        """
        canvas = canvas_for(self.size)
        if isinstance(query, np.ndarray):
            return prepare_sketch(query, canvas)
        return rasterize(query, canvas)

    def view(self, query: Query) -> np.ndarray:
        """The middle of the picture, (size, size) uint8: what is shown when nothing is random."""
        return centre_view(self.prepared(query), self.size)

    def blank(self) -> np.ndarray:
        """White paper, (size, size) uint8."""
        return np.full((self.size, self.size), 255, np.uint8)

    def strokes(self, query: Query) -> np.ndarray:
        """Rows (n, 3) float32 of normalised stroke-3, n ≤ max_points; a picture has none."""
        if isinstance(query, np.ndarray):
            return np.empty((0, 3), np.float32)
        drawing = fit(query)
        epsilon = 2.0
        while sum(map(len, drawing)) > self.max_points and epsilon < 64:
            epsilon *= 1.5  # coarser, so that the end of a long drawing is not lost
            drawing = simplify(drawing, epsilon)
        return self.normalization.apply(drawing)[: self.max_points]

    def batch(self, queries: Sequence[Query]) -> dict[str, np.ndarray]:
        """The inputs of a batch, nothing random in them; see `stacked`."""
        return self.stacked(
            [self.view(query) for query in queries], [self.strokes(query) for query in queries]
        )

    def stacked(
        self,
        pictures: Sequence[np.ndarray],
        strokes: Sequence[np.ndarray],
        padded_to: int | None = None,
    ) -> dict[str, np.ndarray]:
        """B pictures (size, size) uint8 and B sequences (n, 3) as the arrays that networks take.

        `picture` (B, size, size, 1) float32 in 0 … 255; `strokes` (B, T, 3) float32, padded with
        0 on the right to T = `padded_to`, or else one of a few T; `length` (B,) int32;
        `has_picture` and `has_strokes` (B, 1) float32, 1 where there is anything to see.
        """
        length = np.array([len(rows) for rows in strokes], np.int32)
        padded = np.zeros((len(strokes), padded_to or self.padded_length(length), 3), np.float32)
        for row, sequence in enumerate(strokes):
            padded[row, : len(sequence)] = sequence
        return {
            "picture": np.stack(pictures).astype(np.float32)[..., None],
            "strokes": padded,
            "length": length,
            "has_picture": np.ones((len(pictures), 1), np.float32),
            "has_strokes": (length > 0).astype(np.float32)[:, None],
        }

    def padded_length(self, lengths: np.ndarray) -> int:
        """The T of a batch: its longest sequence, rounded up to one of few lengths."""
        longest = int(lengths.max(initial=0))
        return next((t for t in _LENGTHS if longest <= t < self.max_points), self.max_points)
