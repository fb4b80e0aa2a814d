"""Local score of two maps: how well each drawn part matches the photo at nearly the same place.

Each cell of a local map (h, w, c) has a direction, its feature, and a length in 0..1, its weight.
The score is the weighted mean over the query's cells of the best cosine among the key's cells that
are at most `window` cells away. The key's weights are ignored, because a photo shows more than a
person draws. Cells outside a map count as blank: like any zero cell they have cosine 0 with every
cell.

`local_scores` is for training (any backend, all pairs), `local_scores_numpy` for search (few
queries, thousands of keys). Tests compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sketchnet.models.coded_maps import CodedMaps, split

EPSILON = 1e-8  # added to squared lengths
SMALLEST_STEP = 1e-7  # about the least that float16 can tell from 0
BLOCK = 50  # keys at a time: memory for more is returned after each call, and fetched anew


def local_scores(query_maps, key_maps, window: int = 1):
    """Score of every query map with every key map.

    Args:
        query_maps: (Q, h, w, c), cell lengths in 0..1.
        key_maps: (K, h, w, c).
        window: largest offset of a matching cell, 0 or more; (2·window + 1)² shifts are tried.

    Returns:
        (Q, K) float32 in −1..1, 0 for an empty query. Gradients are finite, also at empty maps.
    """
    from keras import ops  # not at the top: a search needs no Keras, which takes seconds to import

    queries = ops.cast(query_maps, "float32")
    keys = ops.cast(key_maps, "float32")
    height, width = queries.shape[1:3]
    query_squares = ops.sum(ops.square(queries), axis=-1)  # (Q, h, w)
    weights = ops.sum(ops.sqrt(query_squares + EPSILON), axis=(1, 2))  # (Q,)
    keys = keys * ops.rsqrt(ops.sum(ops.square(keys), axis=-1, keepdims=True) + EPSILON)
    keys = ops.pad(keys, [(0, 0), (window, window), (window, window), (0, 0)])

    # One product per shift and a running maximum, so that not all pairs of cells are in memory.
    queries = ops.transpose(queries, (1, 2, 0, 3))  # (h, w, Q, c)
    keys = ops.transpose(keys, (1, 2, 3, 0))  # (h + 2·window, w + 2·window, c, K)
    best = None
    for down in range(2 * window + 1):
        for right in range(2 * window + 1):
            shifted = keys[down : down + height, right : right + width]
            products = ops.matmul(queries, shifted)  # (h, w, Q, K): length × cosine
            best = products if best is None else ops.maximum(best, products)
    return ops.sum(best, axis=(0, 1)) / weights[:, None]


def local_scores_numpy(
    query_maps: np.ndarray,
    key_maps: np.ndarray | CodedMaps,
    window: int = 1,
    rows: np.ndarray | None = None,
) -> np.ndarray:
    """Score of a few query maps with many key maps.

    Args:
        query_maps: (Q, h, w, c), or one map (h, w, c); cell lengths in 0..1.
        key_maps: (N, h, w, c), float32, float16 or coded, in memory or memory-mapped; cells of any
            length.
        window: as for `local_scores`.
        rows: (N,) the keys to take; None = all.

    Returns:
        (Q, N) float32, or (N,) for one map.
    """
    if rows is not None and not isinstance(key_maps, CodedMaps):
        key_maps, rows = key_maps[rows], None  # at once: it may be a request to a database
    rows = np.arange(len(key_maps)) if rows is None else rows
    queries = query_maps if query_maps.ndim == 4 else query_maps[None]
    queries = queries.astype(np.float32)
    drawn = _DrawnCells.of(queries, window)
    scores = np.zeros((len(queries), len(rows)), np.float32)
    for start in range(0, len(rows), BLOCK) if len(drawn.query) else ():
        block = slice(start, start + BLOCK)
        scores[:, block] = drawn.sums(key_maps, rows[block])
    scores /= np.sqrt(np.square(queries).sum(-1) + EPSILON).sum(axis=(1, 2))[:, None]
    return scores if query_maps.ndim == 4 else scores[0]


@dataclass(frozen=True)
class _DrawnCells:
    """The cells of the queries that are not blank, sorted by query, and the key cells around them.

    Attributes:
        n_queries: number of queries, Q.
        query: (A,) the query of each cell.
        keys: (U,) the key cells, numbered row by row, that lie in the window of any of them.
        windows: (U, c, S·Q) for each of these key cells the query cells in whose window it is, by
            shift and query; zeros where that is blank.
        places: (A, S) for each query cell where its products are among the U·S·Q; the last place,
            U·S·Q, is that of a key cell outside the map.
    """

    n_queries: int
    query: np.ndarray
    keys: np.ndarray
    windows: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, queries: np.ndarray, window: int) -> _DrawnCells:
        n_queries, height, width, size = queries.shape
        around = _cells_around(height, width, window)
        cells = queries.reshape(n_queries, height * width, size)
        query, cell = np.nonzero(cells.any(axis=-1))
        found = around[cell]  # (A, S) key cells; height·width = outside
        is_used = np.zeros(height * width + 1, bool)
        is_used[found] = True
        is_used[-1] = False
        keys = np.flatnonzero(is_used)
        number = np.full(height * width + 1, len(keys))
        number[keys] = np.arange(len(keys))
        slots = np.arange(around.shape[1]) * n_queries + query[:, None]
        per_key = around.shape[1] * n_queries
        windows = np.zeros((len(keys) + 1, per_key, size), np.float32)
        windows[number[found], slots] = cells[query, cell][:, None]
        is_inside = found < height * width
        places = np.where(is_inside, number[found] * per_key + slots, len(keys) * per_key)
        windows = np.ascontiguousarray(windows[:-1].transpose(0, 2, 1))
        return cls(n_queries, query, keys, windows, places)

    def sums(self, key_maps: np.ndarray | CodedMaps, rows: np.ndarray) -> np.ndarray:
        """Sum over each query's cells of length × best cosine, for n keys: (Q, n)."""
        keys, per_length = self._key_cells(key_maps, rows)
        n, per_key = keys.shape[1], self.windows.shape[2]
        products = np.empty((len(self.keys) * per_key + 1, n), np.float32)
        products[-1] = 0  # outside
        # Both sides as they lie in memory: small products are three times as fast as transposed.
        by_cell = (keys @ self.windows).transpose(0, 2, 1)
        np.multiply(by_cell, per_length[:, None], out=products[:-1].reshape(by_cell.shape))
        best = products.take(self.places[:, 0], axis=0)
        for shift in range(1, self.places.shape[1]):
            np.maximum(best, products.take(self.places[:, shift], axis=0), out=best)
        sums = np.zeros((self.n_queries, n), np.float32)
        present, starts = np.unique(self.query, return_index=True)
        sums[present] = np.add.reduceat(best, starts, axis=0)
        return sums

    def _key_cells(
        self, key_maps: np.ndarray | CodedMaps, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The used cells of n keys, (U, n, c) float32, and 1 / their lengths (U, n)."""
        if isinstance(key_maps, CodedMaps):
            codes, steps = split(key_maps.cells(rows, self.keys))
            keys = codes.astype(np.float32, order="C")
            steps = np.maximum(steps.astype(np.float32), SMALLEST_STEP)
            return keys, 1 / np.sqrt(np.vecdot(keys, keys) + EPSILON / np.square(steps))
        cells = key_maps[rows].reshape(len(rows), -1, key_maps.shape[3])
        used = np.take(cells, self.keys, axis=1).swapaxes(0, 1)
        keys = _to_float32(np.ascontiguousarray(used))
        return keys, 1 / np.sqrt(np.vecdot(keys, keys) + EPSILON)


@lru_cache(maxsize=8)
def _cells_around(height: int, width: int, window: int) -> np.ndarray:
    """For each cell those in its window: (h·w, S) numbers row by row; h·w = outside the map."""
    shifts = np.arange(-window, window + 1)
    down, right = (axis.ravel() for axis in np.meshgrid(shifts, shifts, indexing="ij"))
    y, x = np.divmod(np.arange(height * width)[:, None], width)
    y, x = y + down, x + right
    is_inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    return np.where(is_inside, y * width + x, height * width)


def agreement_map(query_map: np.ndarray, key_map: np.ndarray, window: int = 1) -> np.ndarray:
    """Contribution of each query cell to the local score: its weight × its best cosine.

    Args:
        query_map, key_map: (h, w, c) each.
        window: as for `local_scores`.

    Returns:
        (h, w) float32 in −1..1. Its sum divided by the sum of the cell weights is the local score.
    """
    return _best_products(query_map[None], key_map[None], window)[:, :, 0, 0]


def _best_products(query_maps: np.ndarray, key_maps: np.ndarray, window: int) -> np.ndarray:
    """Length of each query cell × its best cosine in each key: (h, w, Q, N)."""
    n_queries, height, width, size = query_maps.shape
    span = 2 * window + 1
    query = np.zeros((n_queries, height + 2 * window, width + 2 * window, size), np.float32)
    query[:, window : window + height, window : window + width] = query_maps
    # For each cell of a key: the cells of all queries inside its window, (h·w, span²·Q, c).
    windows = np.lib.stride_tricks.sliding_window_view(query, (span, span), axis=(1, 2))
    windows = windows.transpose(1, 2, 4, 5, 0, 3).reshape(height * width, -1, size)

    keys = _to_float32(key_maps)
    lengths = np.sqrt(np.einsum("nhwc,nhwc->hwn", keys, keys) + EPSILON)
    products = windows @ keys.reshape(-1, height * width, size).transpose(1, 2, 0)
    products = products.reshape(height, width, span * span, n_queries, -1)
    products *= (1 / lengths)[:, :, None, None]

    best = np.full((*query.shape[1:3], n_queries, len(keys)), -np.inf, np.float32)
    # The window of a query cell at the border extends beyond the map, where the cosine is 0.
    best[window : window + height, window : window + width] = 0.0
    best[2 * window : height, 2 * window : width] = -np.inf
    for shift in range(span * span):
        down, right = divmod(shift, span)
        region = best[down : down + height, right : right + width]
        np.maximum(region, products[:, :, shift], out=region)
    return best[window : window + height, window : window + width]


def _to_float32(halves: np.ndarray) -> np.ndarray:
    """`halves.astype(np.float32)` for finite numbers, six times as fast as NumPy's conversion.

    A float16 shifted by 13 bits is a float32 whose exponent is 112 too small.
    """
    if halves.dtype != np.float16:
        return halves.astype(np.float32)
    bits = np.ascontiguousarray(halves).view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(~0x70001FFF)  # the shift copied the sign into three more bits
    floats = bits.view(np.float32)
    floats *= np.float32(2.0**112)
    return floats
