"""Pattern parts that fasten a shoe: laces, hook-and-loop straps, saddles, zips, straps."""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.curves import curve, line
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.pattern import (
    Line,
    Ornament,
    Pattern,
    Piece,
    mirrored,
    mirrored_pair,
    over_ridge,
    ridge_exit_index,
    strip,
)
from sketchnet.data.synthetic.shoes.upper import Upper


def add_laces(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Add laces, eyelets, the piece that carries them, and the gap above the tongue."""
    if not design.laces:
        return
    first = max(0.30, upper.throat - 0.05 * design.laces - 0.02)
    if design.shaft:
        first = 0.36
    p = np.linspace(first, upper.throat, 24)
    gap = upper.inset(p, 0.022)
    slit = np.column_stack([p, gap])
    slit[0, 1] = 1
    tongue = np.concatenate([slit, mirrored(slit)[::-1]])
    if design.eyestay:
        low = np.column_stack([p, upper.inset(p, 0.03 + design.eyestay)])
        start = np.array([[first - 0.035, 1.0]], np.float32)
        seam = np.concatenate(
            [
                curve((first - 0.035, 1), (first - 0.02, low[2, 1] + 0.12), tuple(low[3]))[:-1],
                low[3:],
            ]
        )
        outline = np.concatenate([seam, line((upper.throat, 1)), start])
        pattern.pieces += mirrored_pair(
            Piece(outline, "trim", (seam,), 0.55, stitched=design.stitched)
        )
    pattern.pieces.append(Piece(tongue, "lining", (slit, mirrored(slit)), 0.5))

    at = np.linspace(first + 0.02, upper.throat - 0.012, design.laces)
    t = upper.inset(at, 0.045)
    near = np.column_stack([at, t])
    far = mirrored(near)
    pattern.eyelets += [tuple(point) for point in (*far, *near)]
    for i in range(design.laces):
        if design.lace_style == "bars" or i == design.laces - 1:
            pattern.laces.append(_lace(near[i], far[i]))
        if design.lace_style == "cross" and i + 1 < design.laces:
            pattern.laces += [_lace(far[i], near[i + 1]), _lace(near[i], far[i + 1])]
    if design.bow:
        pattern.ornaments.append(
            Ornament("lace bow", (float(at[-1]), 0.97), 0.07, role="lace_colour", weight=0.6)
        )


def _lace(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """A lace (9, 2) from one wall to the other, over the ridge."""
    return np.linspace(start, end, 9).astype(np.float32)


def add_velcro(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Add broad hook-and-loop straps over the instep."""
    for i in range(design.velcro):
        p = upper.throat - 0.03 - 0.085 * (design.velcro - 1 - i)
        path = np.concatenate(
            [
                curve((p + 0.07, 0.42), (p + 0.02, 0.7), (p, 1)),
                curve((p, 1), (p + 0.01, 1.4), (p + 0.03, 1.8))[1:],
            ]
        )
        piece = strip(upper, path, 0.062, "accent", weight=0.95, stitched=True)
        end = np.array([piece.seams[0][0], piece.seams[1][0]])
        pattern.pieces.append(
            Piece(piece.outline, "accent", (*piece.seams, end), 0.95, stitched=True)
        )


def add_saddle(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Add the strap, metal bit or tassel over the instep of a loafer."""
    if design.saddle == "none":
        return
    p = upper.throat - 0.07
    path = over_ridge(curve((p + 0.11, 0.10), (p + 0.05, 0.5), (p, 1)))
    if design.saddle in ("penny", "strap", "bit"):
        width = {"penny": 0.10, "strap": 0.06, "bit": 0.05}[design.saddle]
        pattern.pieces.append(strip(upper, path, width, "accent", weight=0.95, stitched=True))
    if design.saddle == "penny":
        slot = strip(upper, over_ridge(curve((p + 0.035, 0.80), (p + 0.01, 1))), 0.022, "trim")
        pattern.pieces.append(
            Piece(slot.outline, "trim", (np.concatenate([slot.outline, slot.outline[:1]]),), 0.7)
        )
    if design.saddle == "bit":
        pattern.ornaments.append(Ornament("bit", (p, 0.96), 0.11, role="metal", weight=0.95))
    if design.saddle == "tassel":
        pattern.ornaments.append(Ornament("tassel", (p - 0.01, 0.93), 0.10, weight=0.95))


def add_zip(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Add a zip and its puller on the near wall."""
    if design.zip == "side":
        path = curve((0.80, 0.16), (0.80, 0.6), (0.82, 0.99))
    elif design.zip == "slant":
        path = curve((0.60, 0.30), (0.68, 0.6), (0.86, 0.99))
    elif design.zip == "front":
        p = np.linspace(0.42, upper.throat - 0.005, 20)
        path = np.column_stack([p, upper.inset(p, 0.02)])
    else:
        return
    pattern.lines.append(Line(path, "zip", 0.85))
    pattern.ornaments.append(Ornament("puller", tuple(path[-2]), 0.05, role="metal", weight=0.45))


def add_belts(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Add horizontal straps around the ankle or the shaft, each with a buckle."""
    p = np.concatenate([np.linspace(0.25, upper.throat, 480), np.linspace(upper.throat, 1, 41)[1:]])
    for height in design.belts:
        low = upper.level_at(p, height - design.belt_width / 2)
        high = upper.level_at(p, height + design.belt_width / 2)
        if (low < 0.999).sum() < 4:
            continue
        start = ridge_exit_index(low)
        lower = np.column_stack([p, low])[start:]
        upper_edge = np.column_stack([p, high])[start:]
        piece = Piece(
            np.concatenate([lower, upper_edge[::-1]]),
            "accent",
            (lower, upper_edge),
            0.9,
            covers=True,
            stitched=design.stitched,
        )
        pattern.pieces += mirrored_pair(piece)
        middle = int(np.searchsorted(p, upper.throat + 0.3 * (1 - upper.throat)))
        at = (float(p[middle]), float((low[middle] + high[middle]) / 2))
        pattern.ornaments.append(Ornament("buckle", at, design.belt_width * 1.05, role="metal"))


def add_bar(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Add the end of the strap across the opening that is sewn to the near wall, and its buckle."""
    if not design.bar or design.cover not in ("closed", "slingback"):
        return
    path = curve((design.bar + 0.01, 0.72), (design.bar, 1))
    pattern.pieces.append(
        strip(upper, path, design.bar_width, "accent", weight=0.8, stitched=design.stitched)
    )
    pattern.ornaments.append(
        Ornament("buckle", (design.bar, 0.86), design.bar_width * 0.95, role="metal", weight=0.7)
    )
