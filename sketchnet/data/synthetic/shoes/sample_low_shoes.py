"""Random design parameters of low shoes for walking."""

from __future__ import annotations

from sketchnet.data.synthetic.shoes.sample_parts import (
    Parameters,
    Rng,
    flat_sole,
    footbed,
    high_heel,
    low_heel,
    maybe,
    pick,
    sneaker_sole,
    sneaker_upper,
    toe,
)


def sneaker(rng: Rng) -> Parameters:
    """A low sneaker with laces, hook-and-loop straps or neither."""
    fastening = pick(rng, "laces", "laces", "laces", "velcro", "none")
    return {
        **toe(rng, "round", "round", "almond"),
        **sneaker_sole(rng),
        **sneaker_upper(rng),
        "throat": rng.uniform(0.44, 0.52),
        "throat_rise": rng.uniform(0.0, 0.04),
        "side_height": rng.uniform(0.14, 0.19),
        "back_height": rng.uniform(0.21, 0.28),
        "laces": int(rng.integers(4, 8)) if fastening == "laces" else 0,
        "velcro": int(rng.integers(2, 4)) if fastening == "velcro" else 0,
        "gore": maybe(rng, 0.6, rng.uniform(0.10, 0.16), 0.0) if fastening == "none" else 0.0,
        "tongue": rng.uniform(0.03, 0.09),
        "bow": bool(rng.random() < 0.6),
    }


def oxford(rng: Rng) -> Parameters:
    """A low laced shoe on a small heel, plain or with a straight or winged toe cap."""
    return {
        **low_heel(rng),
        **toe(rng, "round", "almond", "square", "pointed"),
        "sole_style": pick(rng, "plain", "welt"),
        "throat": rng.uniform(0.44, 0.51),
        "side_height": rng.uniform(0.13, 0.17),
        "back_height": rng.uniform(0.20, 0.26),
        "laces": int(rng.integers(2, 7)),
        "lace_style": pick(rng, "bars", "bars", "cross"),
        "eyestay": maybe(rng, 0.75, rng.uniform(0.04, 0.075), 0.0),
        "bow": bool(rng.random() < 0.5),
        "cap": pick(rng, "none", "straight", "wing"),
        "cap_at": rng.uniform(0.18, 0.26),
        "counter": maybe(rng, 0.5, rng.uniform(0.12, 0.24), 0.0),
        "counter_height": rng.uniform(0.6, 1.0),
        "quarter": maybe(rng, 0.75, rng.uniform(0.32, 0.42), 0.0),
        "quarter_lean": rng.uniform(0.0, 0.2),
        "brogue": bool(rng.random() < 0.4),
        "stitched": bool(rng.random() < 0.4),
        "tongue": rng.uniform(0.02, 0.05),
    }


def loafer(rng: Rng) -> Parameters:
    """A shoe without laces, often with a moccasin seam and a saddle or tassel."""
    bottom = pick(rng, low_heel, low_heel, flat_sole)(rng)
    return {
        **bottom,
        **toe(rng, "round", "almond", "square"),
        "throat": rng.uniform(0.36, 0.46),
        "side_height": rng.uniform(0.12, 0.16),
        "back_height": rng.uniform(0.19, 0.24),
        "throat_rise": rng.uniform(0.0, 0.04),
        "apron": maybe(rng, 0.8, rng.uniform(0.34, 0.52), 0.0),
        "saddle": pick(rng, "none", "penny", "bit", "tassel", "strap"),
        "counter": maybe(rng, 0.3, rng.uniform(0.1, 0.2), 0.0),
        "counter_height": rng.uniform(0.6, 0.95),
        "collar": pick(rng, "plain", "band", "fur"),
        "collar_width": rng.uniform(0.02, 0.035),
        "stitched": bool(rng.random() < 0.5),
        "ornament": pick(rng, "none", "none", "none", "bow"),
        "ornament_size": rng.uniform(0.07, 0.11),
    }


def mule(rng: Rng) -> Parameters:
    """A shoe without a back, on any heel."""
    bottom = pick(rng, flat_sole, low_heel, lambda r: high_heel(r, 0.10, 0.36), footbed)(rng)
    return {
        **bottom,
        **toe(rng, "round", "almond", "pointed", "square"),
        "cover": "mule",
        "throat": rng.uniform(0.30, 0.46),
        "side_height": 0.14,
        "back_height": 0.16,
        "throat_rise": rng.uniform(0.0, 0.03),
        "peep": maybe(rng, 0.3, rng.uniform(0.12, 0.18), 0.0),
        "apron": maybe(rng, 0.25, rng.uniform(0.34, 0.5), 0.0),
        "saddle": pick(rng, "none", "none", "penny", "bit", "strap"),
        "cap": pick(rng, "none", "none", "straight"),
        "cap_at": rng.uniform(0.15, 0.2),
        "ornament": pick(rng, "none", "none", "buckle", "flower", "bow", "button"),
        "ornament_size": rng.uniform(0.06, 0.11),
        "stitched": bool(rng.random() < 0.4),
        "studs": False,
    }


def slipper(rng: Rng) -> Parameters:
    """A soft slipper."""
    return {
        **flat_sole(rng),
        **toe(rng, "round", "almond"),
        "sole": rng.uniform(0.025, 0.06),
        "cover": maybe(rng, 0.35, "mule", "closed"),
        "throat": rng.uniform(0.34, 0.44),
        "side_height": rng.uniform(0.12, 0.17),
        "back_height": rng.uniform(0.18, 0.24),
        "throat_rise": rng.uniform(0.0, 0.06),
        "collar": pick(rng, "fur", "fur", "band", "cuff"),
        "collar_width": rng.uniform(0.03, 0.07),
        "apron": maybe(rng, 0.45, rng.uniform(0.35, 0.5), 0.0),
        "ornament": pick(rng, "none", "pompon", "bow", "button", "none"),
        "ornament_size": rng.uniform(0.06, 0.1),
        "stitched": bool(rng.random() < 0.5),
    }
