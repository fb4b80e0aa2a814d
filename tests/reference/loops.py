"""Reference implementations as Python loops, each written from the definition."""

from __future__ import annotations

import math

import numpy as np


def semi_hard(distances: np.ndarray, positives: np.ndarray) -> dict[tuple[int, int], tuple]:
    """(query, positive key) → (distance of the mined negative, is it farther than the positive)."""
    found = {}
    n_queries, n_keys = distances.shape
    for q in range(n_queries):
        for p in range(n_keys):
            if not positives[q, p]:
                continue
            nearest, farthest = math.inf, -math.inf
            for n in range(n_keys):
                if positives[q, n]:
                    continue
                farthest = max(farthest, distances[q, n])
                if distances[q, n] > distances[q, p]:
                    nearest = min(nearest, distances[q, n])
            if farthest > -math.inf:
                found[q, p] = (nearest, True) if nearest < math.inf else (farthest, False)
    return found


def infonce(
    distances: np.ndarray,
    positives: np.ndarray,
    temperature: float,
    smoothing: float = 0.0,
    weights: np.ndarray | None = None,
) -> dict[tuple[int, int], float]:
    """(query, positive key) → cross-entropy of that positive and the query's negatives.

    The target of the positive is 1 - smoothing plus its share of `smoothing`, which is spread
    evenly over the positive and the negatives. A negative counts as often as its weight says.
    """
    found = {}
    for q, p in zip(*np.nonzero(positives), strict=True):
        keys = [p, *(n for n in range(distances.shape[1]) if not positives[q, n])]
        powers = [math.exp(-distances[q, key] / temperature) for key in keys]
        if weights is not None:
            powers = [powers[0], *(weights[q, n] * powers[i] for i, n in enumerate(keys) if i)]
        target = [smoothing / len(keys)] * len(keys)
        target[0] += 1 - smoothing
        found[int(q), int(p)] = -sum(
            share * math.log(power / sum(powers))
            for share, power in zip(target, powers, strict=True)
        )
    return found


def local_score(query_map: np.ndarray, key_map: np.ndarray, window: int) -> float:
    """Weighted mean of best cosines of two maps (h, w, c); cells outside have cosine 0."""
    height, width, _ = query_map.shape
    total = weights = 0.0
    for y in range(height):
        for x in range(width):
            cell = query_map[y, x].astype(float)
            length = float(np.linalg.norm(cell))
            if length == 0:
                continue
            best = -math.inf
            for v in range(y - window, y + window + 1):
                for u in range(x - window, x + window + 1):
                    cosine = 0.0
                    if 0 <= v < height and 0 <= u < width:
                        other = key_map[v, u].astype(float)
                        size = float(np.linalg.norm(other))
                        if size > 0:
                            cosine = float(cell @ other) / (length * size)
                    best = max(best, cosine)
            total += length * best
            weights += length
    return total / weights if weights else 0.0
