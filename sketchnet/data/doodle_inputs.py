"""Turn a doodle into the inputs of the networks: the same way in training, evaluation and demo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from sketchnet.imaging.prepare import canvas_for, centre_view, prepare_sketch, rasterize
from sketchnet.strokes.formats import Drawing, fit, simplify
from sketchnet.strokes.normalization import StrokeNormalization

StrokesOrPicture = Drawing | np.ndarray
"""A doodle: its strokes, or a picture (H, W[, 3]) uint8 whose strokes are unknown."""

# Padded sequences have one of these lengths, so that few graphs are compiled.
_LENGTHS = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


@dataclass(frozen=True)
class DoodleInputs:
    """Input specification of a doodle network; a run saves it beside its weights.

    Attributes:
        size: side of the square picture in pixels.
        max_points: greatest length of the stroke sequence.
        normalization: of the offsets in the stroke sequence.
    """

    size: int = 96
    max_points: int = 96
    normalization: StrokeNormalization = field(default_factory=StrokeNormalization)

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values, which `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> DoodleInputs:
        """Read what `to_json` gave; raises ValueError for values out of range."""
        normalization = StrokeNormalization(**found["normalization"])
        size, max_points = int(found["size"]), int(found["max_points"])
        if not (1 <= size <= 512 and 1 <= max_points <= 1000):
            raise ValueError(f"expected sides to 512 and points to 1000; received {found}")
        return cls(size, max_points, normalization)

    def prepared(self, doodle: StrokesOrPicture) -> np.ndarray:
        """Rasterize or prepare on the canvas: (C, C) uint8 with C = canvas_for(size).

        Strokes must be simplified as by `tidy`; their scale and position do not matter.
        """
        canvas = canvas_for(self.size)
        if isinstance(doodle, np.ndarray):
            return prepare_sketch(doodle, canvas)
        return rasterize(doodle, canvas)

    def view(self, doodle: StrokesOrPicture) -> np.ndarray:
        """The centre of the canvas, which is shown outside training: (size, size) uint8."""
        return centre_view(self.prepared(doodle), self.size)

    def blank(self) -> np.ndarray:
        """White paper, (size, size) uint8."""
        return np.full((self.size, self.size), 255, np.uint8)

    def strokes(self, doodle: StrokesOrPicture) -> np.ndarray:
        """Normalised stroke-3 rows: (n, 3) float32 with n ≤ max_points; none for a picture.

        Longer drawings are simplified more, so that their end is not cut off.
        """
        if isinstance(doodle, np.ndarray):
            return np.empty((0, 3), np.float32)
        drawing = fit(doodle)
        epsilon = 2.0
        while sum(map(len, drawing)) > self.max_points and epsilon < 64:
            epsilon *= 1.5
            drawing = simplify(drawing, epsilon)
        return self.normalization.apply(drawing)[: self.max_points]

    def batch(self, doodles: Sequence[StrokesOrPicture]) -> dict[str, np.ndarray]:
        """The inputs of a batch without any augmentation; see `stacked`."""
        return self.stacked(
            [self.view(doodle) for doodle in doodles], [self.strokes(doodle) for doodle in doodles]
        )

    def stacked(
        self,
        pictures: Sequence[np.ndarray],
        strokes: Sequence[np.ndarray],
        padded_to: int | None = None,
    ) -> dict[str, np.ndarray]:
        """Stack pictures and stroke sequences as the arrays that the networks read.

        Args:
            pictures: B arrays (size, size) uint8.
            strokes: B arrays (n, 3).
            padded_to: T, the length of the padded sequences; None takes `padded_length`.

        Returns: `picture` (B, size, size, 1) float32 in 0 … 255; `strokes` (B, T, 3) float32,
            padded with 0 on the right; `length` (B,) int32; `has_picture` and `has_strokes` (B, 1)
            float32, 1 where that input is present.
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
        """The length to pad a batch to: its longest sequence, rounded up to one of few lengths."""
        longest = int(lengths.max(initial=0))
        return next((t for t in _LENGTHS if longest <= t < self.max_points), self.max_points)
