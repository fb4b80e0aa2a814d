"""Pattern parts at the edges of an upper: openings, the collar, ornaments and studs."""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.curves import curve, line
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.pattern import (
    Line,
    Ornament,
    Pattern,
    Piece,
    mirrored_pair,
    over_ridge,
    ridge_exit_index,
)
from sketchnet.data.synthetic.shoes.upper import STATIONS, Upper


def add_openings(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Cut away the leather of peep toes, mules, slingbacks and d'Orsay shoes."""
    if design.peep:
        edge = over_ridge(
            curve((0.55 * design.peep, 0.04), (0.75 * design.peep, 0.4), (design.peep, 1))
        )
        outline = np.concatenate([edge, line((0, 2), (0, 0))])
        pattern.pieces.append(Piece(outline, "", (edge,), 0.95, cuts=True))
    start = upper.throat
    if design.cover == "mule":
        edge = curve((start, 1), (start + 0.05, 0.75), (start + 0.10, 0.4), (start + 0.17, 0))
        pattern.pieces += mirrored_pair(
            Piece(np.concatenate([edge, line((1, 0), (1, 1))]), "", (edge,), 1.0, cuts=True)
        )
    if design.cover == "slingback":
        edge = curve(
            (start + 0.03, 0.80), (start + 0.10, 0.5), (start + 0.16, 0.2), (start + 0.2, 0)
        )
        strap = curve((start + 0.03, 0.80), (0.8, 0.74), (1, 0.80))
        outline = np.concatenate([edge, line((1, 0)), strap[::-1]])
        pattern.pieces += mirrored_pair(Piece(outline, "", (edge, strap), 1.0, cuts=True))
    if design.cover == "dorsay":
        edge = curve((start + 0.06, 1), (start + 0.09, 0.6), (start + 0.14, 0), count=20)
        back = curve((0.78, 0), (0.84, 0.5), (0.93, 1), count=20)
        outline = np.concatenate([edge, back])
        pattern.pieces += mirrored_pair(Piece(outline, "", (edge, back), 1.0, cuts=True))


def add_collar(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Add the band along the edge of the opening."""
    if design.collar == "plain" or not design.collar_width:
        return
    horizontal = design.shaft > 0 or design.cover == "open"
    start = 0.4 if horizontal else upper.throat + 0.015
    p = np.concatenate([np.linspace(start, start + 0.3, 160), np.linspace(start + 0.3, 1, 30)[1:]])
    t = upper.inset(p, design.collar_width)
    if horizontal:
        # A cuff or an ankle strap is horizontal in front, too, where the top of the pattern is the
        # ridge of the foot.
        rim = np.interp(p, np.linspace(0, 1, STATIONS), upper.near[-1, :, 1])
        opens = np.ceil(upper.throat * (STATIONS - 1)) / (STATIONS - 1)
        rim = np.where(p < opens, np.interp(opens, p, rim), rim)
        t = upper.level_at(p, rim - design.collar_width)
    if design.collar == "scallop":
        t = t + 0.05 * np.abs(np.sin(9 * np.pi * (p - start) / (1 - start)))
    seam = np.column_stack([p, t]).astype(np.float32)[ridge_exit_index(t) :]
    outline = np.concatenate([seam, line((1, 1), (seam[0, 0], 1))])
    role = {"fur": "lining", "padded": "trim", "cuff": "lining"}.get(design.collar, "trim")
    edge = np.column_stack([seam[:, 0], np.ones(len(seam))]).astype(np.float32)
    seams = (seam, edge) if design.cover == "open" else (seam,)
    weight = 1.0 if design.cover == "open" else 0.7
    pattern.pieces += mirrored_pair(Piece(outline, role, seams, weight, covers=True))
    if design.collar == "fur":
        pattern.lines.append(Line(seam, "fur", 0.8))


def add_ornaments(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Add the ornament in front, the pull tab at the back, and studs along the edge."""
    if design.ornament != "none":
        at = upper.throat - 0.04 if design.cover != "open" else 0.27
        pattern.ornaments.append(
            Ornament(design.ornament, (at, 0.94), design.ornament_size, weight=0.95)
        )
    if design.pull_tab:
        pattern.ornaments.append(Ornament("loop", (0.992, 0.99), design.pull_tab, weight=0.6))
    if design.studs:
        p = np.linspace(0.12, 0.95, 16)
        row = np.column_stack([p, upper.inset(p, 0.035)])[p > upper.throat + 0.02]
        pattern.ornaments += [
            Ornament("stud", (float(p), float(t)), 0.016, role="metal", weight=0.4) for p, t in row
        ]
