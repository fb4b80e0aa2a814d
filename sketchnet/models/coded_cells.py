"""Local maps for vector engines: cells that carry their place, so that MaxSim is the local score.

An engine compares lists of vectors by MaxSim: the sum over the query's vectors of the largest dot
product with any vector of the photo. It knows no places, whereas a cell may match only those in its
window (`local_scores`). So every cell has its place in code behind its feature:

    query   weighted feature, then 2.5 x weight at its row and at its column
    photo   direction,        then 1 at each row and at each column in whose window it is

A photo cell inside the window adds 5 x weight and at least -1 x weight, one outside at most
(2.5 + 1) x weight. So the largest product is always one inside the window, and MaxSim is the sum of
weight x best cosine, plus 5 x the sum of the weights, which is taken off again. The codes are 0 and
1, exact in float16.

Zeros fill the vectors to a multiple of 32 numbers: engines multiply so many at once, and 92 numbers
one by one at the end would take four times as long as 96 (`python -m tests.benchmarks engine`).

Blank cells, and what lies outside the map, have the feature 0 and differ in their codes alone. What
matters is which query cells see one, and those with the same columns in several rows share one
vector: a rectangle. A photo of 14 x 14 cells has about 110 cells and 6 rectangles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sketchnet.models.local_scores import EPSILON

PLACE = 2.5  # weight of each half of a place; more than 2 separates inside from outside
ALIGNED = 32  # numbers that an engine multiplies at once
DIGITS = 4  # decimals of a query's numbers: they travel as text


class QueryCells(NamedTuple):
    """The drawn cells of a query.

    Attributes:
        vectors: (n, `cell_size`) float32; n may be 0.
        offset: what places add to MaxSim.
        weight: of all cells: (MaxSim - offset) / weight is the local score.
    """

    vectors: np.ndarray
    offset: float
    weight: float


def cell_size(map_shape: Sequence[int]) -> int:
    """Return how many numbers a cell of a map (h, w, c) has with its codes and zeros."""
    return -(-sum(map_shape) // ALIGNED) * ALIGNED


def query_cells(query_map: np.ndarray, digits: int | None = DIGITS) -> QueryCells:
    """Return the cells of a map (h, w, c) of a query.

    Args:
        digits: decimals that are kept, None = all.
    """
    values = query_map.astype(np.float32)
    weights = np.sqrt(np.square(values).sum(-1))
    rows, columns = np.nonzero(weights)
    places = np.zeros((len(rows), sum(values.shape[:2])), np.float32)
    count = np.arange(len(rows))
    for number in (rows, values.shape[0] + columns):
        places[count, number] = PLACE * weights[rows, columns]
    vectors = _aligned(values[rows, columns], places)
    if digits is not None:
        vectors = vectors.round(digits)
    offset = float(vectors[:, values.shape[2] :].sum(dtype=np.float64))
    return QueryCells(vectors, offset, float(np.sqrt(np.square(values).sum(-1) + EPSILON).sum()))


def photo_cells(photo_map: np.ndarray, window: int = 1) -> np.ndarray:
    """Return the cells of a map (h, w, c) of a photo, row by row, then its blank rectangles.

    Returns (n, `cell_size`) float32, n at least 1 where `window` is.
    """
    values = photo_map.astype(np.float32)
    height, width, size = values.shape
    drawn = np.asarray(values.any(axis=-1))
    rows, columns = np.nonzero(drawn)
    features = values[rows, columns] / _lengths(values)[rows, columns, None]
    places = [
        np.abs(here[:, None] - np.arange(side)) <= window
        for here, side in ((rows, height), (columns, width))
    ]
    blank = _blank_rectangles(drawn, window)
    empty = np.zeros((len(blank), size), np.float32)
    return np.concatenate([_aligned(features, *places), _aligned(empty, blank)])


def photo_lengths(photo_map: np.ndarray) -> np.ndarray:
    """Return the lengths of the cells of a map (h, w, c), 0 for a blank one: (h, w) float16."""
    values = photo_map.astype(np.float32)
    return np.where(values.any(axis=-1), _lengths(values), 0).astype(np.float16)


def photo_map(cells: np.ndarray, lengths: np.ndarray, channels: int) -> np.ndarray:
    """Return the map (h, w, c) float16 of `photo_cells` and `photo_lengths`."""
    rows, columns = np.nonzero(lengths)
    found = np.zeros((*lengths.shape, channels), np.float32)
    directions = cells[: len(rows), :channels].astype(np.float32)
    found[rows, columns] = directions * lengths[rows, columns, None].astype(np.float32)
    return found.astype(np.float16)


def _aligned(*parts: np.ndarray) -> np.ndarray:
    """Join parts (n, …) side by side, with zeros behind them."""
    size = cell_size([part.shape[1] for part in parts])
    joined = np.zeros((len(parts[0]), size), np.float32)
    whole = np.concatenate(parts, axis=1)
    joined[:, : whole.shape[1]] = whole
    return joined


def _lengths(values: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(values).sum(-1) + EPSILON)


def _blank_rectangles(drawn: np.ndarray, window: int) -> np.ndarray:
    """Rectangles of the query cells that have a blank cell in their window: (n, h + w) float32."""
    padded = np.pad(~drawn, window, constant_values=True)
    span = (2 * window + 1, 2 * window + 1)
    sees_blank = np.lib.stride_tricks.sliding_window_view(padded, span).any(axis=(2, 3))
    patterns, same = np.unique(sees_blank, axis=0, return_inverse=True)
    of_rows = same.reshape(-1) == np.arange(len(patterns))[:, None]
    kept = patterns.any(axis=1)
    return np.concatenate([of_rows, patterns], axis=1)[kept].astype(np.float32)
