"""The figure of nearest neighbours: frames and sizes."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.evaluation.neighbour_plot import MATCH_COLOURS, NeighbourRow, neighbours
from tests.doodles import doodles


def test_the_frame_shows_how_a_neighbour_matches(tmp_path) -> None:
    drawings = list(doodles(4).drawings)
    for match, colour in MATCH_COLOURS.items():
        found = {"picture only": [(drawings[1], match)] * 3, "strokes only": []}
        row = NeighbourRow(drawings[0], found, "circle")
        path = tmp_path / f"{match}.png"
        neighbours([row, row], path, "title", {"picture only": "half of them"})
        picture = cv2.imread(str(path))[..., ::-1].astype(int)
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        framed = np.argwhere((np.abs(picture - rgb) < 8).all(axis=2))
        # Not the legend, which is at the bottom.
        assert (framed[:, 0] < 0.8 * len(picture)).sum() > 500


def test_one_input_and_three_have_cells_of_the_same_size(tmp_path) -> None:
    drawings = list(doodles(4).drawings)
    right = []
    for names in (["nearest"], ["picture only", "strokes only", "picture and strokes"]):
        found = {name: [(drawing, "wrong") for drawing in drawings[:5]] for name in names}
        rows = [NeighbourRow(drawings[0], found, "circle")] * 3
        neighbours(rows, tmp_path / "n.png", "a title of some words")
        picture = cv2.imread(str(tmp_path / "n.png"))[..., ::-1].astype(int)
        red = (np.abs(picture - [0xD1, 0x3B, 0x4A]) < 8).all(axis=2)
        right.append(np.flatnonzero(red.any(axis=0)).max())
    assert right[1] > 2 * right[0] > 800
