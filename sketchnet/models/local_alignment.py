"""Local score of two maps: does each drawn part find its like at nearly the same place?

A map (h, w, c) holds in each cell a direction (the feature) and a length in 0..1 (how much the
cell counts). The score is the mean over the query's cells, weighted by their lengths, of the best
cosine among the key's cells at most `window` cells away. The key's lengths take no part: a photo
shows more than a person draws, and must not lose for it. Outside a map is blank paper, which like
any zero cell has cosine 0 with everything.

`local_scores` serves training (any backend, all pairs), `local_scores_numpy` serves search (few
queries, thousands of keys); tests hold them equal.
"""

from __future__ import annotations

import numpy as np

TINY_SQUARE = 1e-8
# Keys at a time: as many as the cache holds.
BLOCK = 64


def local_scores(query_maps, key_maps, window: int = 1):
    """Score of every query map with every key map.

    Args:
        query_maps: (Q, h, w, c), cell lengths in 0..1.
        key_maps: (K, h, w, c).
        window: cells that a part may lie off, 0 or more; (2·window + 1)² shifts are tried.

    Returns:
        (Q, K) float32 in −1..1, 0 for an empty query. Gradients are finite, at empty maps too.
    """
    from keras import ops  # here: to search takes seconds to start where Keras comes along

    queries = ops.cast(query_maps, "float32")
    keys = ops.cast(key_maps, "float32")
    height, width = queries.shape[1:3]
    query_squares = ops.sum(ops.square(queries), axis=-1)  # (Q, h, w)
    weights = ops.sum(ops.sqrt(query_squares + TINY_SQUARE), axis=(1, 2))  # (Q,)
    keys = keys * ops.rsqrt(ops.sum(ops.square(keys), axis=-1, keepdims=True) + TINY_SQUARE)
    keys = ops.pad(keys, [(0, 0), (window, window), (window, window), (0, 0)])

    # One product per shift with a running maximum: never all pairs of cells at once.
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
    """Score of query maps (Q, h, w, c) with many key maps (N, h, w, c) → (Q, N) float32.

    One query (h, w, c) gives (N,). Keys may be float16, memory-mapped or of any per-cell scale:
    only their directions count.
    """
    queries = query_maps if query_maps.ndim == 4 else query_maps[None]
    weights = np.sqrt(np.square(queries, dtype=np.float32).sum(-1) + TINY_SQUARE).sum(axis=(1, 2))
    sums = [
        _best_products(queries, key_maps[start : start + BLOCK], window).sum(axis=(0, 1))
        for start in range(0, len(key_maps), BLOCK)
    ]
    nothing = np.empty((len(queries), 0), np.float32)
    scores = np.concatenate([nothing, *sums], axis=1) / weights[:, None]
    return scores if query_maps.ndim == 4 else scores[0]


def agreement_map(query_map: np.ndarray, key_map: np.ndarray, window: int = 1) -> np.ndarray:
    """Where the two agree: (h, w, c) twice → (h, w) float32, cell weight × best cosine, −1..1.

    Its sum over the sum of the cell weights is the local score.
    """
    return _best_products(query_map[None], key_map[None], window)[:, :, 0, 0]


def _best_products(query_maps: np.ndarray, key_maps: np.ndarray, window: int) -> np.ndarray:
    """Each query cell's length × its best cosine in each key: (h, w, Q, N)."""
    n_queries, height, width, size = query_maps.shape
    span = 2 * window + 1
    query = np.zeros((n_queries, height + 2 * window, width + 2 * window, size), np.float32)
    query[:, window : window + height, window : window + width] = query_maps
    # Seen from a key's cell: the cells in reach of all queries, (h·w, span²·Q, c).
    reach = np.lib.stride_tricks.sliding_window_view(query, (span, span), axis=(1, 2))
    reach = reach.transpose(1, 2, 4, 5, 0, 3).reshape(height * width, -1, size)

    keys = _widened(key_maps)
    lengths = np.sqrt(np.einsum("nhwc,nhwc->hwn", keys, keys) + TINY_SQUARE)
    products = reach @ keys.reshape(-1, height * width, size).transpose(1, 2, 0)
    products = products.reshape(height, width, span * span, n_queries, -1)
    products *= (1 / lengths)[:, :, None, None]

    best = np.full((*query.shape[1:3], n_queries, len(keys)), -np.inf, np.float32)
    # Query cells near the border reach beyond it, where blank paper has cosine 0.
    best[window : window + height, window : window + width] = 0.0
    best[2 * window : height, 2 * window : width] = -np.inf
    for shift in range(span * span):
        down, right = divmod(shift, span)
        region = best[down : down + height, right : right + width]
        np.maximum(region, products[:, :, shift], out=region)
    return best[window : window + height, window : window + width]


def _widened(halves: np.ndarray) -> np.ndarray:
    """`halves.astype(np.float32)` of finite numbers, six times as fast as NumPy's own.

    A float16 moved up by 13 bits is a float32 whose exponent is 112 too small.
    """
    if halves.dtype != np.float16:
        return halves.astype(np.float32)
    bits = np.ascontiguousarray(halves).view(np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(~0x70001FFF)  # the sign went along into three more bits
    wide = bits.view(np.float32)
    wide *= np.float32(2.0**112)
    return wide
