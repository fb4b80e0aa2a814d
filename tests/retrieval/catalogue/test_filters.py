"""Filters as JSON: what is read, written back, and refused with a clear line."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.catalogue.filters import (
    Filters,
    HasTags,
    OneOf,
    WishedColour,
    Within,
    filters_json,
    parse_colours,
    parse_filters,
)
from sketchnet.utils.errors import InputError

FIELDS = (
    Field("brand", "category"), Field("tags", "tags"), Field("price", "number"),
    Field("released", "date"), Field("title", "text"), Field("url", "link"),
)  # fmt: skip

TEXTS = st.lists(st.text(max_size=8), unique=True, max_size=4).map(tuple)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
DATES = st.none() | st.dates(min_value=date(1000, 1, 1)).map(str)
SIDES = st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0.51, 1), st.floats(0.51, 1))
VALID = st.builds(
    Filters,
    one_of=st.just(()) | st.tuples(st.builds(OneOf, st.just("brand"), TEXTS)),
    tags=st.just(()) | st.tuples(st.builds(HasTags, st.just("tags"), TEXTS, TEXTS)),
    within=st.just(())
    | st.tuples(st.builds(Within, st.just("price"), NUMBERS, NUMBERS))
    | st.tuples(st.builds(Within, st.just("released"), DATES, DATES)),
    text=st.text(max_size=20).map(str.strip),
    ids=st.none() | TEXTS,
    colours=st.lists(
        st.builds(
            WishedColour,
            st.tuples(*[st.integers(0, 255)] * 3),
            st.floats(0, 1),
            st.none() | SIDES,
        ),
        max_size=2,
    ).map(tuple),
)


@settings(deadline=None)
@given(VALID)
def test_what_is_written_is_read_back(filters):
    value = json.loads(json.dumps(filters_json(filters)))
    assert parse_filters(value, FIELDS) == filters
    assert parse_filters(json.dumps(value), FIELDS) == filters
    assert parse_filters(filters, FIELDS) == filters
    assert bool(filters) == bool(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = ("fields", "text", "ids", "colours", "brand", "tags", "price", "released", "min", "any")


@settings(deadline=None, max_examples=200)
@given(
    JSON | st.dictionaries(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(NAMES), JSON))
)
def test_any_json_is_filters_or_one_clear_line(value):
    for given_value in (value, json.dumps(value)):
        line = "expected nothing else"
        try:
            parse_filters(given_value, FIELDS)
        except InputError as error:
            line = str(error)
        assert line.startswith("expected ")
        assert "\n" not in line


@pytest.mark.parametrize("value", [None, "", {}, "{}", "null", {"fields": None}, {"text": " "}])
def test_no_filters(value):
    assert not parse_filters(value, FIELDS)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("{", "filters as JSON; received {"),
        ("[1]", "filters: an object with fields, text, ids, colours"),
        ({"price": 3}, "filters: fields, text, ids, colours; received price"),
        ({"fields": {"x": 1}}, r"a field of the gallery \(brand, tags, price, .*; received x"),
        ({"fields": {"brand": 3}}, r"the field 'brand' \(category\): a list of texts; received 3"),
        ({"fields": {"tags": {"none": []}}}, r"the field 'tags' \(tags\): all, any; received none"),
        ({"fields": {"price": [1, 2]}}, r"the field 'price' \(number\): an object"),
        ({"fields": {"price": {"min": "a"}}}, r"'price' \(number\): a number; received a"),
        ({"fields": {"price": {"min": True}}}, "a number; received True"),
        ({"fields": {"price": {"max": float("nan")}}}, "a number; received nan"),
        ({"fields": {"released": {"min": "x"}}}, "a date such as 2024-01-31; received x"),
        ({"fields": {"title": "Boot"}}, "a category, tags, a number or a date to filter by"),
        ({"text": ["red"]}, "text of at most 1,000 characters"),
        ({"text": "x" * 1001}, "text of at most 1,000 characters"),
        ({"ids": [1]}, "ids: a list of texts"),
        ({"colours": "red"}, "a list of at most 20 colours"),
        ({"colours": [{"colour": "redd"}]}, "a colour as #rrggbb or one of black, white"),
        ({"colours": [{"colour": "red", "least": 2}]}, "least from 0 to 1"),
        ({"colours": [{"colour": "red", "place": [0, 0, 0, 1]}]}, "a place within 0..1"),
    ],
)
def test_wrong_filters_are_one_clear_line(value, line):
    with pytest.raises(InputError, match=line):
        parse_filters(value, FIELDS)


def test_forms_of_colours():
    assert parse_colours(["Red", "#F00", "00ff00"]) == tuple(
        WishedColour(colour) for colour in ((190, 38, 42), (255, 0, 0), (0, 255, 0))
    )
    assert parse_colours([{"colour": "gray", "least": "0.5"}])[0].least == 0.5


def test_a_gallery_without_fields_names_none():
    with pytest.raises(InputError, match=r"a field of the gallery \(none\)"):
        parse_filters({"fields": {"brand": ["Aria"]}}, ())
