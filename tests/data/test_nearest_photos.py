"""Similar photos by their small blurred copies."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.data.nearest_photos import MAX_NEIGHBOURS, nearest_photos


def two_kinds(side: int = 64) -> np.ndarray:
    """Four photos with a bar on the left, four with one at the bottom, each a little moved."""
    photos = np.full((8, side, side), 255, np.uint8)
    for i in range(4):
        photos[i, 8:-8, 8 + 2 * i : 16 + 2 * i] = 0
        photos[4 + i, -20 + 2 * i : -12 + 2 * i, 8:-8] = 0
    return photos


@pytest.mark.parametrize("colour", [False, True])
def test_photos_of_one_kind_are_nearest(colour):
    photos = np.repeat(two_kinds()[..., None], 3, axis=-1) if colour else two_kinds()
    nearest = nearest_photos(photos)
    assert nearest.shape == (8, 7)
    kind = np.arange(8) // 4
    assert (kind[nearest[:, :3]] == kind[:, None]).all()
    assert not (nearest == np.arange(8)[:, None]).any(), "a photo is not its own neighbour"


def test_neighbours_of_many_photos_are_those_of_all_distances(rng):
    """More than a chunk, against the whole matrix of distances between the copies."""
    heights = rng.integers(4, 28, 1100)
    photos = np.full((1100, 32, 32), 255, np.uint8)
    for photo, height in zip(photos, heights, strict=True):
        photo[-height:, 8:24] = 0
    nearest = nearest_photos(photos)
    assert nearest.shape == (1100, MAX_NEIGHBOURS)
    gaps = np.abs(heights[nearest[:, 0]] - heights)
    assert gaps.max() == 0, "among 1,100 photos of 24 heights each has a twin"


def test_blank_and_few_photos_have_neighbours_too():
    assert nearest_photos(np.full((3, 32, 32), 255, np.uint8)).shape == (3, 2)
    assert nearest_photos(np.zeros((1, 32, 32), np.uint8)).shape == (1, 0)
