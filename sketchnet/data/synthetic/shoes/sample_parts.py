"""Random design parameters shared by several kinds of shoe: toes, soles, heels, uppers."""

from __future__ import annotations

from typing import Any

import numpy as np

Rng = np.random.Generator
Parameters = dict[str, Any]  # values of some fields of a `ShoeDesign`


def pick(rng: Rng, *options: Any) -> Any:
    """One of the options."""
    return options[int(rng.integers(len(options)))]


def maybe(rng: Rng, chance: float, value: Any, otherwise: Any) -> Any:
    """`value` with probability `chance`, else `otherwise`."""
    return value if rng.random() < chance else otherwise


def spaced_values(rng: Rng, low: float, high: float, count: int) -> tuple[float, ...]:
    """`count` increasing numbers between `low` and `high`, no two of them close together."""
    places = np.arange(count) + rng.uniform(0.2, 0.8, count)
    return tuple((low + (high - low) * places / max(count, 1)).tolist())


def toe(rng: Rng, *shapes: str) -> Parameters:
    """A toe of one of the named shapes, with random measures."""
    shape = pick(rng, *shapes)
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


def low_heel(rng: Rng) -> Parameters:
    """The stacked heel of a walking shoe."""
    return {
        "heel_shape": pick(rng, "block", "stacked"),
        "heel_height": rng.uniform(0.045, 0.1),
        "heel_length": rng.uniform(0.24, 0.31),
        "heel_tip": rng.uniform(0.86, 1.0),
        "sole": rng.uniform(0.02, 0.035),
        "sole_edge": rng.uniform(0.008, 0.018),
        "toe_spring": rng.uniform(0.01, 0.03),
    }


def high_heel(rng: Rng, low: float, high: float, *shapes: str) -> Parameters:
    """A heel of height `low` to `high` of one of `shapes` (default: all), and its sole."""
    shape = pick(
        rng, *(shapes or ("stiletto", "cone", "block", "cuban", "spool", "flare", "wedge"))
    )
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
    platform = maybe(rng, 0.3, rng.uniform(0.03, 0.12), 0.0)
    return {
        "heel_shape": shape,
        "heel_height": height,
        "heel_length": rng.uniform(*length),
        "heel_tip": rng.uniform(*tip),
        "platform": platform,
        "sole": rng.uniform(0.012, 0.022),
        "sole_edge": 0.006 if platform else 0.002,
        "toe_spring": rng.uniform(0.0, 0.02),
        "sole_style": pick(rng, "plain", "rope", "cork") if shape == "wedge" else "plain",
    }


def flat_sole(rng: Rng) -> Parameters:
    """A thin sole with hardly any heel."""
    return {
        "heel_shape": "flat",
        "heel_height": rng.uniform(0.0, 0.02),
        "sole": rng.uniform(0.012, 0.035),
        "sole_edge": rng.uniform(0.002, 0.012),
        "toe_spring": rng.uniform(0.0, 0.02),
        "sole_style": pick(rng, "plain", "plain", "rope"),
    }


def footbed(rng: Rng) -> Parameters:
    """A thick one-piece sole of cork, rope or rubber."""
    return {
        "heel_shape": "flat",
        "heel_height": rng.uniform(0.0, 0.08),
        "sole": rng.uniform(0.05, 0.12),
        "sole_edge": rng.uniform(0.01, 0.02),
        "toe_spring": rng.uniform(0.0, 0.03),
        "sole_style": pick(rng, "cork", "plain", "rope", "tread"),
    }


def sneaker_sole(rng: Rng) -> Parameters:
    """A rubber sole of one of five styles."""
    style = pick(rng, "foxing", "cup", "runner", "plain", "tread")
    thick = {
        "foxing": (0.05, 0.07),
        "cup": (0.06, 0.09),
        "runner": (0.07, 0.12),
        "plain": (0.05, 0.13),
        "tread": (0.07, 0.11),
    }[style]
    return {
        "sole_style": style,
        "sole": rng.uniform(*thick),
        "sole_edge": rng.uniform(0.008, 0.02),
        "heel_shape": "flat",
        "heel_height": rng.uniform(0.0, 0.05),
        "toe_spring": rng.uniform(0.02, 0.05),
    }


def mary_jane(rng: Rng) -> Parameters:
    """A strap across the opening."""
    return {"bar": rng.uniform(0.46, 0.62), "bar_width": rng.uniform(0.025, 0.055)}


def sneaker_upper(rng: Rng) -> Parameters:
    """The pieces, stripes and collar of a sneaker's upper."""
    marks = rng.integers(1, 4)
    return {
        "cap": pick(rng, "none", "rubber", "mudguard", "wing", "straight"),
        "cap_at": rng.uniform(0.17, 0.25),
        "counter": maybe(rng, 0.6, rng.uniform(0.12, 0.26), 0.0),
        "counter_height": rng.uniform(0.6, 1.0),
        "quarter": maybe(rng, 0.45, rng.uniform(0.34, 0.44), 0.0),
        "quarter_lean": rng.uniform(-0.05, 0.18),
        "stripes": int(maybe(rng, 0.75, marks, 0)),
        "stripe_style": pick(rng, "slant", "check", "chevron", "wave", "letter", "star", "patch"),
        "eyestay": maybe(rng, 0.7, rng.uniform(0.04, 0.07), 0.0),
        "lace_style": pick(rng, "bars", "cross"),
        "collar": pick(rng, "plain", "padded", "padded"),
        "collar_width": rng.uniform(0.03, 0.06),
        "stitched": bool(rng.random() < 0.4),
        "pull_tab": maybe(rng, 0.3, rng.uniform(0.04, 0.06), 0.0),
    }
