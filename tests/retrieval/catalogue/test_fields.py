"""Types of columns and the values of cells, against written-out examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.retrieval.catalogue.fields import (
    Field,
    date_of,
    find_type,
    link_of,
    number_of,
    role_of,
    tags_of,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3.90", 3.9), ("3,90", 3.9), ("€ 3,90", 3.9), ("3.90 EUR", 3.9), ("1,234", 1234),
        ("1,234.50", 1234.5), ("1.234,50", 1234.5), ("1 234,50", 1234.5), ("1'234.50", 1234.5),
        ("1.234.567", 1234567), ("-7", -7), ("30 %", 30), ("0", 0), ("1e3", 1000), ("1.234", 1.234),
        ("0042", None), ("12-14", None), ("nan", None), ("inf", None), ("", None), ("1,2,3", None),
        ("5 cm", None), ("1e999", None), ("9" * 400, None), ("٣", None),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text, number):
    assert number_of(text) == number


@given(st.floats(-1e9, 1e9))
def test_every_number_that_a_program_writes_is_read(value):
    text = f"{value:.6f}"
    assert number_of(text) == float(text) or text.startswith(("0", "-0"))
    assert number_of(repr(value)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-01-31", "2024-01-31"), ("31.1.2024", "2024-01-31"), ("31/01/2024", "2024-01-31"),
        ("2024-02", "2024-02-01"), ("2024-02-30", None), ("yesterday", None), ("2024", None),
    ],
)  # fmt: skip
def test_dates(text, date):
    assert date_of(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd",
        "//shop.example", "shop.example", "http://", "https://a b", 'https://a/"onmouseover=x',
        "https://user:word@shop.example/", "https://[", "https://shop.example/\na", "ftp://a.b",
        "https://a.example/" + "x" * 3000, "https://a.example\\@b.example",
    ],
)  # fmt: skip
def test_what_is_no_link(text):
    assert link_of(text) is None


def test_links_stay_as_they_are():
    address = "https://shop.example/a?b=c&d=%20#e"
    assert link_of(f" {address} ") == address
    assert link_of("HTTP://Shop.Example") == "HTTP://Shop.Example"


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("price", ["1.5", "2", "30"], "number"),
        ("price", ["1.5"] * 19 + ["on request"], "number"),
        ("price", ["1.5"] * 8 + ["on request"] * 2, "category"),
        ("sku", ["0012", "0013", "0014"], "text"),
        ("brand", ["Aria", "Nord", "Vela"], "category"),
        ("x", ["a", "b", "a", "b"], "category"),
        ("title", ["Red boot", "Red boot", "Red boot", "Red boot"], "text"),
        ("x", ["a;b", "b;c", "a;c"], "tags"),
        ("tags", ["one", "two"], "tags"),
        ("x", ["Nice; really nice", "Other; thing"], "text"),
        ("x", ["2024-01-01", "1.2.2023"], "date"),
        ("x", ["https://a.example", "https://b.example"], "link"),
        ("x", ["https://a.example", "javascript:1"], "link"),
        ("x", [], "text"),
    ],
)
def test_types_of_columns(name, cells, kind):
    assert find_type(name, cells) == kind


def test_tags_are_separated_once_each():
    assert tags_of(" new ; sale;; new") == ("new", "sale")


def test_which_field_is_shown_under_a_shoe():
    fields = [Field("url", "link"), Field("Price", "number"), Field("Name", "text")]
    assert [role_of(fields, role) for role in ("title", "price", "link")] == [
        fields[2], fields[1], fields[0],
    ]  # fmt: skip
    assert role_of([Field("price", "text"), Field("title", "number")], "price") is None
    assert role_of([], "title") is None
