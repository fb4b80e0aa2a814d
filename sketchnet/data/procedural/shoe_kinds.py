"""The shop's departments: how designs of each kind of shoe are drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sketchnet.data.procedural.shoe_colours import dress
from sketchnet.data.procedural.shoe_design import ShoeDesign, Strap

Rng = np.random.Generator
Choice = dict[str, Any]


def design_shoe(rng: Rng, kind: str | None = None) -> ShoeDesign:
    """One new design; of a random kind, or of `kind` (a key of `KINDS`)."""
    if kind is None:
        names = list(KINDS)
        kind = names[int(rng.integers(len(names)))]
    choice: Choice = {
        "width": rng.uniform(0.165, 0.19),
        "waist": rng.uniform(0.66, 0.8),
        "instep": rng.uniform(0.20, 0.245),
        "toe_turn": rng.uniform(0.0, 0.03),
        "view": (float(rng.normal(23, 2)), float(rng.normal(18, 1.5))),
        "pattern_seed": int(rng.integers(1 << 30)),
    }
    choice.update(KINDS[kind](rng))
    if choice.get("cover") == "open":
        # An ankle strap is level, however high the heel stands.
        choice["throat_rise"] += 0.55 * choice["heel_height"]
    choice.update(dress(kind, choice, rng))
    return ShoeDesign(kind=kind, **choice)


def _pick(rng: Rng, *options: Any) -> Any:
    return options[int(rng.integers(len(options)))]


def _maybe(rng: Rng, chance: float, value: Any, otherwise: Any) -> Any:
    return value if rng.random() < chance else otherwise


def _toe(rng: Rng, *shapes: str) -> Choice:
    shape = _pick(rng, *shapes)
    length, roundness, height = {
        "round": ((0.26, 0.34), (2.0, 2.5), (0.10, 0.135)),
        "almond": ((0.36, 0.44), (1.6, 1.9), (0.08, 0.105)),
        "pointed": ((0.42, 0.52), (1.2, 1.45), (0.055, 0.08)),
        "square": ((0.22, 0.32), (3.2, 4.5), (0.08, 0.11)),
    }[shape]
    return {
        "toe_length": rng.uniform(*length),
        "toe_roundness": rng.uniform(*roundness),
        "toe_height": rng.uniform(*height),
    }


def _low_heel(rng: Rng) -> Choice:
    """The stacked heel of a walking shoe."""
    return {
        "heel_shape": _pick(rng, "block", "stacked"), "heel_height": rng.uniform(0.045, 0.1),
        "heel_length": rng.uniform(0.24, 0.31), "heel_tip": rng.uniform(0.86, 1.0),
        "sole": rng.uniform(0.02, 0.035), "sole_edge": rng.uniform(0.008, 0.018),
        "toe_spring": rng.uniform(0.01, 0.03),
    }


def _high_heel(rng: Rng, low: float, high: float, *shapes: str) -> Choice:
    shape = _pick(rng, *(shapes or ("stiletto", "cone", "block", "cuban", "spool", "flare", "wedge")))
    height = rng.uniform(low, high)
    length, tip = {
        "stiletto": ((0.15, 0.2), (0.13, 0.2)),
        "spool": ((0.15, 0.2), (0.3, 0.5)),
        "cone": ((0.18, 0.25), (0.25, 0.45)),
        "block": ((0.19, 0.28), (0.8, 1.0)),
        "stacked": ((0.19, 0.28), (0.85, 1.0)),
        "cuban": ((0.2, 0.27), (0.6, 0.78)),
        "flare": ((0.17, 0.22), (1.1, 1.4)),
        "wedge": ((0.3, 0.3), (1.0, 1.0)),
    }[shape]
    if shape == "spool":
        height = min(height, 0.2)
    platform = _maybe(rng, 0.3, rng.uniform(0.03, 0.12), 0.0)
    return {
        "heel_shape": shape, "heel_height": height, "heel_length": rng.uniform(*length),
        "heel_tip": rng.uniform(*tip), "platform": platform, "sole": rng.uniform(0.012, 0.022),
        "sole_edge": 0.006 if platform else 0.002, "toe_spring": rng.uniform(0.0, 0.02),
        "sole_style": _pick(rng, "plain", "rope", "cork") if shape == "wedge" else "plain",
    }


def _sneaker_sole(rng: Rng) -> Choice:
    style = _pick(rng, "foxing", "cup", "runner", "plain", "tread")
    thick = {"foxing": (0.05, 0.07), "cup": (0.06, 0.09), "runner": (0.07, 0.12),
             "plain": (0.05, 0.13), "tread": (0.07, 0.11)}[style]
    return {
        "sole_style": style, "sole": rng.uniform(*thick), "sole_edge": rng.uniform(0.008, 0.02),
        "heel_shape": "flat", "heel_height": rng.uniform(0.0, 0.05),
        "toe_spring": rng.uniform(0.02, 0.05),
    }


def _sneaker_upper(rng: Rng) -> Choice:
    marks = rng.integers(1, 4)
    return {
        "cap": _pick(rng, "none", "rubber", "mudguard", "wing", "straight"),
        "cap_at": rng.uniform(0.17, 0.25),
        "counter": _maybe(rng, 0.6, rng.uniform(0.12, 0.26), 0.0),
        "counter_height": rng.uniform(0.6, 1.0),
        "quarter": _maybe(rng, 0.45, rng.uniform(0.34, 0.44), 0.0),
        "quarter_lean": rng.uniform(-0.05, 0.18),
        "stripes": int(_maybe(rng, 0.75, marks, 0)),
        "stripe_style": _pick(rng, "slant", "check", "chevron", "wave", "letter", "star", "patch"),
        "eyestay": _maybe(rng, 0.7, rng.uniform(0.04, 0.07), 0.0),
        "lace_style": _pick(rng, "bars", "cross"),
        "collar": _pick(rng, "plain", "padded", "padded"),
        "collar_width": rng.uniform(0.03, 0.06),
        "stitched": bool(rng.random() < 0.4),
        "pull_tab": _maybe(rng, 0.3, rng.uniform(0.04, 0.06), 0.0),
    }


def sneaker(rng: Rng) -> Choice:
    fastening = _pick(rng, "laces", "laces", "laces", "velcro", "none")
    return {
        **_toe(rng, "round", "round", "almond"), **_sneaker_sole(rng), **_sneaker_upper(rng),
        "throat": rng.uniform(0.44, 0.52), "throat_rise": rng.uniform(0.0, 0.04),
        "side_height": rng.uniform(0.14, 0.19), "back_height": rng.uniform(0.21, 0.28),
        "laces": int(rng.integers(4, 8)) if fastening == "laces" else 0,
        "velcro": int(rng.integers(2, 4)) if fastening == "velcro" else 0,
        "gore": _maybe(rng, 0.6, rng.uniform(0.10, 0.16), 0.0) if fastening == "none" else 0.0,
        "tongue": rng.uniform(0.03, 0.09), "bow": bool(rng.random() < 0.6),
    }


def high_top(rng: Rng) -> Choice:
    return {
        **_toe(rng, "round", "round", "almond"), **_sneaker_sole(rng), **_sneaker_upper(rng),
        "throat": rng.uniform(0.62, 0.68), "shaft": rng.uniform(0.02, 0.14),
        "shaft_width": rng.uniform(0.34, 0.40), "shaft_slope": rng.uniform(-0.03, 0.05),
        "shaft_dip": rng.uniform(-0.01, 0.04), "laces": int(rng.integers(5, 9)),
        "tongue": rng.uniform(0.03, 0.08),
        "bow": bool(rng.random() < 0.4),
        "belts": (float(rng.uniform(0.34, 0.42)),) if rng.random() < 0.25 else (),
    }


def tall_boot(rng: Rng) -> Choice:
    heel = _pick(rng, _low_heel, _low_heel, lambda r: _high_heel(r, 0.14, 0.38))(rng)
    shaft = rng.uniform(0.35, 1.25)
    belts = tuple(sorted(rng.uniform(0.30, 0.36 + shaft * 0.95, int(rng.integers(0, 4)))))
    return {
        **heel, **_toe(rng, "round", "almond", "pointed", "square"),
        "throat": rng.uniform(0.62, 0.70), "shaft": shaft,
        "shaft_width": rng.uniform(0.34, 0.42), "shaft_flare": rng.uniform(0, 0.05),
        "shaft_slope": rng.uniform(-0.02, 0.14), "shaft_dip": _maybe(rng, 0.25, rng.uniform(0.05, 0.12), 0.0),
        "belts": tuple(b + heel["heel_height"] for b in belts),
        "belt_width": rng.uniform(0.035, 0.07), "zip": _pick(rng, "none", "none", "side", "slant"),
        "laces": int(_maybe(rng, 0.25, rng.integers(7, 13), 0)), "lace_style": _pick(rng, "bars", "cross"),
        "eyestay": rng.uniform(0.03, 0.06), "bow": bool(rng.random() < 0.4),
        "cap": _pick(rng, "none", "none", "straight", "wing"),
        "counter": _maybe(rng, 0.35, rng.uniform(0.15, 0.25), 0.0), "counter_height": rng.uniform(0.2, 0.4),
        "collar": _pick(rng, "plain", "band", "fur", "cuff"), "collar_width": rng.uniform(0.05, 0.16),
        "quarter": _maybe(rng, 0.3, rng.uniform(0.38, 0.46), 0.0), "quarter_lean": rng.uniform(0.0, 0.15),
        "sole_style": _pick(rng, "plain", "welt"), "pull_tab": _maybe(rng, 0.2, 0.05, 0.0),
        "stitched": bool(rng.random() < 0.3),
    }


def ankle_boot(rng: Rng) -> Choice:
    return {
        **_high_heel(rng, 0.12, 0.40), **_toe(rng, "round", "almond", "pointed", "square"),
        "throat": rng.uniform(0.62, 0.70), "shaft": rng.uniform(0.0, 0.22),
        "shaft_width": rng.uniform(0.33, 0.40), "shaft_slope": rng.uniform(-0.04, 0.10),
        "shaft_dip": rng.uniform(-0.02, 0.07), "shaft_flare": rng.uniform(0, 0.03),
        "zip": _pick(rng, "none", "side", "slant", "front"),
        "belts": tuple(rng.uniform(0.24, 0.40, int(rng.integers(0, 3))) + 0.1),
        "belt_width": rng.uniform(0.03, 0.06), "peep": _maybe(rng, 0.12, rng.uniform(0.12, 0.16), 0.0),
        "cap": _pick(rng, "none", "none", "straight"),
        "collar": _pick(rng, "plain", "band", "fur", "cuff"), "collar_width": rng.uniform(0.04, 0.10),
        "laces": int(_maybe(rng, 0.2, rng.integers(5, 9), 0)), "eyestay": 0.04,
        "quarter": _maybe(rng, 0.3, rng.uniform(0.36, 0.46), 0.0),
        "ornament": _pick(rng, "none", "none", "none", "bow", "flower", "button"),
        "ornament_size": rng.uniform(0.05, 0.1), "studs": bool(rng.random() < 0.12),
    }


def chelsea(rng: Rng) -> Choice:
    return {
        **_low_heel(rng), **_toe(rng, "round", "almond", "pointed", "square"),
        "throat": rng.uniform(0.63, 0.69), "shaft": rng.uniform(0.0, 0.16),
        "shaft_width": rng.uniform(0.34, 0.40), "shaft_slope": rng.uniform(-0.03, 0.06),
        "shaft_dip": rng.uniform(0.0, 0.05), "gore": rng.uniform(0.20, 0.30),
        "pull_tab": _maybe(rng, 0.7, rng.uniform(0.05, 0.08), 0.0),
        "sole_style": _pick(rng, "plain", "welt", "tread"), "brogue": bool(rng.random() < 0.15),
        "cap": _pick(rng, "none", "none", "none", "wing"), "stitched": bool(rng.random() < 0.3),
    }


def work_boot(rng: Rng) -> Choice:
    sole = _sneaker_sole(rng) if rng.random() < 0.5 else _low_heel(rng)
    return {
        **sole, **_toe(rng, "round", "round", "square"),
        "sole_style": _pick(rng, "welt", "tread", "plain"),
        "throat": rng.uniform(0.62, 0.69), "shaft": rng.uniform(0.05, 0.40),
        "shaft_width": rng.uniform(0.36, 0.42), "shaft_slope": rng.uniform(-0.02, 0.06),
        "laces": int(rng.integers(6, 11)), "lace_style": _pick(rng, "bars", "cross"),
        "eyestay": rng.uniform(0.04, 0.07), "bow": bool(rng.random() < 0.5),
        "cap": _pick(rng, "none", "straight", "wing", "mudguard"), "cap_at": rng.uniform(0.18, 0.28),
        "counter": _maybe(rng, 0.6, rng.uniform(0.14, 0.24), 0.0), "counter_height": rng.uniform(0.25, 0.5),
        "quarter": rng.uniform(0.36, 0.44), "quarter_lean": rng.uniform(0.0, 0.16),
        "collar": _pick(rng, "plain", "padded", "fur"), "collar_width": rng.uniform(0.05, 0.10),
        "tongue": rng.uniform(0.02, 0.07), "pull_tab": _maybe(rng, 0.4, 0.06, 0.0), "stitched": True,
        "belts": (float(rng.uniform(0.4, 0.46)),) if rng.random() < 0.2 else (),
    }


def oxford(rng: Rng) -> Choice:
    return {
        **_low_heel(rng), **_toe(rng, "round", "almond", "square", "pointed"),
        "sole_style": _pick(rng, "plain", "welt"), "throat": rng.uniform(0.44, 0.51),
        "side_height": rng.uniform(0.13, 0.17), "back_height": rng.uniform(0.20, 0.26),
        "laces": int(rng.integers(2, 7)), "lace_style": _pick(rng, "bars", "bars", "cross"),
        "eyestay": _maybe(rng, 0.75, rng.uniform(0.04, 0.075), 0.0), "bow": bool(rng.random() < 0.5),
        "cap": _pick(rng, "none", "straight", "wing"), "cap_at": rng.uniform(0.18, 0.26),
        "counter": _maybe(rng, 0.5, rng.uniform(0.12, 0.24), 0.0), "counter_height": rng.uniform(0.6, 1.0),
        "quarter": _maybe(rng, 0.75, rng.uniform(0.32, 0.42), 0.0), "quarter_lean": rng.uniform(0.0, 0.2),
        "brogue": bool(rng.random() < 0.4), "stitched": bool(rng.random() < 0.4),
        "tongue": rng.uniform(0.02, 0.05),
    }


def loafer(rng: Rng) -> Choice:
    bottom = _pick(rng, _low_heel, _low_heel, _flat)(rng)
    return {
        **bottom, **_toe(rng, "round", "almond", "square"),
        "throat": rng.uniform(0.36, 0.46), "side_height": rng.uniform(0.12, 0.16),
        "back_height": rng.uniform(0.19, 0.24), "throat_rise": rng.uniform(0.0, 0.04),
        "apron": _maybe(rng, 0.8, rng.uniform(0.34, 0.52), 0.0),
        "saddle": _pick(rng, "none", "penny", "bit", "tassel", "strap"),
        "counter": _maybe(rng, 0.3, rng.uniform(0.1, 0.2), 0.0), "counter_height": rng.uniform(0.6, 0.95),
        "collar": _pick(rng, "plain", "band", "fur"), "collar_width": rng.uniform(0.02, 0.035),
        "stitched": bool(rng.random() < 0.5),
        "ornament": _pick(rng, "none", "none", "none", "bow"), "ornament_size": rng.uniform(0.07, 0.11),
    }


def _flat(rng: Rng) -> Choice:
    return {
        "heel_shape": "flat", "heel_height": rng.uniform(0.0, 0.02), "sole": rng.uniform(0.012, 0.035),
        "sole_edge": rng.uniform(0.002, 0.012), "toe_spring": rng.uniform(0.0, 0.02),
        "sole_style": _pick(rng, "plain", "plain", "rope"),
    }


def ballerina(rng: Rng) -> Choice:
    return {
        **_pick(rng, _flat, _flat, lambda r: {**_low_heel(r), "sole_edge": 0.004})(rng),
        **_toe(rng, "round", "almond", "pointed", "square"),
        "throat": rng.uniform(0.19, 0.33), "throat_rise": rng.uniform(-0.01, 0.02),
        "side_height": rng.uniform(0.075, 0.12), "back_height": rng.uniform(0.17, 0.22),
        "opening": rng.uniform(0.10, 0.13), "opening_shape": rng.uniform(0.4, 0.9),
        "cap": _pick(rng, "none", "none", "straight"), "cap_at": rng.uniform(0.14, 0.18),
        "collar": _pick(rng, "plain", "band", "band", "scallop"), "collar_width": rng.uniform(0.012, 0.025),
        "ornament": _pick(rng, "none", "bow", "bow", "flower", "buckle", "stones", "button"),
        "ornament_size": rng.uniform(0.06, 0.12),
        **_maybe(rng, 0.3, _mary_jane(rng), {}),
        "cover": _maybe(rng, 0.15, "dorsay", "closed"), "quarter": _maybe(rng, 0.15, 0.36, 0.0),
    }


def _mary_jane(rng: Rng) -> Choice:
    return {"bar": rng.uniform(0.46, 0.62), "bar_width": rng.uniform(0.025, 0.055)}


def pump(rng: Rng) -> Choice:
    return {
        **_high_heel(rng, 0.10, 0.34, "block", "cone", "cuban", "spool", "flare", "stiletto"),
        **_pump_upper(rng, ("round", "almond", "square")),
    }


def stiletto(rng: Rng) -> Choice:
    return {**_high_heel(rng, 0.30, 0.46, "stiletto"), **_pump_upper(rng, ("pointed", "almond", "round"))}


def _pump_upper(rng: Rng, toes: tuple[str, ...]) -> Choice:
    return {
        **_toe(rng, *toes), "throat": rng.uniform(0.20, 0.34), "throat_rise": rng.uniform(-0.01, 0.02),
        "side_height": rng.uniform(0.08, 0.12), "back_height": rng.uniform(0.19, 0.25),
        "opening": rng.uniform(0.09, 0.12), "opening_shape": rng.uniform(0.4, 0.95),
        "peep": _maybe(rng, 0.25, rng.uniform(0.11, 0.15), 0.0),
        "cover": _pick(rng, "closed", "closed", "closed", "slingback", "dorsay"),
        "cap": _pick(rng, "none", "none", "none", "straight"), "cap_at": rng.uniform(0.13, 0.18),
        "ornament": _pick(rng, "none", "none", "bow", "flower", "buckle", "stones"),
        "ornament_size": rng.uniform(0.06, 0.12),
        "collar": _pick(rng, "plain", "plain", "band", "scallop"), "collar_width": rng.uniform(0.012, 0.02),
        **_maybe(rng, 0.25, _mary_jane(rng), {}),
        "counter": _maybe(rng, 0.15, rng.uniform(0.1, 0.2), 0.0),
    }


def wedge(rng: Rng) -> Choice:
    upper = _pump_upper(rng, ("round", "almond")) if rng.random() < 0.5 else sandal(rng)
    return {**upper, **_high_heel(rng, 0.12, 0.36, "wedge"), "sole": rng.uniform(0.03, 0.06),
            "sole_edge": rng.uniform(0.002, 0.012)}


def sandal(rng: Rng) -> Choice:
    bottom = _pick(rng, _flat, lambda r: _high_heel(r, 0.12, 0.42), _footbed)(rng)
    layout = _pick(rng, "bands", "cross", "thong", "gladiator", "fan", "slide")
    straps: list[Strap] = []
    width = rng.uniform(0.03, 0.09)
    first = rng.uniform(0.17, 0.23)
    if layout == "bands":
        for i in range(int(rng.integers(1, 4))):
            p = first + i * (width + rng.uniform(0.03, 0.08))
            straps.append(Strap(((p + 0.02, 0), (p, 1), (p + 0.03, 2)), width, bool(rng.random() < 0.3)))
    elif layout == "cross":
        p, reach = first, rng.uniform(0.12, 0.24)
        straps += [Strap(((p, 0), (p + reach / 2, 1), (p + reach, 2)), width),
                   Strap(((p + reach, 0), (p + reach / 2, 1), (p, 2)), width)]
    elif layout == "thong":
        slim, knot, end = rng.uniform(0.018, 0.035), rng.uniform(0.14, 0.2), rng.uniform(0.38, 0.5)
        straps += [Strap(((knot, 1), (knot + 0.1, 1.75), (end, 2)), slim),
                   Strap(((knot, 1), (knot + 0.1, 0.25), (end, 0)), slim)]
        if rng.random() < 0.5:
            straps.append(Strap(((knot, 1), (0.4, 1), (0.49, 1)), slim))
    elif layout == "gladiator":
        slim = rng.uniform(0.016, 0.03)
        for p in np.linspace(first, 0.50, int(rng.integers(3, 6))):
            straps.append(Strap(((p + 0.04, 0), (p, 1), (p + 0.04, 2)), slim))
        straps.append(Strap(((first, 1), (0.4, 1), (0.50, 1)), slim * 1.2))
    elif layout == "fan":
        slim = rng.uniform(0.015, 0.025)
        for spread in np.linspace(-0.08, 0.08, int(rng.integers(3, 6))):
            straps.append(Strap(((first + 0.04 + spread, 0), (first + 0.06, 1),
                                 (first + 0.04 - spread, 2)), slim))
    else:
        straps.append(Strap(((first + 0.08, 0), (first + 0.06, 1), (first + 0.09, 2)),
                            rng.uniform(0.13, 0.22), bool(rng.random() < 0.4)))
    ankle = _pick(rng, "band", "band", "counter", "none", "sling")
    if ankle == "sling":
        straps.append(Strap(((0.62, 0), (0.8, 0.6), (0.97, 0.86)), width * 0.6))
        straps.append(Strap(((0.62, 2), (0.8, 1.4), (0.97, 1.14)), width * 0.6))
    height = rng.uniform(0.30, 0.40)
    return {
        **bottom, **_toe(rng, "round", "almond", "square"), "cover": "open", "straps": tuple(straps),
        "throat": 0.56, "throat_rise": rng.uniform(0.0, 0.05), "side_height": height,
        "back_height": height + rng.uniform(-0.02, 0.06), "opening": 0.10, "opening_shape": 0.55,
        "back_lean": 0.08, "collar": "band" if ankle in ("band", "counter") else "plain",
        "collar_width": rng.uniform(0.025, 0.05),
        "counter": {"counter": rng.uniform(0.16, 0.26), "band": rng.uniform(0.06, 0.1)}.get(ankle, 0.0),
        "counter_height": 1.0, "stitched": bool(rng.random() < 0.2),
        "ornament": _pick(rng, "none", "none", "none", "flower", "bow", "stones", "button"),
        "ornament_size": rng.uniform(0.06, 0.12),
    }


def _footbed(rng: Rng) -> Choice:
    return {
        "heel_shape": "flat", "heel_height": rng.uniform(0.0, 0.08), "sole": rng.uniform(0.05, 0.12),
        "sole_edge": rng.uniform(0.01, 0.02), "toe_spring": rng.uniform(0.0, 0.03),
        "sole_style": _pick(rng, "cork", "plain", "rope", "tread"),
    }


def mule(rng: Rng) -> Choice:
    bottom = _pick(rng, _flat, _low_heel, lambda r: _high_heel(r, 0.10, 0.36), _footbed)(rng)
    return {
        **bottom, **_toe(rng, "round", "almond", "pointed", "square"), "cover": "mule",
        "throat": rng.uniform(0.30, 0.46), "side_height": 0.14, "back_height": 0.16,
        "throat_rise": rng.uniform(0.0, 0.03), "peep": _maybe(rng, 0.3, rng.uniform(0.12, 0.18), 0.0),
        "apron": _maybe(rng, 0.25, rng.uniform(0.34, 0.5), 0.0),
        "saddle": _pick(rng, "none", "none", "penny", "bit", "strap"),
        "cap": _pick(rng, "none", "none", "straight"), "cap_at": rng.uniform(0.15, 0.2),
        "ornament": _pick(rng, "none", "none", "buckle", "flower", "bow", "button"),
        "ornament_size": rng.uniform(0.06, 0.11), "stitched": bool(rng.random() < 0.4),
        "studs": False,
    }


def slipper(rng: Rng) -> Choice:
    return {
        **_flat(rng), **_toe(rng, "round", "almond"), "sole": rng.uniform(0.025, 0.06),
        "cover": _maybe(rng, 0.35, "mule", "closed"), "throat": rng.uniform(0.34, 0.44),
        "side_height": rng.uniform(0.12, 0.17), "back_height": rng.uniform(0.18, 0.24),
        "throat_rise": rng.uniform(0.0, 0.06), "collar": _pick(rng, "fur", "fur", "band", "cuff"),
        "collar_width": rng.uniform(0.03, 0.07), "apron": _maybe(rng, 0.45, rng.uniform(0.35, 0.5), 0.0),
        "ornament": _pick(rng, "none", "pompon", "bow", "button", "none"),
        "ornament_size": rng.uniform(0.06, 0.1), "stitched": bool(rng.random() < 0.5),
    }


KINDS: dict[str, Callable[[Rng], Choice]] = {
    "sneaker": sneaker, "high-top": high_top, "boot": tall_boot, "ankle boot": ankle_boot,
    "chelsea": chelsea, "work boot": work_boot, "oxford": oxford, "loafer": loafer,
    "ballerina": ballerina, "pump": pump, "stiletto": stiletto, "wedge": wedge, "sandal": sandal,
    "mule": mule, "slipper": slipper,
}
