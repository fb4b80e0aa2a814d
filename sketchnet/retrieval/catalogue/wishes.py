"""Wishes beside the drawing: words and colours that bring photos to the front, and their mix.

Each part gives a photo a score 0..1, which counts like a similarity: the distance of the mix is
(d + TEXT_WEIGHT * 2 * (1 - text) + COLOUR_WEIGHT * 2 * (1 - colour)) / (sum of the weights in use),
with the distance d of the drawing (`Ranker`) and weight 1. Without a drawing d is 0, and its weight
too.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sketchnet.retrieval.catalogue.catalogue import Catalogue
from sketchnet.retrieval.catalogue.filters import WishedColour
from sketchnet.retrieval.catalogue.text import text_scores

TEXT_WEIGHT = 1.0
COLOUR_WEIGHT = 0.25  # docs/experiments.md, "Wished colours"
ENOUGH = 0.35  # share of the body from which on there is no more of a wished colour to wish for

_PAINTED = 0.02  # share of a painting that one colour must cover
_OPAQUE = 128


def added_distances(
    catalogue: Catalogue, text: str = "", colours: Sequence[WishedColour] = ()
) -> tuple[np.ndarray | None, float]:
    """Return what wishes add to the distances of all photos, (N,) float32, and their weights' sum.

    None where nothing is wished.
    """
    added = np.zeros(len(catalogue), np.float32)
    weight = 0.0
    if text:
        added += TEXT_WEIGHT * 2 * (1 - text_scores(catalogue, text))
        weight += TEXT_WEIGHT
    if colours:
        added += COLOUR_WEIGHT * 2 * (1 - colour_scores(catalogue, colours))
        weight += COLOUR_WEIGHT
    return (added, weight) if weight else (None, 0.0)


def colour_scores(catalogue: Catalogue, colours: Sequence[WishedColour]) -> np.ndarray:
    """Return how well each photo fits the wished colours: the mean over the wishes, (N,) 0..1.

    A wish is met where a third of the body, or of the place, has the colour (shade and light change
    the rest); of several without a place, where each has its part.
    """
    anywhere = sum(wish.place is None for wish in colours)
    scores = np.zeros(len(catalogue), np.float32)
    for wish in colours:
        enough = ENOUGH / anywhere if wish.place is None else ENOUGH
        scores += np.minimum(catalogue.share_of(wish) / enough, 1)
    return scores / len(colours)


def painted_areas(painting: np.ndarray, box: tuple[int, int, int, int]) -> tuple[WishedColour, ...]:
    """Return what a painting over a drawing wishes for: one colour at one place each.

    Args:
        painting: (H, W, 4) uint8 RGBA, transparent where nothing is painted.
        box: left, top, width, height of the drawing in it, in pixels.
    """
    left, top, width, height = box
    solid = painting[..., 3] >= _OPAQUE
    cells = painting[..., :3] // 16  # shades of one colour are one
    wishes = []
    for shade in np.unique(cells[solid], axis=0):
        mask = (solid & (cells == shade).all(axis=2)).astype(np.uint8)
        count, labels, found, _ = cv2.connectedComponentsWithStats(mask)
        for number in range(1, count):
            x, y, wide, high, pixels = found[number]
            if pixels < _PAINTED * width * height:
                continue
            colour = np.median(painting[labels == number][:, :3], axis=0)
            sides = np.array([x - left, y - top, x + wide - left, y + high - top], float)
            place = np.clip(sides / [width, height, width, height], 0, 1)
            if place[0] < place[2] and place[1] < place[3]:
                red, green, blue = map(int, colour)
                corners = tuple(map(float, place))
                wishes.append(WishedColour((red, green, blue), place=corners))  # type: ignore[arg-type]
    return tuple(wishes)
