"""What an evaluation of drawings saw, between those who count it and those who draw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.drawings import Drawings
from sketchnet.drawing_embedding import Answers
from sketchnet.drawing_gallery import DrawingGallery


@dataclass(frozen=True, eq=False)
class Scored:
    """One evaluation.

    `predicted` (N,) labels at 100 %; `answers` those of the finished drawings; `distances` (N, G)
    to the run's gallery, cut to the evaluated categories, None where it has none of them.
    """

    drawings: Drawings
    answers: Answers
    predicted: np.ndarray
    gallery: DrawingGallery | None
    distances: np.ndarray | None
