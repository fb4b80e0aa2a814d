"""Compiled loops give what the same Python gives, also where nothing can be kept on disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from sketchnet.models import local_scores
from sketchnet.strokes import geometry
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
    for length in (0, 1, 2, 40):
        stroke = np.cumsum(rng.normal(0, 5, (length, 2)), axis=0)
        path = geometry.lengths_along(stroke)
        np.testing.assert_allclose(path, geometry._lengths_along.__wrapped__(stroke), rtol=1e-12)
        points = geometry._resampled(stroke, path, 1.0)
        expected = geometry._resampled.__wrapped__(stroke, path, 1.0)
        np.testing.assert_allclose(points, expected, atol=1e-4)
        kept = geometry._corners(stroke, 2.0)
        assert kept.tolist() == geometry._corners.__wrapped__(stroke, 2.0).tolist()


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
    keys = rng.integers(-9, 9, (5, 6, 4)).astype(kind)
    around = local_scores._cells_around(2, 3, 1)
    given = (
        keys, np.array([4, 0, 2]), np.full((3, 6), 1e-8, np.float32),
        rng.normal(size=(6, 4)).astype(np.float32), np.array([0, 0, 0, 1, 1, 1]), around, 2,
    )  # fmt: skip
    found, expected = (
        f(*given) for f in (local_scores._sums_of_best, local_scores._sums_of_best.__wrapped__)
    )
    np.testing.assert_allclose(found, expected, atol=1e-5)
