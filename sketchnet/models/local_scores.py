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

import numpy as np

EPSILON = 1e-8  # added to squared lengths
BLOCK = 64  # keys at a time, as many as fit into the processor's cache


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


def local_scores_numpy(query_maps: np.ndarray, key_maps: np.ndarray, window: int = 1) -> np.ndarray:
    """Score of a few query maps with many key maps.

    Args:
        query_maps: (Q, h, w, c), or one map (h, w, c); cell lengths in 0..1.
        key_maps: (N, h, w, c), float32 or float16, in memory or memory-mapped; cells of any length.
        window: as for `local_scores`.

    Returns:
        (Q, N) float32, or (N,) for one map.
    """
    queries = query_maps if query_maps.ndim == 4 else query_maps[None]
    weights = np.sqrt(np.square(queries, dtype=np.float32).sum(-1) + EPSILON).sum(axis=(1, 2))
    sums = [
        _best_products(queries, key_maps[start : start + BLOCK], window).sum(axis=(0, 1))
        for start in range(0, len(key_maps), BLOCK)
    ]
    no_keys = np.empty((len(queries), 0), np.float32)
    scores = np.concatenate([no_keys, *sums], axis=1) / weights[:, None]
    return scores if query_maps.ndim == 4 else scores[0]


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
