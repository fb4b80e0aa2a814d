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

from functools import lru_cache

import numpy as np

from sketchnet.models.coded_maps import CodedMaps
from sketchnet.utils.compiled import compiled

RERANK_WEIGHT = 0.7  # of the local score in a distance, beside the vectors
EPSILON = 1e-8  # added to squared lengths
BLOCK = 2048  # keys at a time, which bounds the memory
SMALLEST_STEP = 1e-7  # about the least that float16 can tell from 0
_POWERS = 2.0 ** np.maximum(np.arange(-25, 7), -24)  # by the exponent of a float16


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

    Raises ValueError where the maps of both sides differ in size.
    """
    if rows is not None and not isinstance(key_maps, CodedMaps):
        key_maps, rows = key_maps[rows], None  # at once: it may be a request to a database
    rows = np.arange(len(key_maps)) if rows is None else rows
    queries = query_maps if query_maps.ndim == 4 else query_maps[None]
    n_queries, height, width, size = queries.shape
    if key_maps.shape[1:] != queries.shape[1:]:  # compiled code does not check it
        raise ValueError(f"expected maps of one size; received {queries.shape}, {key_maps.shape}")
    queries = _to_float32(queries).reshape(n_queries, height * width, size)
    cells, owner, place, weights = _drawn_cells(queries)
    around = _cells_around(height, width, window)
    sums_of_best = _compiled_sums(size)
    sums = np.empty((n_queries, len(rows)), np.float32)
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        keys, numbers = _keys(key_maps, rows[block])
        sums[:, block] = sums_of_best(keys, numbers, cells, owner, around[place], n_queries)
    scores = sums / weights[:, None]
    return scores if query_maps.ndim == 4 else scores[0]


@compiled()
def _drawn_cells(queries):
    """The cells of the queries (Q, h·w, c) that are not blank (A, c), the query and the place of
    each, and the sum of each query's weights (Q,).
    """
    n_queries, places, size = queries.shape
    cells = np.empty((n_queries * places, size), np.float32)
    owner, place = np.empty((2, n_queries * places), np.int64)
    weights = np.zeros(n_queries, np.float32)
    count = 0
    for q in range(n_queries):
        for p in range(places):
            square = np.float32(0)
            for i in range(size):
                square += queries[q, p, i] * queries[q, p, i]
            weights[q] += np.sqrt(square + EPSILON)
            if square > 0:
                cells[count], owner[count], place[count] = queries[q, p], q, p
                count += 1
    return cells[:count], owner[:count], place[:count], weights


def _keys(key_maps: np.ndarray | CodedMaps, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keys (N, h·w, c), or as they are stored (N, h·w, c + 2), and the numbers of the rows."""
    if isinstance(key_maps, CodedMaps):
        keys, rows = key_maps.located(rows)
    else:
        keys = _to_float32(key_maps[rows[0] : rows[-1] + 1])  # all keys are taken, block by block
        rows = np.arange(len(rows))
    keys = np.asarray(keys)
    return keys.reshape(len(keys), keys.shape[1] * keys.shape[2], keys.shape[-1]), rows


@lru_cache(maxsize=8)
def _compiled_sums(size: int):
    """`sums_of_best` for cells of c = `size` numbers: a constant makes its loops faster."""

    @compiled(reorder_sums=True)
    def sums_of_best(keys, rows, drawn, owner, around, n_queries):
        """Sum over each query's cells of length x best cosine, for n keys: (Q, n) float32.

        Args:
            keys: (N, h·w, c) cells, or (N, h·w, c + 2) as `CodedMaps` stores them.
            rows: (n,) the keys to take.
            drawn: (A, c) float32, the cells of the queries that are not blank.
            owner: (A,) the query of each.
            around: (A, S) the key cells in the window of each; h·w = outside the map.
            n_queries: Q.
        """
        places, is_coded = keys.shape[1], keys.shape[2] > size
        is_near = np.zeros(places + 1, np.bool_)
        for a in range(len(around)):
            for j in range(around.shape[1]):
                is_near[around[a, j]] = True
        key = np.empty((places, size), np.float32)
        per_length = np.empty(places, np.float32)
        sums = np.zeros((n_queries, len(rows)), np.float32)
        for n in range(len(rows)):
            of_photo = keys[rows[n]]
            for cell in range(places):
                if is_near[cell]:
                    squares = np.float32(0)
                    for i in range(size):
                        value = np.float32(of_photo[cell, i])
                        key[cell, i] = value
                        squares += value * value
                    step = 1.0
                    if is_coded:
                        # A float16 that is not negative, from its two bytes.
                        bits = int(of_photo[cell, -2]) & 255 | (int(of_photo[cell, -1]) & 255) << 8
                        exponent, fraction = bits >> 10, bits & 1023
                        whole = fraction + 1024 if exponent else fraction
                        step = max(whole * _POWERS[exponent], SMALLEST_STEP)
                    per_length[cell] = 1 / np.sqrt(squares + EPSILON / (step * step))
            for a in range(len(drawn)):
                best = np.float32(-np.inf)
                for j in range(around.shape[1]):
                    cell = around[a, j]
                    product = np.float32(0)  # with a cell outside the map
                    if cell < places:
                        for i in range(size):
                            product += drawn[a, i] * key[cell, i]
                        product *= per_length[cell]
                    best = max(best, product)
                sums[owner[a], n] += best
        return sums

    return sums_of_best


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
