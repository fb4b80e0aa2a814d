"""MaxSim of coded cells is the local score, and photos come back from their cells."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.models.coded_cells import (
    cell_size,
    photo_cells,
    photo_lengths,
    photo_map,
    query_cells,
)
from sketchnet.models.local_scores import local_scores_numpy


def random_maps(rng, shape, blank, count=6):
    """Maps with cells of random length, a share of them blank; the first photo is blank paper."""
    maps = rng.normal(size=(count, *shape)).astype(np.float32)
    maps *= rng.random((count, *shape[:2], 1)) / np.linalg.norm(maps, axis=-1, keepdims=True)
    maps[rng.random((count, *shape[:2])) < blank] = 0
    maps[0] = 0
    return maps.astype(np.float16)


def max_sim(query, photo):
    return max_products(query, photo).sum()


def max_products(query, photo):
    return np.array([max(float(np.dot(a, b)) for b in photo) for a in query])


@pytest.mark.parametrize("blank", [0.0, 0.5, 0.9])
@pytest.mark.parametrize(("shape", "window"), [((5, 4, 6), 1), ((3, 7, 2), 2), ((4, 4, 8), 0)])
def test_max_sim_is_the_local_score(rng, shape, window, blank):
    photos = random_maps(rng, shape, blank)
    drawing = random_maps(rng, shape, 0.4, count=2)[1]
    expected = local_scores_numpy(drawing, photos, window)
    query = query_cells(drawing, digits=None)
    found = [
        (max_sim(query.vectors, photo_cells(photo, window)) - query.offset) / query.weight
        for photo in photos
    ]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    rounded = query_cells(drawing)
    found = [
        (max_sim(rounded.vectors, photo_cells(photo, window)) - rounded.offset) / rounded.weight
        for photo in photos
    ]
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_opposite_neighbours_do_not_lose_to_equal_cells_elsewhere():
    """The hardest case: the cell in the window is the worst possible, the best one is outside."""
    drawing, photo = np.zeros((2, 3, 9, 2), np.float32)
    drawing[1, 1] = (1, 0)
    photo[..., 0] = -1
    photo[:, 5:, 0] = 1
    query = query_cells(drawing, digits=None)
    score = (max_sim(query.vectors, photo_cells(photo)) - query.offset) / query.weight
    assert score == pytest.approx(local_scores_numpy(drawing, photo[None])[0], abs=1e-5)
    assert score < -0.99


def test_blank_cells_share_vectors(rng):
    photo = np.zeros((14, 14, 3), np.float32)
    photo[4:10, 2:12] = rng.normal(size=(6, 10, 3))
    cells = photo_cells(photo)
    assert cells.shape == (60 + 2, cell_size(photo.shape)), "above and below, and both sides"
    assert cells.shape[1] == 32
    assert len(photo_cells(np.zeros((14, 14, 3)))) == 1


def test_an_empty_drawing_has_no_cells():
    assert len(query_cells(np.zeros((3, 3, 2))).vectors) == 0


def test_a_map_comes_back_from_its_cells(rng):
    for photo in random_maps(rng, (5, 4, 6), 0.5):
        again = photo_map(photo_cells(photo), photo_lengths(photo), 6)
        np.testing.assert_allclose(again, photo, atol=5e-4)
