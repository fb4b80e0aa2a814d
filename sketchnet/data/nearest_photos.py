"""Which photos look most similar, for hard-negative groups: by small blurred copies."""

from __future__ import annotations

import cv2
import numpy as np

MAX_NEIGHBOURS = 64
_SIDE = 16
_CHUNK = 1024


def nearest_photos(photos: np.ndarray) -> np.ndarray:
    """Find the most similar photos of each photo by the cosine of their 16 x 16 copies.

    The copies are blurred and their mean is removed: outlines and large parts decide.

    Args:
        photos: (N, C, C) or (N, C, C, 3) prepared photos, uint8.

    Returns: (N, min(64, N - 1)) int, positions of the other photos, the most similar first.
    """
    vectors = np.stack([_unit_vector(photo) for photo in photos])
    neighbours = min(MAX_NEIGHBOURS, len(vectors) - 1)
    found = []
    for start in range(0, len(vectors), _CHUNK):
        scores = vectors[start : start + _CHUNK] @ vectors.T
        own = np.arange(len(scores))
        scores[own, start + own] = -np.inf
        found.append(np.argsort(-scores, axis=1, kind="stable")[:, :neighbours])
    return np.concatenate(found)


def _unit_vector(photo: np.ndarray) -> np.ndarray:
    grey = photo if photo.ndim == 2 else photo.mean(axis=2)
    blurred = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), len(grey) / _SIDE / 2)
    vector = cv2.resize(blurred, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).ravel()
    vector -= vector.mean()
    return vector / max(float(np.linalg.norm(vector)), 1e-6)
