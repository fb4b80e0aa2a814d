"""Names of files: their normal form, the photo of a sketch, and natural order."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.pairs.file_names import (
    PhotoNames,
    id_of,
    name_key,
    names_a_sketch,
    natural_order,
    numbered_photo,
    prefix_photo,
)


@pytest.mark.parametrize(
    ("sketch", "photo"),
    [
        ("boot", "boot"),
        ("boot_1", "boot"),
        ("boot-2", "boot"),
        ("boot 3", "boot"),
        ("bootB", "boot"),
        ("red_boot_2", "red_boot"),
        ("red_boot_1", "red_boot_1"),
        ("red_boot_1_2", "red_boot_1"),
        ("7", "7"),
        ("7-1", "7"),
        ("70", None),
        ("shoe12", None),
        ("shoe1b", "shoe1"),
        ("slipper", None),
    ],
)
def test_a_sketch_is_named_after_its_photo(sketch, photo):
    assert prefix_photo(sketch, {"boot", "red_boot", "red_boot_1", "7", "shoe1"}) == photo


def test_a_numbered_sketch_loses_its_last_number_only():
    photos = {"a", "a_1", "b_2_c"}
    assert numbered_photo("a_1", photos) == "a"  # the sketch number 1 of a, not of a_1
    assert numbered_photo("a_1_1", photos) == "a_1"
    assert numbered_photo("b_2_c_7", photos) == "b_2_c"
    assert numbered_photo("b_2_c", photos) == "b_2_c"
    assert numbered_photo("x_1", photos) is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Shoe_003", "shoe_003"),
        ("0003_photo", "0003"),
        ("photo_0003", "0003"),
        ("0003-Sketch", "0003"),
        ("sketch 0003", "0003"),
        ("0003_sketch_2", "0003_2"),
        ("0003sketch2", "0003_2"),
        ("IMG_0003", "0003"),
        ("16.jpg", "16"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        # Parts of words, and names that are nothing but a role, stay.
        ("sketchy_1", "sketchy_1"),
        ("imgloo", "imgloo"),
        ("photo", "photo"),
        ("telephoto", "telephoto"),
    ],
)
def test_the_key_of_a_name(name, key):
    assert name_key(name) == key


@pytest.mark.parametrize("name", ["escarpin à bride", "Größe 38", "ぶーつ ぎんいろ", "niño"])
def test_both_unicode_forms_have_one_key(name):
    composed, decomposed = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert name_key(composed) == name_key(decomposed)
    assert id_of(f"{composed}.jpg") == id_of(f"{decomposed}.png") == composed


def test_names_as_written_are_preferred_to_their_keys():
    photos = PhotoNames(["Boot", "boot", "0003_photo", "0003"])
    assert photos.owner("Boot_2") == "Boot"
    assert photos.owner("boot_2") == "boot"
    assert photos.owner("0003") == "0003"
    assert photos.owner("BOOT_2") is None, "two photos have this key: neither is taken"
    assert PhotoNames(["Boot"]).owner("BOOT_2") == "Boot"


def test_names_of_sketches():
    assert all(map(names_a_sketch, ["0003_sketch", "sketch_0003", "SKETCH-3", "3_drawing 2"]))
    assert not any(map(names_a_sketch, ["0003", "sketchy", "photo_3", "sketch", "drawings"]))


def test_natural_order():
    names = ["10", "9", "a10b", "a9b", "1", "007", "a", ""]
    assert sorted(names, key=natural_order) == ["", "1", "007", "9", "10", "a", "a9b", "a10b"]


@given(st.lists(st.text("aé0123٣²_-", max_size=6)))
def test_natural_order_sorts_any_names(names):
    once = sorted(names, key=natural_order)
    assert sorted(once[::-1], key=natural_order) == once


@given(st.text(min_size=1, max_size=12))
def test_a_sketch_called_as_its_photo_is_its_sketch(name):
    assert PhotoNames([name, name + "x"]).owner(name) == name
