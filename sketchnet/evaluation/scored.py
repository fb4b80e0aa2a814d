"""What an evaluation of drawings saw, between those who count it and those who draw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sketchnet.data.doodles import Doodles
from sketchnet.inference.doodle_embedder import Predictions
from sketchnet.inference.predict import Use


@dataclass(frozen=True, eq=False)
class Scored:
    """One evaluation of N drawings.

    `answers` of the run to the finished drawings, by the input it looked at (`both`, and where it
    reads both, `picture` and `strokes` alone); `predicted` (N,) the labels told by `both`.
    """

    drawings: Doodles
    answers: Mapping[Use, Predictions]
    predicted: np.ndarray
