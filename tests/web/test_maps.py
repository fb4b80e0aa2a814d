"""Local maps as the page receives them, decoded by a loop of this test."""

from __future__ import annotations

import numpy as np

from sketchnet.models.local_scores import local_scores_numpy
from sketchnet.web.maps import pack_map, stored_channels


def unpacked(content: bytes, shape: tuple[int, int, int]) -> np.ndarray:
    """The map of `pack_map`, read byte by byte as its description says."""
    cells, channels = shape[0] * shape[1], shape[2]
    present = [content[cell // 8] >> (cell % 8) & 1 for cell in range(cells)]
    at = -(-cells // 8)
    found, count = np.zeros((cells, channels), np.float32), sum(present)
    for place, cell in enumerate(np.flatnonzero(present)):
        start = at + count + place * channels
        levels = np.frombuffer(content[start : start + channels], np.int8).astype(np.float32)
        found[cell] = levels / np.linalg.norm(levels) * content[at + place] / 255
    assert len(content) == at + count * (1 + channels)
    return found.reshape(shape)


def random_maps(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(count, 5, 5, 8)).astype(np.float32)
    lengths = rng.uniform(0, 1, (count, 5, 5, 1)) * (rng.random((count, 5, 5, 1)) > 0.4)
    return maps / np.linalg.norm(maps, axis=-1, keepdims=True) * lengths


def test_directions_and_lengths_survive():
    for given in random_maps(4):
        found = unpacked(pack_map(given), given.shape)
        lengths = np.linalg.norm(given, axis=-1)
        np.testing.assert_allclose(np.linalg.norm(found, axis=-1), lengths, atol=0.5 / 255 + 1e-6)
        present = lengths > 0.01
        cosines = np.einsum("ijk,ijk->ij", given, found)[present] / np.maximum(
            np.linalg.norm(found, axis=-1)[present] * lengths[present], 1e-9
        )
        assert cosines.min() > 0.9999


def test_blank_cells_take_no_room():
    blank = np.zeros((5, 5, 8), np.float32)
    assert len(pack_map(blank)) == 4
    blank[2, 3, 0] = 1
    assert len(pack_map(blank)) == 4 + 1 + 8


def test_cells_are_filled_up_with_zeros_to_numbers_that_are_multiplied_at_once():
    (given,) = random_maps(1)
    narrow, whole = pack_map(given[..., :6]), pack_map(given)
    assert [stored_channels(channels) for channels in (1, 6, 8, 9)] == [8, 8, 8, 16]
    assert len(narrow) == len(whole)
    found = unpacked(narrow, given.shape)
    np.testing.assert_allclose(found[..., :6], given[..., :6], atol=0.02)
    assert not found[..., 6:].any()


def test_local_scores_hardly_change():
    queries, keys = random_maps(6)[:2], random_maps(6)[2:]
    packed = np.stack([unpacked(pack_map(key), key.shape) for key in keys])
    given, found = local_scores_numpy(queries, keys), local_scores_numpy(queries, packed)
    np.testing.assert_allclose(found, given, atol=0.003)
