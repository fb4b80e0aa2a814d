"""Compiled loops give what the same Python gives, also where nothing can be kept on disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numba
import numpy as np
import pytest

from sketchnet.models import local_scores, unit_distances
from sketchnet.strokes import geometry, rasterize
from sketchnet.utils.compiled import compiled


def _total(values):
    total = 0.0
    for value in values:
        total += value
    return total


def _reordered_total(values):
    total = 0.0
    for value in values:
        total += value
    return total


def test_a_compiled_function_gives_what_python_gives(rng):
    values = rng.normal(size=1000)
    assert compiled()(_total)(values) == _total(values)
    # A function of its own: the machine code on disk is found by the function, not by the options.
    reordered = compiled(reorder_sums=True)(_reordered_total)
    assert reordered(values) == pytest.approx(_total(values), rel=1e-9)
    assert np.isnan(reordered(np.append(values, np.nan)))


def test_two_threads_compile_once(monkeypatch):
    made = []

    def njit(real=numba.njit, **options):
        made.append(options)
        return real(nogil=True)

    monkeypatch.setattr(numba, "njit", njit)
    call = compiled()(_total)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(call, [np.ones(3)] * 8)) == {3.0}
    assert len(made) == 1


def test_without_a_folder_to_write_it_compiles_in_memory(monkeypatch):
    tried = []

    def njit(real=numba.njit, **options):
        tried.append(options.get("cache", False))
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return real(**options)

    monkeypatch.setattr(numba, "njit", njit)
    call = compiled()(_total)
    assert [call(np.ones(3)), call(np.ones(4))] == [3.0, 4.0]
    assert tried == [True, False]


def test_strokes_are_resampled_and_simplified_as_in_python(rng):
    drawing = [np.cumsum(rng.normal(0, 5, (n, 2)), axis=0) for n in (1, 40, 2, 0, 3000)]
    points, stops = geometry._joined(drawing)
    path = geometry._lengths_along(points, stops)
    expected = geometry._lengths_along.__wrapped__(points, stops)
    np.testing.assert_allclose(path, expected, rtol=1e-12)
    found, new_stops = geometry._resampled(points, stops, path, 1.0)
    expected = geometry._resampled.__wrapped__(points, stops, path, 1.0)
    np.testing.assert_allclose(found, expected[0], atol=1e-4)
    assert new_stops.tolist() == expected[1].tolist()
    kept = geometry._corners(points, stops, 2.0)
    assert kept.tolist() == geometry._corners.__wrapped__(points, stops, 2.0).tolist()
    assert [stroke.shape for stroke in geometry.resample([np.empty((0, 2))], 1.0)] == [(0, 2)]
    together = geometry.simplify(drawing)
    one_by_one = [geometry.simplify([stroke])[0] for stroke in drawing]
    for found, expected in zip(together, one_by_one, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("spacing", [1 / 15, 0.1, 0.3, 11 / 15, 1.0])
def test_a_stroke_of_whole_steps_is_resampled_to_its_end(spacing):
    for count in range(1, 600):
        for stroke in (
            np.array([[0, 0], [count * spacing, 0]]),
            np.array([[0, 0], [count * spacing, 0], [count * spacing, 0]]),
        ):
            path = geometry.lengths_along(stroke)
            at = np.append(np.arange(0, path[-1], spacing), path[-1])
            points = geometry.resample([stroke], spacing)[0]
            np.testing.assert_allclose(points[:, 0], np.interp(at, path, stroke[:, 0]), rtol=1e-6)
            assert not points[:, 1].any()


@pytest.mark.parametrize("kind", [np.int8, np.float32])
def test_local_scores_are_those_of_the_loop_in_python(kind, rng):
    keys = rng.integers(-9, 9, (5, 6, 6 if kind is np.int8 else 4)).astype(kind)
    keys[..., -1] = abs(keys[..., -1])  # the sign of a step
    around = local_scores._cells_around(2, 3, 1)
    given = (
        keys, np.array([4, 0, 2]), rng.normal(size=(6, 4)).astype(np.float32),
        np.array([0, 0, 0, 1, 1, 1]), around, 2,
    )  # fmt: skip
    loop = local_scores._compiled_sums(4)
    np.testing.assert_allclose(loop(*given), loop.__wrapped__(*given), atol=1e-5)


@pytest.mark.parametrize("finer", [4, 5, 6])
def test_enlarged_pictures_are_averaged_as_by_opencv(finer, rng):
    large = rng.integers(0, 256, (50 * finer, 60 * finer), np.uint8)
    found = np.empty((70, 80), np.uint8)[10:60, 20:]  # a part of a picture
    rasterize._average(large, finer, found)
    np.testing.assert_array_equal(found, cv2.resize(large, (60, 50), interpolation=cv2.INTER_AREA))
    few = np.empty((2, 3), np.uint8)
    rasterize._average.__wrapped__(large[: 2 * finer, : 3 * finer], finer, few)
    np.testing.assert_array_equal(few, found[:2, :3])


def test_distances_are_those_of_the_loop_in_python(rng):
    vectors, queries = (rng.normal(size=(n, 7)).astype(np.float32) for n in (50, 2))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    found = unit_distances.squared_distances(vectors, queries)
    by_python = unit_distances._squared_distances.__wrapped__(vectors, queries)
    exact = np.square(vectors[:, None] - queries).sum(-1).min(axis=1)
    np.testing.assert_allclose(found, by_python, atol=1e-6)
    np.testing.assert_allclose(found, exact, atol=1e-5)
    for wrong in (queries[:, :3], queries[:0]):
        with pytest.raises(ValueError, match="expected queries"):
            unit_distances.squared_distances(vectors, wrong)
