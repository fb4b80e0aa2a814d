"""The colour of a shoe in one word: that of the pieces that cover most of its side."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.build import Shoe
from sketchnet.data.synthetic.shoes.design import Colour
from sketchnet.data.synthetic.shoes.textures import colour_of, leather_mask
from sketchnet.data.synthetic.shoes.upper import STATIONS

_WIDTH, _HEIGHT = 2 * STATIONS, 240  # of the flat pattern, whose upper half is the near side


def main_colour(shoe: Shoe) -> Colour:
    """Return the colour of the near side of the upper that covers the largest area.

    Prints count as the leather that they are on; light and shade do not count.
    """
    design, pieces = shoe.design, shoe.pattern.pieces
    roles = ["upper", *dict.fromkeys(p.role for p in pieces if p.role != "upper" and not p.cuts)]
    labels = np.zeros((_HEIGHT, _WIDTH), np.uint8)
    scale = np.array([_WIDTH - 1, (_HEIGHT - 1) / 2], np.float32) * 16
    for piece in pieces:
        if not piece.cuts:
            outline = np.round(piece.outline * scale).astype(np.int32)
            cv2.fillPoly(labels, [outline], roles.index(piece.role), cv2.LINE_8, 4)
    leather = leather_mask(design, shoe.pattern, _WIDTH, _HEIGHT) > 0
    walls = np.linalg.norm(np.diff(shoe.upper.near, axis=0), axis=-1).sum(axis=0)
    heights = np.interp(np.linspace(0, 1, _WIDTH), np.linspace(0, 1, len(walls)), walls)
    near = np.s_[: _HEIGHT // 2]
    areas: dict[Colour, float] = {}
    for number, role in enumerate(roles):
        covered = ((labels[near] == number) & leather[near]).sum(axis=0)
        colour = colour_of(design, role)
        areas[colour] = areas.get(colour, 0.0) + float(covered @ heights)
    return max(areas, key=lambda colour: areas[colour])
