"""Drawing errors: their sizes follow the parameters of the simulated person."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from sketchnet.data.synthetic.sketcher import (
    Sketcher,
    distort_proportions,
    sample_sketcher,
    simulate_strokes,
)

LINE = np.column_stack([np.linspace(20, 200, 60), np.full(60, 100.0)])
NO_ERRORS = Sketcher(
    **{field.name: 0.0 for field in fields(Sketcher) if field.name != "stretch"},
    stretch=(1.0, 1.0),
)


def mean_error(sketcher: Sketcher) -> float:
    """Mean distance of the drawn stroke from the horizontal line, over 40 drawings."""
    strokes = [simulate_strokes(LINE, sketcher, np.random.default_rng(i))[0] for i in range(40)]
    return float(np.mean([np.abs(stroke[:, 1] - 100).mean() for stroke in strokes]))


def test_small_error_parameters_give_small_errors(rng):
    sampled = replace(
        sample_sketcher(rng),
        tremor=0.1,
        end_gap=0.0,
        retrace_probability=0.0,
        split_probability=0.0,
        short_stroke_length=0.0,
    )
    careful = mean_error(replace(sampled, wobble=0.3, placement_error=0.3))
    careless = mean_error(replace(sampled, wobble=4.0, placement_error=4.0))
    assert careful < 0.5 * careless


def test_without_errors_a_line_is_one_straight_stroke():
    (stroke,) = simulate_strokes(LINE, NO_ERRORS, np.random.default_rng(0))
    assert np.allclose(stroke[:, 1], 100, atol=1e-6)
    assert np.allclose(np.sort(stroke[[0, -1], 0]), [20, 200], atol=6)  # ends vary a little


def test_split_retraced_and_short_strokes_multiply_the_strokes():
    def count(**errors: float) -> int:
        sketcher = replace(NO_ERRORS, **errors)
        return len(simulate_strokes(LINE, sketcher, np.random.default_rng(1)))

    assert count(split_probability=1.0) == 2
    assert count(retrace_probability=1.0) == 2
    assert count(short_stroke_length=30.0) == 6  # 180 px in strokes of 30 px


def test_distortion_is_the_same_for_all_paths_and_keeps_their_points(rng):
    paths = [LINE, LINE[::-1] + 30, LINE[:1]]
    unchanged = distort_proportions(paths, NO_ERRORS, rng)
    moved = np.concatenate(unchanged) - np.concatenate(paths)
    assert np.allclose(moved, moved[0], atol=1e-9)
    stretched = distort_proportions(paths, replace(NO_ERRORS, stretch=(2.0, 0.5)), rng)
    assert [len(path) for path in stretched] == [60, 60, 1]
    assert np.ptp(stretched[0][:, 0]) == 2 * np.ptp(LINE[:, 0])
