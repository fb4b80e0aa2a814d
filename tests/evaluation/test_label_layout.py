"""Names on a map: that no two cover each other, and that those with room stay where they are."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.evaluation.label_layout import apart, name_places

LOW, HIGH = np.array([0.0, 0.0]), np.array([600.0, 600.0])


def covered(centres: np.ndarray, sides: np.ndarray) -> int:
    return sum(
        bool((np.abs(centres[i] - centres[j]) < (sides[i] + sides[j]) / 2 - 1e-6).all())
        for i in range(len(centres))
        for j in range(i)
    )


@pytest.mark.parametrize("spread", [0, 1, 20, 100])
def test_thirty_names_find_room_wherever_they_begin(spread, rng) -> None:
    centres = 300 + rng.normal(0, spread, (30, 2))
    sides = np.column_stack([rng.uniform(20, 90, 30), np.full(30, 14.0)])
    moved = apart(centres, sides, LOW, HIGH)
    assert covered(moved, sides) == 0
    assert (moved - sides / 2 >= LOW - 1e-9).all()
    assert (moved + sides / 2 <= HIGH + 1e-9).all()


def test_names_with_room_stay(rng) -> None:
    centres = np.array([[100.0, 100], [300, 100], [304, 105]])
    sides = np.full((3, 2), [40.0, 14.0])
    moved = apart(centres, sides, LOW, HIGH)
    assert moved[0].tolist() == [100, 100]
    assert covered(moved, sides) == 0
    assert np.abs(moved - centres).max() <= 15
    np.testing.assert_array_equal(apart(moved, sides, LOW, HIGH), moved)


def test_a_frame_without_room_does_not_hang(rng) -> None:
    sides = np.full((40, 2), [90.0, 60.0])
    moved = apart(rng.uniform(0, 100, (40, 2)), sides, LOW, LOW + 120)
    assert np.isfinite(moved).all()


def test_names_are_written_and_a_moved_one_keeps_a_line(rng) -> None:
    from matplotlib.figure import Figure

    axes = Figure(figsize=(4, 4)).subplots()
    axes.scatter([0, 1], [0, 1])
    name_places(axes, {}, {})
    fruit = ("pear", "apple", "grapes")
    middle, red = np.array([0.5, 0.5]), np.array([1.0, 0, 0, 1])
    name_places(axes, dict.fromkeys(fruit, middle), dict.fromkeys(fruit, red))
    boxes = [text.get_window_extent() for text in axes.texts]
    assert [text.get_text() for text in axes.texts] == ["pear", "apple", "grapes"]
    assert not any(boxes[i].overlaps(boxes[j]) for i in range(3) for j in range(i))
    assert axes.lines
