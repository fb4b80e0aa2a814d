"""Distance of unit vectors: the first stage of a search, over all photos of a gallery."""

from __future__ import annotations

import numpy as np

from sketchnet.utils.compiled import compiled


def squared_distances(vectors: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return the squared Euclidean distance of each vector to the nearest of the queries.

    Args:
        vectors: (N, E) float32 of unit length, in memory or memory-mapped.
        queries: (Q, E) of unit length, Q is 1 or more.

    Returns:
        (N,) float32, 0..4.

    Raises ValueError where both differ in length.
    """
    if vectors.shape[1:] != queries.shape[1:] or not len(
        queries
    ):  # compiled code does not check it
        raise ValueError(
            f"expected queries of {vectors.shape[1:]}; received {queries.shape} queries"
        )
    return _squared_distances(np.asarray(vectors), np.ascontiguousarray(queries, np.float32))


@compiled(reorder_sums=True)
def _squared_distances(vectors, queries):
    # |a - b|² = 2 - 2 a·b between unit vectors. Each vector is read once for all queries: reading
    # is what takes the time.
    found = np.empty(len(vectors), np.float32)
    for n in range(len(vectors)):
        largest = np.float32(-1)
        for q in range(len(queries)):
            product = np.float32(0)
            for i in range(vectors.shape[1]):
                product += vectors[n, i] * queries[q, i]
            largest = max(largest, product)
        found[n] = max(np.float32(2) - np.float32(2) * largest, np.float32(0))
    return found
