"""Checks of the arrays that metrics receive: a NaN must raise, never count as a good result."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def numbers(values: ArrayLike, dims: int) -> np.ndarray:
    """Return `values` as an array with `dims` axes; raises ValueError for NaN or other shapes."""
    values = np.asarray(values)
    if values.ndim != dims:
        raise ValueError(f"expected {dims} axes; received shape {values.shape}")
    if np.issubdtype(values.dtype, np.floating) and np.isnan(values).any():
        raise ValueError(f"expected numbers; received {np.isnan(values).sum()} NaN")
    return values


def nonempty(values: ArrayLike, dims: int = 1) -> np.ndarray:
    """As `numbers`, and raises ValueError where there are none: their mean is not defined."""
    values = numbers(values, dims)
    if not values.size:
        raise ValueError("expected at least one value; received none")
    return values


def same_shape(first: ArrayLike, second: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays of one axis, not empty; raises ValueError where the lengths differ."""
    first, second = nonempty(first), nonempty(second)
    if first.shape != second.shape:
        raise ValueError(f"expected equal shapes; received {first.shape} and {second.shape}")
    return first, second
