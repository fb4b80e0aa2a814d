"""Which categories the page shows for a drawing, so that they settle calmly while it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.metrics.ranking import nearest
from sketchnet.retrieval.suggest import SURE

MARGIN = 0.05
"""By so much the probability of another category must exceed that of the first one to replace it,
and so far the first may fall below `SURE` before the page is not sure any more."""
SHOWN, SHOWN_UNSURE = 5, 3


@dataclass(frozen=True)
class Naming:
    """The categories shown for one drawing.

    Attributes:
        rows: of the categories, the first one being the answer.
        sure: whether the first is given as the answer; otherwise the three likeliest are shown.
    """

    rows: tuple[int, ...]
    sure: bool


def settle(probabilities: np.ndarray, before: Naming | None) -> Naming:
    """Choose the categories to show.

    Args:
        probabilities: (C,) of the drawing as it is now.
        before: what was shown before the last stroke; None at the first.
    """
    rows = nearest(-probabilities, SHOWN).tolist()
    first = rows[0]
    if before is not None:
        previous = before.rows[0]
        if (
            previous < len(probabilities)
            and probabilities[first] - probabilities[previous] < MARGIN
        ):
            first = previous
    needed = SURE - MARGIN if before is not None and before.sure else SURE
    sure = bool(probabilities[first] >= needed)
    others = [row for row in rows if row != first]
    return Naming((first, *others)[: SHOWN if sure else SHOWN_UNSURE], sure)
