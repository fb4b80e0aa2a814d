"""Random design parameters of ballerinas, pumps, wedges and sandals."""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.shoes.design import Strap
from sketchnet.data.synthetic.shoes.sample_parts import (
    Parameters,
    Rng,
    flat_sole,
    footbed,
    high_heel,
    low_heel,
    mary_jane,
    maybe,
    pick,
    toe,
)


def ballerina(rng: Rng) -> Parameters:
    """A flat low-cut shoe."""
    return {
        **pick(rng, flat_sole, flat_sole, lambda r: {**low_heel(r), "sole_edge": 0.004})(rng),
        **toe(rng, "round", "almond", "pointed", "square"),
        "throat": rng.uniform(0.19, 0.33),
        "throat_rise": rng.uniform(-0.01, 0.02),
        "side_height": rng.uniform(0.075, 0.12),
        "back_height": rng.uniform(0.17, 0.22),
        "opening": rng.uniform(0.10, 0.13),
        "opening_shape": rng.uniform(0.4, 0.9),
        "cap": pick(rng, "none", "none", "straight"),
        "cap_at": rng.uniform(0.14, 0.18),
        "collar": pick(rng, "plain", "band", "band", "scallop"),
        "collar_width": rng.uniform(0.012, 0.025),
        "ornament": pick(rng, "none", "bow", "bow", "flower", "buckle", "stones", "button"),
        "ornament_size": rng.uniform(0.06, 0.12),
        **maybe(rng, 0.3, mary_jane(rng), {}),
        "cover": maybe(rng, 0.15, "dorsay", "closed"),
        "quarter": maybe(rng, 0.15, 0.36, 0.0),
    }


def pump(rng: Rng) -> Parameters:
    """A low-cut shoe on a heel of moderate height and any shape."""
    return {
        **high_heel(rng, 0.10, 0.34, "block", "cone", "cuban", "spool", "flare", "stiletto"),
        **_pump_upper(rng, ("round", "almond", "square")),
    }


def stiletto(rng: Rng) -> Parameters:
    """A low-cut shoe on a high, thin heel."""
    return {
        **high_heel(rng, 0.30, 0.46, "stiletto"),
        **_pump_upper(rng, ("pointed", "almond", "round")),
    }


def _pump_upper(rng: Rng, toes: tuple[str, ...]) -> Parameters:
    """The upper of a pump whose toe has one of the shapes `toes`."""
    return {
        **toe(rng, *toes),
        "throat": rng.uniform(0.20, 0.34),
        "throat_rise": rng.uniform(-0.01, 0.02),
        "side_height": rng.uniform(0.08, 0.12),
        "back_height": rng.uniform(0.19, 0.25),
        "opening": rng.uniform(0.09, 0.12),
        "opening_shape": rng.uniform(0.4, 0.95),
        "peep": maybe(rng, 0.25, rng.uniform(0.11, 0.15), 0.0),
        "cover": pick(rng, "closed", "closed", "closed", "slingback", "dorsay"),
        "cap": pick(rng, "none", "none", "none", "straight"),
        "cap_at": rng.uniform(0.13, 0.18),
        "ornament": pick(rng, "none", "none", "bow", "flower", "buckle", "stones"),
        "ornament_size": rng.uniform(0.06, 0.12),
        "collar": pick(rng, "plain", "plain", "band", "scallop"),
        "collar_width": rng.uniform(0.012, 0.02),
        **maybe(rng, 0.25, mary_jane(rng), {}),
        "counter": maybe(rng, 0.15, rng.uniform(0.1, 0.2), 0.0),
    }


def wedge(rng: Rng) -> Parameters:
    """A pump or a sandal on a wedge."""
    upper = _pump_upper(rng, ("round", "almond")) if rng.random() < 0.5 else sandal(rng)
    return {
        **upper,
        **high_heel(rng, 0.12, 0.36, "wedge"),
        "sole": rng.uniform(0.03, 0.06),
        "sole_edge": rng.uniform(0.002, 0.012),
    }


def sandal(rng: Rng) -> Parameters:
    """Straps on a flat or heeled sole, often with an ankle strap."""
    bottom = pick(rng, flat_sole, lambda r: high_heel(r, 0.12, 0.42), footbed)(rng)
    layout = pick(rng, "bands", "cross", "thong", "gladiator", "fan", "slide")
    ankle = pick(rng, "band", "band", "counter", "none", "sling")
    width = rng.uniform(0.03, 0.09)
    first = rng.uniform(0.17, 0.23)
    straps = _foot_straps(rng, layout, first, width, ankle in ("band", "counter"))
    if ankle == "sling":
        straps.append(Strap(((0.62, 0), (0.8, 0.6), (1.0, 0.86)), width * 0.6))
        straps.append(Strap(((0.62, 2), (0.8, 1.4), (1.0, 1.14)), width * 0.6))
    height = rng.uniform(0.30, 0.40)
    return {
        **bottom,
        **toe(rng, "round", "almond", "square"),
        "cover": "open",
        "straps": tuple(straps),
        "throat": 0.56,
        "throat_rise": rng.uniform(0.0, 0.05),
        "side_height": height,
        "back_height": height + rng.uniform(-0.02, 0.06),
        "opening": 0.10,
        "opening_shape": 0.55,
        "back_lean": 0.08,
        "collar": "band" if ankle in ("band", "counter") else "plain",
        "collar_width": rng.uniform(0.025, 0.05),
        "counter": {"counter": rng.uniform(0.16, 0.26), "band": rng.uniform(0.06, 0.1)}.get(
            ankle, 0.0
        ),
        "counter_height": 1.0,
        "stitched": bool(rng.random() < 0.2),
        "ornament": pick(rng, "none", "none", "none", "flower", "bow", "stones", "button"),
        "ornament_size": rng.uniform(0.06, 0.12),
    }


def _foot_straps(
    rng: Rng, layout: str, first: float, width: float, ankle_strap: bool
) -> list[Strap]:
    """The straps over the foot.

    Args:
        rng: Random generator.
        layout: bands, cross, thong, gladiator, fan or slide.
        first: Station of the foremost strap.
        width: Width of a strap in shoe lengths; thong, gladiator, fan and slide have their own.
        ankle_strap: Whether there is an ankle strap, to which a thong is then connected.
    """
    if layout == "bands":
        straps = []
        for i in range(int(rng.integers(1, 4))):
            p = first + i * (width + rng.uniform(0.03, 0.08))
            path = ((p + 0.02, 0), (p, 1), (p + 0.03, 2))
            straps.append(Strap(path, width, bool(rng.random() < 0.3)))
        return straps
    if layout == "cross":
        p, reach = first, rng.uniform(0.12, 0.24)
        return [
            Strap(((p, 0), (p + reach / 2, 1), (p + reach, 2)), width),
            Strap(((p + reach, 0), (p + reach / 2, 1), (p, 2)), width),
        ]
    if layout == "thong":
        slim, knot, end = rng.uniform(0.018, 0.035), rng.uniform(0.14, 0.2), rng.uniform(0.38, 0.5)
        straps = [
            Strap(((knot, 1), (knot + 0.1, 1.75), (end, 2)), slim),
            Strap(((knot, 1), (knot + 0.1, 0.25), (end, 0)), slim),
        ]
        if ankle_strap:
            straps.append(Strap(((knot, 1), (0.4, 1), (0.53, 1)), slim))
        return straps
    if layout == "gladiator":
        slim = rng.uniform(0.016, 0.03)
        straps = [
            Strap(((p + 0.04, 0), (p, 1), (p + 0.04, 2)), slim)
            for p in np.linspace(first, 0.50, int(rng.integers(3, 6)))
        ]
        return [*straps, Strap(((first, 1), (0.4, 1), (0.50, 1)), slim * 1.2)]
    if layout == "fan":
        slim = rng.uniform(0.015, 0.025)
        return [
            Strap(((first + 0.04 + shift, 0), (first + 0.06, 1), (first + 0.04 - shift, 2)), slim)
            for shift in np.linspace(-0.08, 0.08, int(rng.integers(3, 6)))
        ]
    path = ((first + 0.08, 0), (first + 0.06, 1), (first + 0.09, 2))
    return [Strap(path, rng.uniform(0.13, 0.22), bool(rng.random() < 0.4))]
