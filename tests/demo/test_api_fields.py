"""/find with filters and text, and /gallery: what programs get, against the table."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sketchnet.retrieval.catalogue.filters import parse_colours, parse_filters
from sketchnet.utils.errors import InputError
from sketchnet_demo.api import find, gallery
from sketchnet_demo.api_arguments import parse_arguments
from tests.browser.hog_embedder import draw_shoe
from tests.retrieval.test_filtered_search import PHOTOS, finder, rows  # noqa: F401 (fixtures)

STROKES = [stroke.T.tolist() for stroke in draw_shoe(7)]


def call(finder, **values):  # noqa: F811
    return find(
        {"mine": finder}, parse_arguments("find", {"strokes": STROKES, "k": PHOTOS, **values})
    )


def test_filters_and_fields(finder, rows):  # noqa: F811
    filters = {"fields": {"brand": ["Nord"], "price": {"max": 150}}}
    found = call(finder, filters=filters)
    assert found == call(finder, filters=json.dumps(filters))
    expected = {
        row["id"]
        for row in rows
        if row["brand"] == "Nord" and row["price"] and float(row["price"]) <= 150
    }
    assert {each["id"] for each in found} == expected
    assert all(each["fields"]["brand"] == "Nord" for each in found)
    assert json.loads(json.dumps(found)) == found
    assert len(call(finder)) == PHOTOS


def test_text_ranks_with_the_strokes_and_alone(finder, rows):  # noqa: F811
    with_word = {row["id"] for row in rows if "summer" in row["title"].split()}
    first = [each["id"] for each in call(finder, text="summer")][: len(with_word)]
    assert set(first) == with_word
    alone = find({"mine": finder}, parse_arguments("find", {"text": "summer", "k": "100"}))
    assert {each["id"] for each in alone} == with_word


def test_colours_rank_as_in_python(finder):  # noqa: F811
    wished = [{"colour": "red", "place": [0, 0, 0.5, 1]}, "#30549b"]
    expected = [m.id for m in finder.nearest(None, PHOTOS, colours=parse_colours(wished))]
    for given in (wished, json.dumps(wished)):
        values = {"colours": given, "k": PHOTOS, "gallery": "mine"}
        found = find({"mine": finder}, parse_arguments("find", values))
        assert [each["id"] for each in found] == expected
    beside = [each["id"] for each in call(finder, colours=["red"])]
    query = finder.embed([np.asarray(stroke).T.tolist() for stroke in STROKES])
    assert beside == [m.id for m in finder.nearest(query, PHOTOS, colours=["red"])]


def test_gallery_says_what_it_holds(finder, rows):  # noqa: F811
    found = gallery({"mine": finder}, parse_arguments("gallery", {}))
    assert (found["gallery"], found["photos"]) == ("mine", PHOTOS)
    assert {each["name"]: each["type"] for each in found["fields"]} == {
        "title": "text", "brand": "category", "price": "number", "tags": "tags",
        "released": "date", "url": "link",
    }  # fmt: skip
    left = gallery({"mine": finder}, parse_arguments("gallery", {"filters": {"text": "red"}}))
    filters = parse_filters({"text": "red"}, finder.fields)
    assert left["facets"]["photos"] == np.count_nonzero(finder.gallery.catalogue.mask(filters))
    assert json.loads(json.dumps(left)) == left


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"filters": {"fields": {"x": ["a"]}}}, "a field of the gallery"),
        ({"filters": "{"}, "filters as JSON"),
        ({"filters": 3}, "filters as an object or as JSON"),
        ({"text": ["red"]}, "text of at most"),
        ({"strokes": None}, "an image or strokes"),
        ({"colours": ["reddish"]}, "a colour as #rrggbb"),
        ({"colours": "[1"}, "colours as JSON"),
        ({"gallery": "yours"}, "one of the galleries mine"),
        ({"gallery": 3}, "the name of a gallery"),
    ],
)
def test_wrong_calls_are_one_clear_line(finder, values, line):  # noqa: F811
    with pytest.raises(InputError, match=line):
        call(finder, **values)
