"""Labels on a map: none covers another, and those with room are not moved."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.evaluation.label_layout import label_points, separate_boxes

LOW, HIGH = np.array([0.0, 0.0]), np.array([600.0, 600.0])


def n_covered(centres: np.ndarray, sides: np.ndarray) -> int:
    return sum(
        bool((np.abs(centres[i] - centres[j]) < (sides[i] + sides[j]) / 2 - 1e-6).all())
        for i in range(len(centres))
        for j in range(i)
    )


@pytest.mark.parametrize("spread", [0, 1, 20, 100])
def test_thirty_labels_find_free_positions(spread, rng) -> None:
    centres = 300 + rng.normal(0, spread, (30, 2))
    sides = np.column_stack([rng.uniform(20, 90, 30), np.full(30, 14.0)])
    moved = separate_boxes(centres, sides, LOW, HIGH)
    assert n_covered(moved, sides) == 0
    assert (moved - sides / 2 >= LOW - 1e-9).all()
    assert (moved + sides / 2 <= HIGH + 1e-9).all()


def test_labels_with_room_are_not_moved(rng) -> None:
    centres = np.array([[100.0, 100], [300, 100], [304, 105]])
    sides = np.full((3, 2), [40.0, 14.0])
    moved = separate_boxes(centres, sides, LOW, HIGH)
    assert moved[0].tolist() == [100, 100]
    assert n_covered(moved, sides) == 0
    assert np.abs(moved - centres).max() <= 15
    np.testing.assert_array_equal(separate_boxes(moved, sides, LOW, HIGH), moved)


def test_an_area_without_room_does_not_hang(rng) -> None:
    sides = np.full((40, 2), [90.0, 60.0])
    moved = separate_boxes(rng.uniform(0, 100, (40, 2)), sides, LOW, LOW + 120)
    assert np.isfinite(moved).all()


def test_a_line_connects_a_moved_label_with_its_point(rng) -> None:
    from matplotlib.figure import Figure

    axes = Figure(figsize=(4, 4)).subplots()
    axes.scatter([0, 1], [0, 1])
    label_points(axes, {}, {})
    fruit = ("pear", "apple", "grapes")
    middle, red = np.array([0.5, 0.5]), np.array([1.0, 0, 0, 1])
    label_points(axes, dict.fromkeys(fruit, middle), dict.fromkeys(fruit, red))
    boxes = [text.get_window_extent() for text in axes.texts]
    assert [text.get_text() for text in axes.texts] == ["pear", "apple", "grapes"]
    assert not any(boxes[i].overlaps(boxes[j]) for i in range(3) for j in range(i))
    assert axes.lines
