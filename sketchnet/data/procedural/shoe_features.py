"""One function for each thing that can be sewn to an upper; each adds to the pattern."""

from __future__ import annotations

import numpy as np

from sketchnet.data.procedural.curves import curve
from sketchnet.data.procedural.shoe_design import ShoeDesign
from sketchnet.data.procedural.shoe_last import STATIONS, Upper
from sketchnet.data.procedural.shoe_pattern import (
    Line, Ornament, Pattern, Piece, across, both, mirrored, strip,
)


def _corners(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, np.float32)


def quarter(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The seam from the throat down to the sole, and the leather behind it."""
    if not design.quarter:
        return
    q, lean = design.quarter, design.quarter_lean
    seam = curve((q, 1), (q + 0.15 * lean, 0.75), (q + 0.35 * lean, 0.4), (q + lean, 0))
    piece = Piece(
        np.concatenate([seam, _corners((1, 0), (1, 1))]), "accent", (seam,), 0.55,
        stitched=design.stitched,
    )
    pattern.pieces += both(piece)
    _brogue(design, pattern, seam)


def counter(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The stiff piece round the heel."""
    if not design.counter:
        return
    c, h = design.counter, design.counter_height
    seam = curve((1 - c, 0), (1 - 0.85 * c, 0.5 * h), (1 - 0.45 * c, 0.92 * h), (1, h))
    piece = Piece(
        np.concatenate([seam, _corners((1, 0))]), "trim", (seam,), 0.55,
        covers=True, stitched=design.stitched,
    )
    pattern.pieces += both(piece)
    _brogue(design, pattern, seam)


def cap(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """What covers the toe: a straight cap, a wing tip, rubber, or a runner's mudguard."""
    at = design.cap_at
    if design.cap == "straight":
        seam = across(curve((at + 0.03, 0), (at + 0.01, 0.4), (at, 1)))
    elif design.cap == "rubber":
        seam = across(curve((at + 0.06, 0), (at + 0.01, 0.45), (at - 0.01, 0.8), (at - 0.015, 1)))
    elif design.cap == "wing":
        seam = across(
            curve((0.56, 0), (0.47, 0.26), (0.34, 0.46), (at + 0.05, 0.68), (at, 0.86),
                  (at + 0.06, 1), count=40)
        )
    elif design.cap == "mudguard":
        seam = across(
            curve((0.52, 0), (0.42, 0.26), (0.28, 0.40), (at + 0.02, 0.58), (at - 0.04, 0.82),
                  (at - 0.05, 1), count=40)
        )
    else:
        return
    role = {"rubber": "sole_colour", "wing": "accent", "straight": "trim"}.get(design.cap, "accent")
    outline = np.concatenate([seam, _corners((0, 2), (0, 0))])
    pattern.pieces.append(Piece(outline, role, (seam,), 0.85, stitched=design.stitched))
    _brogue(design, pattern, seam)


def _brogue(design: ShoeDesign, pattern: Pattern, seam: np.ndarray) -> None:
    if design.brogue:
        inside = seam + (np.array([0.5, 0.4], np.float32) - seam) * 0.05
        pattern.lines.append(Line(inside, "brogue", 0.25))


def stripes(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The mark on a sneaker's side."""
    n, style = design.stripes, design.stripe_style
    if not n:
        return
    pieces = []
    if style == "slant":
        for i in range(n):
            p = 0.50 + 0.075 * (i - (n - 1) / 2)
            path = curve((p + 0.06, 0.03), (p + 0.01, 0.45), (p - 0.05, 0.80))
            pieces.append(strip(upper, path, 0.032, "accent", weight=0.75))
    elif style == "chevron":
        for i in range(n):
            p = 0.56 + 0.08 * (i - (n - 1) / 2)
            path = _corners((p + 0.05, 0.08), (p, 0.25), (p - 0.06, 0.45), (p, 0.6), (p + 0.05, 0.75))
            pieces.append(strip(upper, path, 0.03, "accent", weight=0.75))
    elif style == "wave":
        path = curve((0.86, 0.20), (0.72, 0.36), (0.60, 0.30), (0.50, 0.42), (0.44, 0.72))
        pieces.append(strip(upper, path, 0.03 + 0.008 * n, "accent", weight=0.75))
    elif style == "check":
        outline = np.concatenate(
            [
                curve((0.42, 0.60), (0.40, 0.34), (0.50, 0.24), (0.66, 0.44), (0.86, 0.78)),
                curve((0.86, 0.78), (0.66, 0.52), (0.54, 0.42), (0.47, 0.46), (0.42, 0.60)),
            ]
        )
        pieces.append(Piece(outline, "accent", (outline,), 0.8))
    for piece in pieces:
        pattern.pieces += both(piece)
    if style in ("letter", "star", "patch"):
        pattern.ornaments.append(Ornament(style, (0.60, 0.42), 0.045 + 0.008 * n, role="accent"))


def apron(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The raised seam round the top of a moccasin."""
    if not design.apron:
        return
    low = 1 - design.apron
    seam = across(
        curve((upper.throat + 0.06, low + 0.1), (upper.throat - 0.08, low + 0.02), (0.28, low),
              (0.17, low + 0.08), (0.115, 0.86), (0.10, 1), count=36)
    )
    pattern.pieces.append(Piece(seam, "upper", (seam,), 0.9))
    pattern.lines.append(Line(seam, "pucker", 0.5))


def gore(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The elastic side of a Chelsea boot."""
    if not design.gore:
        return
    middle = (upper.throat + 1) / 2 - 0.02 if design.shaft else upper.throat + 0.07
    w, low = design.gore / 2, 0.24
    outline = np.concatenate(
        [
            curve((middle - w, 0.985), (middle - 0.8 * w, 0.70), (middle - 0.5 * w, low)),
            curve((middle + 0.5 * w, low), (middle + 0.8 * w, 0.70), (middle + w, 0.985)),
        ]
    )
    pattern.pieces += both(Piece(outline, "trim", (outline,), 0.9))
    for share in (-0.6, -0.3, 0.0, 0.3, 0.6):
        line = curve((middle + share * w, 0.97), (middle + 0.55 * share * w, low + 0.03))
        pattern.lines += [Line(line, "elastic", 0.3), Line(mirrored(line), "elastic", 0.0)]


def eyestay(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The piece that carries the eyelets, the tongue's gap, eyelets and laces."""
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
        seam = np.concatenate([curve((first - 0.035, 1), (first - 0.02, low[2, 1] + 0.12), tuple(low[3]))
                               [:-1], low[3:]])
        outline = np.concatenate([seam, _corners((upper.throat, 1)), start])
        pattern.pieces += both(
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
            pattern.laces.append(_over(near[i], far[i]))
        if design.lace_style == "cross" and i + 1 < design.laces:
            pattern.laces += [_over(far[i], near[i + 1]), _over(near[i], far[i + 1])]
    if design.bow:
        pattern.ornaments.append(
            Ornament("lace bow", (float(at[-1]), 0.97), 0.07, role="lace_colour", weight=0.6)
        )


def _over(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """A lace's path from one wall to the other, by way of the ridge."""
    return np.linspace(start, end, 9).astype(np.float32)


def velcro(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Broad straps over the instep that hook and loop hold."""
    for i in range(design.velcro):
        p = upper.throat - 0.03 - 0.085 * (design.velcro - 1 - i)
        path = np.concatenate([curve((p + 0.07, 0.42), (p + 0.02, 0.7), (p, 1)),
                               curve((p, 1), (p + 0.01, 1.4), (p + 0.03, 1.8))[1:]])
        piece = strip(upper, path, 0.062, "accent", weight=0.95, stitched=True)
        end = np.array([piece.seams[0][0], piece.seams[1][0]])
        pattern.pieces.append(
            Piece(piece.outline, "accent", (*piece.seams, end), 0.95, stitched=True)
        )


def saddle(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """What a loafer wears over its instep."""
    if design.saddle == "none":
        return
    p = upper.throat - 0.07
    path = across(curve((p + 0.11, 0.10), (p + 0.05, 0.5), (p, 1)))
    if design.saddle in ("penny", "strap", "bit"):
        width = {"penny": 0.10, "strap": 0.06, "bit": 0.05}[design.saddle]
        pattern.pieces.append(strip(upper, path, width, "accent", weight=0.95, stitched=True))
    if design.saddle == "penny":
        slot = strip(upper, across(curve((p + 0.035, 0.80), (p + 0.01, 1))), 0.022, "trim")
        pattern.pieces.append(
            Piece(slot.outline, "trim", (np.concatenate([slot.outline, slot.outline[:1]]),), 0.7)
        )
    if design.saddle == "bit":
        pattern.ornaments.append(Ornament("bit", (p, 0.96), 0.11, role="metal", weight=0.95))
    if design.saddle == "tassel":
        pattern.ornaments.append(Ornament("tassel", (p - 0.01, 0.93), 0.10, weight=0.95))


def zips(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """A zip on the near side."""
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
    pattern.ornaments.append(
        Ornament("puller", tuple(path[-2]), 0.05, role="metal", weight=0.45)
    )


def belts(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Straps that run level round the ankle or the shaft, each with its buckle."""
    p = np.concatenate([np.linspace(0.25, upper.throat, 120), np.linspace(upper.throat, 1, 41)[1:]])
    for height in design.belts:
        low = upper.level_at(p, height - design.belt_width / 2)
        high = upper.level_at(p, height + design.belt_width / 2)
        there = low < 0.999
        if there.sum() < 4:
            continue
        start = int(np.argmax(there))
        lower = np.column_stack([p, low])[start:]
        upper_edge = np.column_stack([p, high])[start:]
        piece = Piece(
            np.concatenate([lower, upper_edge[::-1]]), "accent", (lower, upper_edge), 0.9,
            covers=True, stitched=design.stitched,
        )
        pattern.pieces += both(piece)
        middle = int(np.searchsorted(p, upper.throat + 0.3 * (1 - upper.throat)))
        at = (float(p[middle]), float((low[middle] + high[middle]) / 2))
        pattern.ornaments.append(Ornament("buckle", at, design.belt_width * 1.05, role="metal"))


def straps(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Bands over the foot, wherever the design has put them."""
    for item in design.straps:
        path = curve(*item.path, count=40)
        pattern.pieces.append(
            strip(upper, path, item.width, "upper", covers=True, weight=0.95,
                  stitched=design.stitched)
        )
        if item.buckle:
            at = path[len(path) // 4]
            pattern.ornaments.append(Ornament("buckle", tuple(at), item.width * 0.9, role="metal"))


def bar(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Where a bar strap is sewn to the near wall, and its buckle."""
    if not design.bar or design.cover not in ("closed", "slingback"):
        return
    path = curve((design.bar + 0.01, 0.72), (design.bar, 1))
    pattern.pieces.append(
        strip(upper, path, design.bar_width, "accent", weight=0.8, stitched=design.stitched)
    )
    pattern.ornaments.append(
        Ornament("buckle", (design.bar, 0.86), design.bar_width * 0.95, role="metal", weight=0.7)
    )


def openings(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Where leather is cut away: peep toes, mules, slingbacks, d'Orsay sides."""
    if design.peep:
        edge = across(curve((0.55 * design.peep, 0.04), (0.75 * design.peep, 0.4), (design.peep, 1)))
        outline = np.concatenate([edge, _corners((0, 2), (0, 0))])
        pattern.pieces.append(Piece(outline, "", (edge,), 0.95, cuts=True))
    begin = upper.throat
    if design.cover == "mule":
        edge = curve((begin, 1), (begin + 0.05, 0.75), (begin + 0.10, 0.4), (begin + 0.17, 0))
        pattern.pieces += both(
            Piece(np.concatenate([edge, _corners((1, 0), (1, 1))]), "", (edge,), 0.95, cuts=True)
        )
    if design.cover == "slingback":
        edge = curve((begin + 0.03, 0.80), (begin + 0.10, 0.5), (begin + 0.16, 0.2), (begin + 0.2, 0))
        strap = curve((begin + 0.03, 0.80), (0.8, 0.74), (1, 0.80))
        outline = np.concatenate([edge, _corners((1, 0)), strap[::-1]])
        pattern.pieces += both(Piece(outline, "", (edge, strap), 0.95, cuts=True))
    if design.cover == "dorsay":
        edge = curve((begin + 0.06, 1), (begin + 0.09, 0.6), (begin + 0.14, 0), count=20)
        back = curve((0.78, 0), (0.84, 0.5), (0.93, 1), count=20)
        outline = np.concatenate([edge, back])
        pattern.pieces += both(Piece(outline, "", (edge, back), 0.95, cuts=True))


def collar(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The band along the edge of the opening."""
    if design.collar == "plain" or not design.collar_width:
        return
    begin = 0.4 if design.shaft else upper.throat + 0.015
    p = np.concatenate([np.linspace(begin, begin + 0.3, 160), np.linspace(begin + 0.3, 1, 30)[1:]])
    t = upper.inset(p, design.collar_width)
    if design.shaft:
        # A cuff is level in front too, where the pattern's top is the ridge.
        rim = np.interp(p, np.linspace(0, 1, STATIONS), upper.near[-1, :, 1])
        rim = np.where(p < upper.throat, np.interp(upper.throat, p, rim), rim)
        t = upper.level_at(p, rim - design.collar_width)
    if design.collar == "scallop":
        t = t + 0.05 * np.abs(np.sin(9 * np.pi * (p - begin) / (1 - begin)))
    seam = np.column_stack([p, t]).astype(np.float32)[t < 0.999]
    outline = np.concatenate([seam, _corners((1, 1), (seam[0, 0], 1))])
    role = {"fur": "lining", "padded": "trim", "cuff": "lining"}.get(design.collar, "trim")
    edge = np.column_stack([seam[:, 0], np.ones(len(seam))]).astype(np.float32)
    seams = (seam, edge) if design.cover == "open" else (seam,)
    weight = 0.95 if design.cover == "open" else 0.7
    pattern.pieces += both(Piece(outline, role, seams, weight, covers=True))
    if design.collar == "fur":
        pattern.lines.append(Line(seam, "fur", 0.8))


def ornament(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """What sits on the vamp, and the loop behind."""
    if design.ornament != "none":
        p = upper.throat - 0.04 if design.cover != "open" else 0.27
        pattern.ornaments.append(
            Ornament(design.ornament, (p, 0.94), design.ornament_size, weight=0.95)
        )
    if design.pull_tab:
        pattern.ornaments.append(Ornament("loop", (0.992, 0.99), design.pull_tab, weight=0.6))
    if design.studs:
        p = np.linspace(0.12, 0.95, 16)
        for at, t in zip(p, upper.inset(p, 0.035), strict=True):
            if at > upper.throat + 0.02:
                pattern.ornaments.append(
                    Ornament("stud", (float(at), float(t)), 0.016, role="metal", weight=0.4)
                )


ALL = (
    quarter, cap, counter, stripes, apron, gore, eyestay, velcro, saddle, zips, belts, collar,
    straps, bar, openings, ornament,
)
