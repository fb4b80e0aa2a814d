"""Builds the flat pattern of an upper; each function adds one kind of part of the design."""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.curves import curve, line
from sketchnet.data.synthetic.shoes import pattern_fastenings as fastenings
from sketchnet.data.synthetic.shoes import pattern_openings as openings
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.pattern import (
    Line,
    Ornament,
    Pattern,
    Piece,
    mirrored,
    mirrored_pair,
    over_ridge,
    strip,
)
from sketchnet.data.synthetic.shoes.upper import Upper


def _add_quarter(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The leather behind the seam from the throat to the sole."""
    if not design.quarter:
        return
    q, lean = design.quarter, design.quarter_lean
    seam = curve((q, 1), (q + 0.15 * lean, 0.75), (q + 0.35 * lean, 0.4), (q + lean, 0))
    piece = Piece(
        np.concatenate([seam, line((1, 0), (1, 1))]),
        "accent",
        (seam,),
        0.55,
        stitched=design.stitched,
    )
    pattern.pieces += mirrored_pair(piece)
    _add_brogue(design, pattern, seam)


def _add_counter(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The stiff piece around the heel."""
    if not design.counter:
        return
    c, h = design.counter, design.counter_height
    seam = curve((1 - c, 0), (1 - 0.85 * c, 0.5 * h), (1 - 0.45 * c, 0.92 * h), (1, h))
    piece = Piece(
        np.concatenate([seam, line((1, 0))]),
        "trim",
        (seam,),
        0.55,
        covers=True,
        stitched=design.stitched,
    )
    pattern.pieces += mirrored_pair(piece)
    _add_brogue(design, pattern, seam)


def _add_toe_cap(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The toe cap: straight, a wing tip, rubber, or the mudguard of a running shoe."""
    at = design.cap_at
    if design.cap == "straight":
        seam = over_ridge(curve((at + 0.03, 0), (at + 0.01, 0.4), (at, 1)))
    elif design.cap == "rubber":
        seam = over_ridge(
            curve((at + 0.06, 0), (at + 0.01, 0.45), (at - 0.01, 0.8), (at - 0.015, 1))
        )
    elif design.cap == "wing":
        seam = over_ridge(
            curve(
                (0.56, 0),
                (0.47, 0.26),
                (0.34, 0.46),
                (at + 0.05, 0.68),
                (at, 0.86),
                (at + 0.06, 1),
                count=40,
            )
        )
    elif design.cap == "mudguard":
        seam = over_ridge(
            curve(
                (0.52, 0),
                (0.42, 0.26),
                (0.28, 0.40),
                (at + 0.02, 0.58),
                (at - 0.04, 0.82),
                (at - 0.05, 1),
                count=40,
            )
        )
    else:
        return
    role = {"rubber": "sole_colour", "wing": "accent", "straight": "trim"}.get(design.cap, "accent")
    outline = np.concatenate([seam, line((0, 2), (0, 0))])
    pattern.pieces.append(Piece(outline, role, (seam,), 0.85, stitched=design.stitched))
    _add_brogue(design, pattern, seam)


def _add_brogue(design: ShoeDesign, pattern: Pattern, seam: np.ndarray) -> None:
    """A row of punched holes a little inside a seam."""
    if design.brogue:
        inside = seam + (np.array([0.5, 0.4], np.float32) - seam) * 0.05
        pattern.lines.append(Line(inside, "brogue", 0.25))


def _add_stripes(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """Stripes or a logo on the side of a sneaker."""
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
            path = line((p + 0.05, 0.08), (p, 0.25), (p - 0.06, 0.45), (p, 0.6), (p + 0.05, 0.75))
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
        pattern.pieces += mirrored_pair(piece)
    if style in ("letter", "star", "patch"):
        pattern.ornaments.append(Ornament(style, (0.60, 0.42), 0.045 + 0.008 * n, role="accent"))


def _add_apron(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The raised U-shaped seam on top of a moccasin."""
    if not design.apron:
        return
    low = 1 - design.apron
    seam = over_ridge(
        curve(
            (upper.throat + 0.06, low + 0.1),
            (upper.throat - 0.08, low + 0.02),
            (0.28, low),
            (0.17, low + 0.08),
            (0.115, 0.86),
            (0.10, 1),
            count=36,
        )
    )
    pattern.pieces.append(Piece(seam, "upper", (seam,), 0.9))
    pattern.lines.append(Line(seam, "pucker", 0.5))


def _add_gore(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The elastic side piece of a Chelsea boot."""
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
    pattern.pieces += mirrored_pair(Piece(outline, "trim", (outline,), 0.9))
    for share in (-0.6, -0.3, 0.0, 0.3, 0.6):
        rib = curve((middle + share * w, 0.97), (middle + 0.55 * share * w, low + 0.03))
        pattern.lines += [Line(rib, "elastic", 0.3), Line(mirrored(rib), "elastic", 0.0)]


def _add_straps(design: ShoeDesign, upper: Upper, pattern: Pattern) -> None:
    """The straps over the foot."""
    for item in design.straps:
        path = curve(*item.path, count=40)
        pattern.pieces.append(
            strip(
                upper, path, item.width, "upper", covers=True, weight=1.0, stitched=design.stitched
            )
        )
        if item.buckle:
            at = path[len(path) // 4]
            pattern.ornaments.append(
                Ornament("buckle", tuple(at), min(0.9 * item.width, 0.05), role="metal")
            )


_BUILDERS = (
    _add_quarter,
    _add_toe_cap,
    _add_counter,
    _add_stripes,
    _add_apron,
    _add_gore,
    fastenings.add_laces,
    fastenings.add_velcro,
    fastenings.add_saddle,
    fastenings.add_zip,
    fastenings.add_belts,
    openings.add_collar,
    _add_straps,
    fastenings.add_bar,
    openings.add_openings,
    openings.add_ornaments,
)


def build_pattern(design: ShoeDesign, upper: Upper) -> Pattern:
    """The flat pattern of `design`."""
    pattern = Pattern()
    for add_part in _BUILDERS:
        add_part(design, upper, pattern)
    return pattern
