"""Maps in eight bits: near to what was encoded, used like an array, scored like float16."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.models.coded_maps import CodedMaps, encode_maps, split
from sketchnet.models.local_scores import local_scores_numpy


@pytest.fixture
def maps() -> np.ndarray:
    rng = np.random.default_rng(3)
    maps = rng.normal(size=(150, 5, 4, 16)) * rng.uniform(0.01, 0.3, (150, 5, 4, 1))
    maps[rng.random((150, 5, 4)) < 0.4] = 0
    return maps.astype(np.float16)


def test_every_number_is_within_half_a_step_and_blank_cells_stay_blank(maps):
    coded = CodedMaps(encode_maps(maps))
    assert (coded.shape, coded.dtype, len(coded)) == (maps.shape, np.float16, 150)
    largest = np.abs(maps.astype(np.float32)).max(axis=-1, keepdims=True)
    error = np.abs(np.asarray(coded, np.float32) - maps.astype(np.float32))
    assert (error <= largest * (1 / 254 + 2e-3)).all()
    assert not np.asarray(coded)[largest[..., 0] == 0].any()
    np.testing.assert_array_equal(coded[[3, 7]], np.asarray(coded)[[3, 7]])
    np.testing.assert_array_equal(coded[3], np.asarray(coded)[3])


def test_what_is_coded_is_not_coded_a_second_time(maps):
    coded = CodedMaps(encode_maps(maps))
    np.testing.assert_array_equal(encode_maps(coded.take([4, 2])), coded.stored[[4, 2]])


def test_scores_are_those_of_what_is_stored_and_near_those_of_float16(maps):
    queries = maps[:2].astype(np.float32)
    queries /= np.maximum(1, np.linalg.norm(queries, axis=-1, keepdims=True))
    coded = CodedMaps(encode_maps(maps))
    found = local_scores_numpy(queries, coded)
    np.testing.assert_allclose(found, local_scores_numpy(queries, np.asarray(coded)), atol=1e-3)
    np.testing.assert_allclose(found, local_scores_numpy(queries, maps), atol=5e-3)


@pytest.mark.parametrize("wrong", [np.zeros((2, 3, 3, 8)), np.zeros((2, 8), np.int8)])
def test_other_arrays_are_refused(wrong):
    with pytest.raises(ValueError, match="int8 maps"):
        CodedMaps(wrong)


@pytest.mark.parametrize("size", [6, 7])
def test_the_step_of_a_cell_counts_as_in_float32(size, rng):
    lengths = 10.0 ** rng.uniform(-9, 0, (40, 3, 4, 1))  # down to cells that float16 cannot hold
    maps = (rng.normal(size=(40, 3, 4, size)) * lengths).astype(np.float32)
    coded = CodedMaps(encode_maps(maps))
    codes, steps = split(coded.stored)
    exact = codes * np.maximum(steps.astype(np.float32), 1e-7)[..., None]
    queries = rng.normal(size=(2, 3, 4, size)).astype(np.float32)
    found = local_scores_numpy(queries, coded)
    np.testing.assert_allclose(found, local_scores_numpy(queries, exact), atol=1e-5)


def test_scores_of_chosen_rows_are_those_of_all(rng):
    maps = rng.normal(size=(70, 4, 4, 6)).astype(np.float32)
    queries = rng.normal(size=(2, 4, 4, 6)).astype(np.float32)
    rows = rng.permutation(70)[:60]
    for keys in (maps, CodedMaps(encode_maps(maps))):
        expected = local_scores_numpy(queries, keys)[:, rows]
        np.testing.assert_allclose(
            local_scores_numpy(queries, keys, rows=rows), expected, atol=1e-6
        )
