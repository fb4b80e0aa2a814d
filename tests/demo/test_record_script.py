"""What the eraser leaves of a drawing: `record.js`, which both pages load, run by Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import pairwise

import numpy as np
import pytest

from sketchnet_demo.launch import HERE

SCRIPT = """
globalThis.window = {};
(0, eval)(require("fs").readFileSync(process.argv[1], "utf8"));
const records = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(records.map(window.sketchnet.rows)));
"""
ERASER, STEP = 20, 4

LINE = {"points": [[100, 100, 50], [300, 100, 250]], "erases": False}
DOT = {"points": [[200, 100, 400]], "erases": False}
ACROSS = {"points": [[200, 40, 500], [200, 160, 600]], "erases": True}
ASIDE = {"points": [[200, 140, 500], [220, 145, 600]], "erases": True}


def rows_of(*records: list[dict]) -> list[list[np.ndarray]]:
    """For each record its strokes as (n, 3) arrays of x, y and ms."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("NOT TESTED: no Node here to run the script")
    done = subprocess.run(
        [node, "-e", SCRIPT, str(HERE / "record.js")],
        input=json.dumps(records),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [[np.array(rows).T for rows in each] for each in json.loads(done.stdout)]


def distance_to(path: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Of points to a path, by points on it that lie 0.05 apart."""
    share = np.linspace(0, 1, 4000)[:, None]
    ends = list(pairwise(path)) or [(path[0], path[0])]
    on = np.concatenate([start + share * (end - start) for start, end in ends])
    return np.array([np.hypot(*(on - point).T).min() for point in points])


def test_without_an_eraser_the_strokes_stay_as_they_are():
    (found,) = rows_of([LINE, DOT])
    np.testing.assert_array_equal(found[0], [[100, 100, 0], [300, 100, 200]])
    np.testing.assert_array_equal(found[1], [[200, 100, 350]])


def test_the_eraser_cuts_a_line_in_two_removes_a_dot_and_spares_what_follows():
    cut, spared, after = rows_of([LINE, DOT, ACROSS], [LINE, ASIDE], [ACROSS, LINE])
    left, right = cut
    np.testing.assert_array_equal(left[0], [100, 100, 0])
    np.testing.assert_array_equal(right[-1], [300, 100, 200])
    assert 176 <= left[-1, 0] <= 180 <= 220 <= right[0, 0] <= 224
    assert np.hypot(*np.diff(spared[0][:, :2], axis=0).T).max() <= STEP + 0.1  # dense, and whole
    assert len(spared) == 1
    np.testing.assert_array_equal(after[0][:, :2], [[100, 100], [300, 100]])  # drawn over it


def test_what_is_left_of_random_drawings_lies_outside_the_eraser_and_has_one_decimal():
    rng = np.random.default_rng(0)

    def walk(count: int, erases: bool) -> dict:
        points = (rng.uniform(200, 600, 2) + rng.normal(0, 30, (count, 2)).cumsum(0)).round(1)
        timed = np.column_stack([points, np.arange(count)])
        return {"points": timed.tolist(), "erases": erases}

    records = [[walk(12, False), walk(6, False), walk(4, True)] for _ in range(8)]
    for record, found in zip(records, rows_of(*records), strict=True):
        path = np.array(record[-1]["points"])[:, :2]
        kept = np.concatenate([*found, np.empty((0, 3))])[:, :2]
        np.testing.assert_array_equal(kept, kept.round(1))
        assert (distance_to(path, kept) > ERASER - 0.1).all()
        # Every point that was drawn is there, or was under the eraser.
        drawn = np.concatenate([np.array(each["points"])[:, :2] for each in record[:-1]])
        nearest = np.array([np.hypot(*(kept - point).T).min(initial=np.inf) for point in drawn])
        assert (distance_to(path, drawn[nearest > 0.01]) < ERASER + 0.1).all()
