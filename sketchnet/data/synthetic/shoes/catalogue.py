"""The catalogue of the synthetic shoes: what a shop would say of them, from their designs.

Kind, material, colours and heights are those of the design; brands, prices and dates are invented,
the same for the same shoe.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from sketchnet.data.synthetic.shoes.build import Shoe
from sketchnet.data.synthetic.shoes.design import Colour
from sketchnet.data.synthetic.shoes.main_colour import main_colour
from sketchnet.imaging.colour_names import name_of
from sketchnet.imaging.colours import lab_of

FILE = "catalogue.csv"
SHOE_LENGTH = 26.0  # cm
BRANDS = ("Aria", "Borgo", "Calder", "Duna", "Elm & Oak", "Fjord")

_BASE_PRICE = {
    "boot": 160, "ankle boot": 130, "chelsea": 135, "work boot": 120, "oxford": 125,
    "loafer": 95, "pump": 90, "stiletto": 115, "wedge": 80, "sandal": 55, "ballerina": 60,
    "mule": 50, "slipper": 30, "sneaker": 85, "high-top": 95,
}  # fmt: skip
_MATERIAL_PRICE = {"leather": 1.2, "patent": 1.15, "metallic": 1.1, "canvas": 0.75, "knit": 0.85}
_DETAILS = {
    "laces": "laces", "velcro": "velcro", "peep": "peep toe", "bar": "bar strap", "apron": "apron",
    "platform": "platform", "brogue": "brogue", "studs": "studs", "stitched": "stitched",
    "stripes": "stripes", "gore": "elastic", "belts": "belts", "straps": "straps",
}  # fmt: skip
_FIRST_DAY = date(2023, 1, 2)


def catalogue_row(photo_id: str, number: int, shoe: Shoe) -> dict[str, str]:
    """Return the row of one shoe: column to text.

    Args:
        photo_id: id of its photo.
        number: of the shoe in its dataset; with the design it decides what is invented.
    """
    design = shoe.design
    rng = np.random.default_rng([number, design.pattern_seed])
    colour, heel = colour_name(main_colour(shoe)), SHOE_LENGTH * design.heel_height
    price = _BASE_PRICE[design.kind] * _MATERIAL_PRICE.get(design.material, 1.0)
    price = round(price * rng.uniform(0.7, 1.5)) - 0.1
    pattern = "" if design.pattern == "plain" else f"{design.pattern} "
    tags = [tag for name, tag in _DETAILS.items() if getattr(design, name)]
    tags += ["zip"] * (design.zip != "none") + ["open back"] * (
        design.cover in ("mule", "slingback")
    )
    tags += ["new"] * bool(rng.random() < 0.15) + ["sale"] * bool(rng.random() < 0.2)
    released = _FIRST_DAY + timedelta(weeks=int(rng.integers(0, 104)))
    return {
        "id": photo_id,
        "title": f"{colour} {pattern}{design.material} {design.kind}".capitalize(),
        "brand": BRANDS[int(rng.integers(len(BRANDS)))],
        "price": f"{price:.2f}",
        "kind": design.kind,
        "colour": colour,
        "material": design.material,
        "heel height (cm)": f"{heel:.1f}",
        "heel": design.heel_shape,
        "tags": ";".join(tags),
        "released": released.isoformat(),
        "url": f"https://shop.example/shoes/{photo_id}",
    }


def colour_name(colour: Colour) -> str:
    """Return the name of a colour."""
    return name_of(lab_of(colour))


def catalogue_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows with the same columns as CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
