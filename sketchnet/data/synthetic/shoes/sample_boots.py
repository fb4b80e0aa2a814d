"""Random design parameters of shoes that cover the ankle."""

from __future__ import annotations

from sketchnet.data.synthetic.shoes.sample_parts import (
    Parameters,
    Rng,
    high_heel,
    low_heel,
    maybe,
    pick,
    sneaker_sole,
    sneaker_upper,
    spaced_values,
    toe,
)


def high_top(rng: Rng) -> Parameters:
    """A sneaker that covers the ankle."""
    return {
        **toe(rng, "round", "round", "almond"),
        **sneaker_sole(rng),
        **sneaker_upper(rng),
        "throat": rng.uniform(0.62, 0.68),
        "shaft": rng.uniform(0.02, 0.14),
        "shaft_width": rng.uniform(0.34, 0.40),
        "shaft_slope": rng.uniform(-0.03, 0.05),
        "shaft_dip": rng.uniform(-0.01, 0.04),
        "laces": int(rng.integers(5, 9)),
        "tongue": rng.uniform(0.03, 0.08),
        "bow": bool(rng.random() < 0.4),
        "belts": (float(rng.uniform(0.34, 0.42)),) if rng.random() < 0.25 else (),
    }


def tall_boot(rng: Rng) -> Parameters:
    """A boot with a shaft from above the ankle to below the knee, flat or heeled."""
    heel = pick(rng, low_heel, low_heel, lambda r: high_heel(r, 0.14, 0.38))(rng)
    shaft = rng.uniform(0.35, 1.25)
    belts = spaced_values(rng, 0.30, 0.36 + shaft * 0.95, int(rng.integers(0, 4)))
    return {
        **heel,
        **toe(rng, "round", "almond", "pointed", "square"),
        "throat": rng.uniform(0.62, 0.70),
        "shaft": shaft,
        "shaft_width": rng.uniform(0.34, 0.42),
        "shaft_flare": rng.uniform(0, 0.05),
        "shaft_slope": rng.uniform(-0.02, 0.14),
        "shaft_dip": maybe(rng, 0.25, rng.uniform(0.05, 0.12), 0.0),
        "belts": tuple(b + heel["heel_height"] for b in belts),
        "belt_width": rng.uniform(0.035, 0.07),
        "zip": pick(rng, "none", "side"),
        "laces": int(maybe(rng, 0.25, rng.integers(7, 13), 0)),
        "lace_style": pick(rng, "bars", "cross"),
        "eyestay": rng.uniform(0.03, 0.06),
        "bow": bool(rng.random() < 0.4),
        "cap": pick(rng, "none", "none", "straight", "wing"),
        "counter": maybe(rng, 0.35, rng.uniform(0.15, 0.25), 0.0),
        "counter_height": rng.uniform(0.2, 0.4),
        "collar": pick(rng, "plain", "band", "fur", "cuff"),
        "collar_width": rng.uniform(0.05, 0.16),
        "quarter": maybe(rng, 0.3, rng.uniform(0.38, 0.46), 0.0),
        "quarter_lean": rng.uniform(0.0, 0.15),
        "sole_style": pick(rng, "plain", "welt"),
        "pull_tab": maybe(rng, 0.2, 0.05, 0.0),
        "stitched": bool(rng.random() < 0.3),
    }


def ankle_boot(rng: Rng) -> Parameters:
    """A heeled boot up to the ankle, with a zip, straps or laces."""
    return {
        **high_heel(rng, 0.12, 0.40),
        **toe(rng, "round", "almond", "pointed", "square"),
        "throat": rng.uniform(0.62, 0.70),
        "shaft": rng.uniform(0.0, 0.22),
        "shaft_width": rng.uniform(0.33, 0.40),
        "shaft_slope": rng.uniform(-0.04, 0.10),
        "shaft_dip": rng.uniform(-0.02, 0.07),
        "shaft_flare": rng.uniform(0, 0.03),
        "zip": pick(rng, "none", "side", "slant", "front"),
        "belts": spaced_values(rng, 0.30, 0.54, int(rng.integers(0, 3))),
        "belt_width": rng.uniform(0.03, 0.06),
        "peep": maybe(rng, 0.12, rng.uniform(0.12, 0.16), 0.0),
        "cap": pick(rng, "none", "none", "straight"),
        "collar": pick(rng, "plain", "band", "fur", "cuff"),
        "collar_width": rng.uniform(0.04, 0.10),
        "laces": int(maybe(rng, 0.2, rng.integers(5, 9), 0)),
        "eyestay": 0.04,
        "quarter": maybe(rng, 0.3, rng.uniform(0.36, 0.46), 0.0),
        "ornament": pick(rng, "none", "none", "none", "bow", "flower", "button"),
        "ornament_size": rng.uniform(0.05, 0.1),
        "studs": bool(rng.random() < 0.12),
    }


def chelsea(rng: Rng) -> Parameters:
    """A flat boot up to the ankle with elastic sides."""
    return {
        **low_heel(rng),
        **toe(rng, "round", "almond", "pointed", "square"),
        "throat": rng.uniform(0.63, 0.69),
        "shaft": rng.uniform(0.0, 0.16),
        "shaft_width": rng.uniform(0.34, 0.40),
        "shaft_slope": rng.uniform(-0.03, 0.06),
        "shaft_dip": rng.uniform(0.0, 0.05),
        "gore": rng.uniform(0.20, 0.30),
        "pull_tab": maybe(rng, 0.7, rng.uniform(0.05, 0.08), 0.0),
        "sole_style": pick(rng, "plain", "welt", "tread"),
        "brogue": bool(rng.random() < 0.15),
        "cap": pick(rng, "none", "none", "none", "wing"),
        "stitched": bool(rng.random() < 0.3),
    }


def work_boot(rng: Rng) -> Parameters:
    """A sturdy laced boot on a welted or treaded sole."""
    sole = sneaker_sole(rng) if rng.random() < 0.5 else low_heel(rng)
    return {
        **sole,
        **toe(rng, "round", "round", "square"),
        "sole_style": pick(rng, "welt", "tread", "plain"),
        "throat": rng.uniform(0.62, 0.69),
        "shaft": rng.uniform(0.05, 0.40),
        "shaft_width": rng.uniform(0.36, 0.42),
        "shaft_slope": rng.uniform(-0.02, 0.06),
        "laces": int(rng.integers(6, 11)),
        "lace_style": pick(rng, "bars", "cross"),
        "eyestay": rng.uniform(0.04, 0.07),
        "bow": bool(rng.random() < 0.5),
        "cap": pick(rng, "none", "straight", "wing", "mudguard"),
        "cap_at": rng.uniform(0.18, 0.28),
        "counter": maybe(rng, 0.6, rng.uniform(0.14, 0.24), 0.0),
        "counter_height": rng.uniform(0.25, 0.5),
        "quarter": rng.uniform(0.36, 0.44),
        "quarter_lean": rng.uniform(0.0, 0.16),
        "collar": pick(rng, "plain", "padded", "fur"),
        "collar_width": rng.uniform(0.05, 0.10),
        "tongue": rng.uniform(0.02, 0.07),
        "pull_tab": maybe(rng, 0.4, 0.06, 0.0),
        "stitched": True,
        "belts": (float(rng.uniform(0.4, 0.46)),) if rng.random() < 0.2 else (),
    }
