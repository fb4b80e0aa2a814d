"""The synthetic catalogue says what the designs say, and ships with the synthetic gallery."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.catalogue import catalogue_csv, catalogue_row, colour_name
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.sample_design import sample_design
from sketchnet.retrieval.gallery import load_gallery


def test_a_row_of_a_design_made_by_hand():
    design = ShoeDesign(
        kind="pump", heel_height=0.3, heel_shape="stiletto", laces=3, zip="side",
        material="suede", pattern="dots", upper=(200, 30, 40),
    )  # fmt: skip
    row = catalogue_row("pump-00007", 7, build_shoe(design))
    assert row["id"] == "pump-00007"
    assert row["title"] == "Red dots suede pump"
    assert (row["colour"], row["material"], row["kind"]) == ("red", "suede", "pump")
    assert (row["heel height (cm)"], row["heel"]) == ("7.8", "stiletto")
    assert {"laces", "zip"} <= set(row["tags"].split(";"))
    assert 60 < float(row["price"]) < 140
    assert row == catalogue_row("pump-00007", 7, build_shoe(design)), "the same shoe, the same row"
    assert list(csv.DictReader(io.StringIO(catalogue_csv([row, row])))) == [row, row]


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((20, 20, 20), "black"), ((250, 250, 250), "white"), ((220, 30, 30), "red"),
        ((40, 80, 170), "blue"), ((90, 55, 35), "brown"), ((235, 195, 60), "yellow"),
        ((48, 56, 84), "blue"), ((64, 148, 140), "green"), ((160, 206, 220), "blue"),
        ((122, 34, 36), "red"), ((168, 112, 66), "brown"), ((178, 60, 84), "pink"),
    ],
)  # fmt: skip
def test_names_of_colours(colour, name):
    assert colour_name(colour) == name


def test_the_shipped_gallery_has_the_catalogue_of_its_designs():
    """The designs of seed 1 again, from which `docs/recipes/ship_weights.py` made the gallery."""
    gallery = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY, verify=False)
    assert [field.type for field in gallery.catalogue.fields] == [
        "text", "category", "number", "category", "category", "category", "number", "category",
        "tags", "date", "link",
    ]  # fmt: skip
    for number in range(0, 200, 20):
        design = sample_design(np.random.default_rng([1, number]))
        row = catalogue_row(gallery.ids[number], number, build_shoe(design))
        found = gallery.catalogue.values(number)
        assert found["title"] == row["title"]
        assert found["price"] == float(row["price"])
        assert found["heel height (cm)"] == float(row["heel height (cm)"])
        assert found.get("tags", []) == [tag for tag in row["tags"].split(";") if tag]
    palettes = gallery.catalogue.palettes
    np.testing.assert_allclose(palettes[:, :, 3].sum(axis=1), 1, atol=2e-3)
