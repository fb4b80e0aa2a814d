"""The row of filters: what it shows, and what its buttons change."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.retrieval.catalogue.columns import Choice, Facet
from sketchnet.retrieval.catalogue.facets import Facets
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.catalogue.filters import Filters, HasTags, OneOf, WishedColour, Within
from sketchnet.utils.errors import InputError
from sketchnet_demo.cards import caption, shown
from sketchnet_demo.filter_row import filter_row
from sketchnet_demo.narrow import Narrow
from sketchnet_demo.narrowed import narrowed
from sketchnet_demo.session import Session
from sketchnet_demo.shoe_detail import fields
from sketchnet_demo.shoe_search import ShoeSearch
from sketchnet_demo.wishes import Wishes
from tests.retrieval.test_filtered_search import PHOTOS, finder, rows  # noqa: F401 (fixtures)

EVIL = "\"><script>alert('x')</script>"


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_names_and_values_of_strangers_are_text():
    facets = Facets(3, (Facet(Field(EVIL, "category"), (Choice(EVIL, 3),)),))
    found = Tags(filter_row(facets, Filters(text=EVIL), False, EVIL))
    assert "script" not in [tag for tag, _ in found.tags]
    (chip,) = [attrs for _, attrs in found.tags if attrs.get("data-act") == "chip"]
    assert json.loads(chip["data-id"]) == [EVIL, EVIL]
    values = {"title": EVIL, "url": "javascript:alert(1)", "site": "https://a.example/?a=1&b=2"}
    kinds = [Field("title", "text"), Field("url", "link"), Field("site", "link")]
    detail = Tags(fields(values, kinds))
    assert [attrs["href"] for tag, attrs in detail.tags if tag == "a"] == [values["site"]]
    assert "script" not in [tag for tag, _ in detail.tags]
    below = Tags(caption({"title": EVIL, "price": 3.5}, [*kinds, Field("price", "number")]))
    assert [tag for tag, _ in below.tags] == ["p", "span", "b"]


def test_what_is_chosen_is_pressed_and_stays_where_nothing_is_left():
    facets = Facets(0, (Facet(Field("brand", "category"), (Choice("Nord", 2),)),))
    found = Tags(filter_row(facets, Filters((OneOf("brand", ("Aria",)),)), True))
    pressed = {
        attrs.get("data-id"): attrs["aria-pressed"]
        for _, attrs in found.tags
        if "aria-pressed" in attrs
    }
    assert pressed == {'["brand", "Nord"]': "false", '["brand", "Aria"]': "true", None: "true"}


@pytest.mark.parametrize(
    ("value", "text"), [(89.9, "89.90"), (26.0, "26"), (1234.5, "1,234.50"), (["a", "b"], "a, b")]
)
def test_values_as_people_read_them(value, text):
    assert shown(value) == text


@pytest.fixture
def narrow(finder):  # noqa: F811
    narrow = Narrow.__new__(Narrow)
    narrow.search, narrow.view = ShoeSearch({"shoes": finder}), "view"
    return narrow


def act(narrow, session, name: str, *values):
    data = {"act": name, "id": json.dumps(values)}
    return narrow.act(SimpleNamespace(_data=data), session)


def test_buttons_change_the_filters_and_back(narrow):
    session = Session("shoes")
    act(narrow, session, "chip", "brand", "Aria")
    act(narrow, session, "chip", "brand", "Nord")
    act(narrow, session, "chip", "tags", "new")
    act(narrow, session, "range", "price", "20", "")
    act(narrow, session, "text", "text", " red ")
    assert session.wishes == Wishes("red")
    act(narrow, session, "only", "text", "")
    assert session.wishes == Wishes()
    assert session.filters == Filters(
        (OneOf("brand", ("Aria", "Nord")),),
        (HasTags("tags", ("new",)),),
        (Within("price", 20.0, None),),
        "red",
    )
    act(narrow, session, "range", "price", "", "")
    act(narrow, session, "chip", "brand", "Aria")
    act(narrow, session, "colour", "colours", "red")
    act(narrow, session, "chip", "tags", "new")
    assert session.wishes.colours == (WishedColour(NAMED_COLOURS["red"]),)
    act(narrow, session, "only", "colours", "")
    act(narrow, session, "colour", "colours", "blue")
    act(narrow, session, "colour", "colours", "red")
    assert session.filters.colours == (WishedColour(NAMED_COLOURS["blue"]),)
    act(narrow, session, "text", "text", "boot")
    assert (session.filters.text, session.wishes) == ("boot", Wishes()), "a condition stays one"
    assert (session.filters.tags, session.filters.within) == ((), ())
    assert session.filters.one_of == (OneOf("brand", ("Nord",)),)
    assert len(session.filters.colours) == 1
    stored = json.loads(narrowed(session))
    again = Session("shoes")
    narrow.restore(again, stored)
    assert (again.filters, again.wishes) == (session.filters, session.wishes)
    assert again.only_kept == session.only_kept
    act(narrow, session, "clear")
    assert (session.filters, narrowed(session)) == (Filters(), "")


def test_the_search_is_that_of_the_filters(narrow, finder, rows):  # noqa: F811
    session = Session("shoes")
    assert narrow.search.ranking(session) is None, "nothing to search for yet"
    act(narrow, session, "chip", "brand", "Nord")
    expected = [n for n, row in enumerate(rows) if row["brand"] == "Nord"]
    ranking = narrow.search.ranking(session)
    assert ranking.rows.tolist() == expected, "the photos left, in their order"
    session.like = "shoe_0"
    ranking = narrow.search.ranking(session)
    others = {*expected} - {0}
    assert set(ranking.rows.tolist()) == others
    assert ranking.total == len(others)
    assert all(m.fields["brand"] == "Nord" for m in narrow.search.matches(session))
    session.liked = ["shoe_1", f"shoe_{expected[-1]}"]
    session.only_kept = True
    assert set(narrow.search.ranking(session).rows) == {*expected} & {1, expected[-1]} - {0}
    assert np.isfinite(narrow.search.ranking(session).distances).all()
    assert len(expected) < PHOTOS


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("chip", ["x", "y"]), ("chip", ["title", "y"]), ("range", ["brand", "1", "2"]),
        ("range", ["price", "a", ""]), ("colour", ["colours", "reddish"]), ("open", ["brand", "x"]),
        ("chip", []), ("chip", ["brand"]), ("text", ["text", "x" * 2000]),
    ],
)  # fmt: skip
def test_what_a_browser_may_not_send(narrow, name, values):
    session = Session("shoes")
    with pytest.raises(InputError):
        act(narrow, session, name, *values)
    assert session.filters == Filters()
