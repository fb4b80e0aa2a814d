"""Samples the design of one shoe of a random kind."""

from __future__ import annotations

from collections.abc import Callable

from sketchnet.data.synthetic.shoes import sample_boots as boots
from sketchnet.data.synthetic.shoes import sample_heels as heels
from sketchnet.data.synthetic.shoes import sample_low_shoes as low_shoes
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.sample_colours import sample_colours
from sketchnet.data.synthetic.shoes.sample_parts import Parameters, Rng

SHOE_KINDS: dict[str, Callable[[Rng], Parameters]] = {
    "sneaker": low_shoes.sneaker,
    "high-top": boots.high_top,
    "boot": boots.tall_boot,
    "ankle boot": boots.ankle_boot,
    "chelsea": boots.chelsea,
    "work boot": boots.work_boot,
    "oxford": low_shoes.oxford,
    "loafer": low_shoes.loafer,
    "ballerina": heels.ballerina,
    "pump": heels.pump,
    "stiletto": heels.stiletto,
    "wedge": heels.wedge,
    "sandal": heels.sandal,
    "mule": low_shoes.mule,
    "slipper": low_shoes.slipper,
}


def sample_design(rng: Rng, kind: str | None = None) -> ShoeDesign:
    """Sample a design of `kind` (a key of `SHOE_KINDS`), or of a random kind."""
    if kind is None:
        names = list(SHOE_KINDS)
        kind = names[int(rng.integers(len(names)))]
    parameters: Parameters = {
        "width": rng.uniform(0.165, 0.19),
        "waist": rng.uniform(0.66, 0.8),
        "instep": rng.uniform(0.20, 0.245),
        "toe_turn": rng.uniform(0.0, 0.03),
        "view": (float(rng.normal(23, 2)), float(rng.normal(18, 1.5))),
        "pattern_seed": int(rng.integers(1 << 30)),
    }
    parameters.update(SHOE_KINDS[kind](rng))
    if parameters.get("cover") == "open":
        # An ankle strap stays horizontal whatever the height of the heel.
        parameters["throat_rise"] += 0.55 * parameters["heel_height"]
    parameters.update(sample_colours(kind, parameters, rng))
    return ShoeDesign(kind=kind, **parameters)
