"""Confidence intervals by the bootstrap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sketchnet.metrics.checks import nonempty

DRAWS_AT_ONCE = 4_000_000  # bootstrap draws held in memory together (32 MB)


def bootstrap_interval(
    values: ArrayLike,
    *,
    groups: Sequence[int] | np.ndarray | None = None,
    seed: int = 0,
    repeats: int = 2000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a mean (Efron and Tibshirani, 1993).

    Values of one group, such as three sketches of one shoe or the triplets of one sketch, are
    correlated. Groups are therefore resampled whole; treated as independent, the values would give
    too narrow an interval.

    Args:
        values: (N,), one number per query or triplet.
        groups: (N,) int, the group of each value; None = each value is its own group.
        seed: seed of the resampling.
        repeats: number of bootstrap samples.
        level: probability that the interval covers.

    Returns:
        Lower and upper end.
    """
    values = nonempty(values)
    group_of = np.arange(len(values)) if groups is None else np.asarray(groups)
    if group_of.shape != values.shape:
        raise ValueError(f"expected one group per value; received {group_of.shape}")
    _, group_of = np.unique(group_of, return_inverse=True)
    totals, counts = np.bincount(group_of, values), np.bincount(group_of)

    rng = np.random.default_rng(seed)
    at_once = max(1, DRAWS_AT_ONCE // len(totals))
    means = []
    for done in range(0, repeats, at_once):
        drawn = rng.integers(len(totals), size=(min(at_once, repeats - done), len(totals)))
        means.append(totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(np.concatenate(means), [tail, 100 - tail])
    return float(low), float(high)
