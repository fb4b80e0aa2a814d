"""One new shoe: the shop's departments, and a design out of one of them."""

from __future__ import annotations

from collections.abc import Callable

from sketchnet.data.synthetic.shoes import sample_boots as boots
from sketchnet.data.synthetic.shoes import sample_heels as dress_shoes
from sketchnet.data.synthetic.shoes import sample_low_shoes as flat
from sketchnet.data.synthetic.shoes.sample_parts import Choice, Rng
from sketchnet.data.synthetic.shoes.sample_colours import dress
from sketchnet.data.synthetic.shoes.design import ShoeDesign

KINDS: dict[str, Callable[[Rng], Choice]] = {
    "sneaker": flat.sneaker,
    "high-top": boots.high_top,
    "boot": boots.tall_boot,
    "ankle boot": boots.ankle_boot,
    "chelsea": boots.chelsea,
    "work boot": boots.work_boot,
    "oxford": flat.oxford,
    "loafer": flat.loafer,
    "ballerina": dress_shoes.ballerina,
    "pump": dress_shoes.pump,
    "stiletto": dress_shoes.stiletto,
    "wedge": dress_shoes.wedge,
    "sandal": dress_shoes.sandal,
    "mule": flat.mule,
    "slipper": flat.slipper,
}


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
