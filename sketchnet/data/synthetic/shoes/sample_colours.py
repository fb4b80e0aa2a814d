"""Random materials, prints and colours for a shoe design."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sketchnet.data.synthetic.shoes.design import Colour

LEATHERS: tuple[Colour, ...] = (
    (38, 36, 38),
    (46, 43, 44),
    (58, 42, 34),
    (92, 58, 36),
    (128, 80, 44),
    (168, 112, 66),
    (196, 150, 104),
    (214, 190, 160),
    (122, 34, 36),
    (70, 26, 32),
    (48, 56, 84),
    (96, 98, 102),
    (152, 150, 146),
)
BRIGHTS: tuple[Colour, ...] = (
    (196, 40, 44),
    (222, 92, 130),
    (240, 176, 186),
    (52, 92, 168),
    (38, 56, 112),
    (64, 148, 140),
    (92, 128, 72),
    (232, 190, 72),
    (226, 124, 52),
    (120, 84, 152),
    (238, 236, 232),
    (240, 228, 208),
    (160, 206, 220),
    (46, 44, 46),
    (136, 136, 140),
    (178, 60, 84),
)
METALS: tuple[Colour, ...] = ((206, 180, 116), (196, 196, 200), (190, 148, 126), (120, 116, 118))
NEUTRALS: tuple[Colour, ...] = (
    (40, 38, 40),
    (238, 236, 232),
    (92, 58, 36),
    (176, 122, 76),
    (96, 98, 102),
    (214, 190, 160),
)
LININGS: tuple[Colour, ...] = (
    (222, 202, 172),
    (196, 164, 126),
    (236, 232, 226),
    (92, 84, 80),
    (184, 154, 150),
)
SOLES: tuple[Colour, ...] = ((44, 40, 40), (70, 52, 42), (150, 112, 76), (196, 160, 116))
RUBBERS: tuple[Colour, ...] = (
    (240, 238, 234),
    (232, 226, 212),
    (60, 58, 60),
    (206, 170, 124),
    (236, 236, 236),
)

# Kind of shoe -> materials to choose from.
_MATERIALS = {
    "sneaker": ("leather", "canvas", "suede", "knit", "canvas"),
    "high-top": ("leather", "canvas", "suede", "canvas"),
    "slipper": ("suede", "canvas", "suede", "knit"),
    "stiletto": ("patent", "leather", "suede", "metallic"),
    "pump": ("patent", "leather", "suede", "metallic"),
    "ballerina": ("leather", "patent", "suede", "metallic", "canvas"),
    "sandal": ("leather", "leather", "metallic", "patent", "suede"),
}
# Kind of shoe -> probability of a printed pattern; 0.1 for the others.
_PRINT_PROBABILITY = {
    "sneaker": 0.2,
    "high-top": 0.25,
    "ballerina": 0.35,
    "slipper": 0.4,
    "pump": 0.25,
    "stiletto": 0.2,
    "mule": 0.3,
    "wedge": 0.25,
    "loafer": 0.2,
    "sandal": 0.15,
}


def sample_colours(kind: str, shape: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Sample material, print and colours.

    Args:
        kind: A key of `SHOE_KINDS`.
        shape: The design parameters sampled so far; sole, heel and cover affect the colours.
        rng: Random generator.

    Returns:
        Values of the remaining fields of a `ShoeDesign`.
    """
    sporty = kind in ("sneaker", "high-top", "slipper")
    bright = rng.random() < (0.6 if sporty else 0.3)
    material = _pick(_MATERIALS.get(kind, ("leather", "leather", "suede", "patent")), rng)
    upper = _pick(BRIGHTS if bright else LEATHERS, rng)
    if material == "metallic":
        upper = _pick(METALS, rng)
    upper = _jitter(upper, rng)
    accent = _shade(upper, rng)
    accent_choice = rng.random()
    if accent_choice < (0.35 if sporty else 0.08):
        accent = _pick(BRIGHTS, rng)
    elif accent_choice < 0.6:
        accent = _pick(NEUTRALS, rng)
    trim = accent if rng.random() < 0.4 else _shade(upper, rng)
    rubber = sporty or shape.get("sole_style") in ("foxing", "cup", "runner", "tread")
    sole = _pick(RUBBERS if rubber else SOLES, rng)
    if kind in ("pump", "stiletto", "ballerina") and rng.random() < 0.5:
        sole = _shade(upper, rng)
    if shape.get("sole_style") in ("rope", "cork"):
        sole = (206, 172, 124)
    heel = (
        _pick((sole, upper, sole, _shade(upper, rng)), rng)
        if shape.get("heel_height", 0) > 0.1
        else sole
    )
    if rubber and shape.get("sole_style") == "runner":
        heel = _pick((*BRIGHTS, (60, 58, 60)), rng)
    # The foot bed of an open shoe is visible: in white it would vanish on the background.
    open_shoe = shape.get("cover", "closed") not in ("closed", "dorsay")
    linings = [lining for lining in LININGS if not (open_shoe and min(lining) > 220)]
    pattern = "plain"
    if rng.random() < _PRINT_PROBABILITY.get(kind, 0.1):
        pattern = _pick(
            ("dots", "stripes", "check", "leopard", "snake", "flowers", "quilt", "weave"), rng
        )
    return {
        "material": material,
        "pattern": pattern,
        "upper": upper,
        "accent": accent,
        "trim": trim,
        "lining": _pick(linings, rng),
        "sole_colour": sole,
        "heel_colour": heel,
        "lace_colour": _pick(((238, 236, 230), (238, 236, 230), (44, 42, 42), accent), rng),
        "metal": _pick(METALS[:2], rng),
    }


def _pick(options: Sequence[Any], rng: np.random.Generator) -> Any:
    return options[int(rng.integers(len(options)))]


def _jitter(colour: Colour, rng: np.random.Generator) -> Colour:
    """The colour with small random changes of brightness and hue."""
    shift = rng.normal(0, 7) + rng.normal(0, 4, 3)
    red, green, blue = (int(v) for v in (np.array(colour) + shift).clip(24, 246))
    return red, green, blue


def _shade(colour: Colour, rng: np.random.Generator) -> Colour:
    """A dark or pale tone of the same colour: darker if it is light, lighter if it is dark."""
    factor = rng.uniform(0.6, 0.85) if sum(colour) > 180 else rng.uniform(1.3, 1.9)
    red, green, blue = (int(v) for v in (np.array(colour) * factor).clip(20, 246))
    return red, green, blue
