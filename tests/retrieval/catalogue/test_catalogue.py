"""Filters, counts, words and colours against plain loops over the rows of the table."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.imaging.colour_names import SHADES, likeness_to_names, named
from sketchnet.imaging.colours import NAMED_COLOURS, lab_of
from sketchnet.retrieval.catalogue.catalogue import Catalogue
from sketchnet.retrieval.catalogue.facets import facets_json
from sketchnet.retrieval.catalogue.file import FILE, read_file
from sketchnet.retrieval.catalogue.filters import (
    Filters,
    HasTags,
    OneOf,
    WishedColour,
    Within,
    parse_filters,
)
from sketchnet.retrieval.catalogue.text import text_scores
from sketchnet.utils.errors import InputError
from sketchnet.utils.sqlite import sqlite3
from tests.retrieval.catalogue.tables import BRANDS, TAGS, random_rows, write_catalogue

PHOTOS, TABLE = 70, 60  # photos 60..69 have no row


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    rows = random_rows(np.random.default_rng(0), TABLE)
    folder = tmp_path_factory.mktemp("catalogue")
    catalogue, colours = write_catalogue(folder, rows, PHOTOS)
    return catalogue, rows, colours


def plain(text: str) -> list[str]:
    return (
        text.lower().replace("é", "e").replace(";", " ").replace("-", " ").replace("_", " ").split()
    )


def words_in(row: dict[str, str]) -> list[str]:
    price = [str(float(row["price"]))] if row["price"] else []
    texts = [row["id"], row["title"], row["brand"].replace("=", ""), row["tags"], row["released"]]
    return [word for text in texts for word in plain(text)] + plain(" ".join(price))


def share(colours, wish: WishedColour) -> float:
    """The share of the palette that is like a colour, colour by colour."""
    total, wished, name = 0.0, lab_of(wish.colour), named(wish.colour)
    for *lab, part in colours.palette.astype(float):
        if name is not None:  # `tests/imaging/test_colours.py` compares it with loops
            total += part * float(likeness_to_names(lab)[[*SHADES].index(name)])
            continue
        difference = float(np.sqrt(((np.array(lab) - wished) ** 2).sum()))
        total += part * min(1.0, max(0.0, (24 - difference) / (24 - 10)))
    return total


def holds(row: dict[str, str] | None, number: int, filters: Filters, colours) -> bool:
    """Whether a photo meets all conditions: the same as `Catalogue.mask`, cell by cell."""
    if filters.ids is not None and f"shoe_{number}" not in filters.ids:
        return False
    for wish in filters.colours:
        if share(colours[f"shoe_{number}"][1], wish) < wish.least:
            return False
    if row is None:
        return not (filters.one_of or filters.within or filters.text) and not any(
            each.all or each.any for each in filters.tags
        )
    for one in filters.one_of:
        if row[one.field] not in one.values:
            return False
    for each in filters.tags:
        tags = row["tags"].split(";")
        if any(tag not in tags for tag in each.all):
            return False
        if each.any and not any(tag in tags for tag in each.any):
            return False
    for within in filters.within:
        text = row[within.field]
        if not text:
            return False
        value = float(text) if within.field == "price" else text
        if within.least is not None and value < within.least:
            return False
        if within.most is not None and value > within.most:
            return False
    return all(
        any(word.startswith(wanted) for word in words_in(row)) for wanted in plain(filters.text)
    )


def loop(made, filters: Filters) -> list[int]:
    _, rows, colours = made
    return [
        number
        for number in range(PHOTOS)
        if holds(rows[number] if number < TABLE else None, number, filters, colours)
    ]


WISH = st.builds(
    WishedColour,
    st.sampled_from([*NAMED_COLOURS.values(), (180, 40, 40), (90, 80, 70)]),
    st.sampled_from([0.1, 0.3]),
)
FILTERS = st.builds(
    Filters,
    one_of=st.lists(
        st.builds(OneOf, st.just("brand"), st.lists(st.sampled_from([*BRANDS, "none"])).map(tuple)),
        max_size=1,
    ).map(tuple),
    tags=st.lists(
        st.builds(
            HasTags,
            st.just("tags"),
            st.lists(st.sampled_from([*TAGS, "none"]), max_size=2).map(tuple),
            st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
        ),
        max_size=1,
    ).map(tuple),
    within=st.tuples(
        st.builds(
            Within,
            st.just("price"),
            st.none() | st.integers(10, 100).map(float),
            st.none() | st.integers(50, 200).map(float),
        )
        | st.builds(
            Within, st.just("released"), st.none() | st.just("2015-06-15"), st.just("2021-01-01")
        )
    )
    | st.just(()),
    text=st.sampled_from(["", "red", "cafe", "boo", "summer red", "2015", "CAFÉ new", "nothing"]),
    ids=st.none() | st.sets(st.integers(0, 80)).map(lambda n: tuple(f"shoe_{i}" for i in n)),
    colours=st.just(()) | st.tuples(WISH),
)


@settings(deadline=None, max_examples=150)
@given(filters=FILTERS)
def test_filters_leave_what_a_loop_leaves(made, filters):
    catalogue = made[0]
    assert np.flatnonzero(catalogue.mask(filters)).tolist() == loop(made, filters)


@settings(deadline=None, max_examples=40)
@given(filters=FILTERS)
def test_counts_are_those_of_a_loop(made, filters):
    catalogue, rows, _ = made
    found = facets_json(catalogue.facets(filters))
    assert found["photos"] == len(loop(made, filters))
    by_name = {each["name"]: each for each in found["fields"]}
    assert list(by_name) == ["brand", "price", "tags", "released"]
    without_brand = loop(made, Filters(**{**vars(filters), "one_of": ()}))
    brands = [rows[number]["brand"] for number in without_brand if number < TABLE]
    assert {each["value"]: each["count"] for each in by_name["brand"]["choices"]} == {
        brand: brands.count(brand) for brand in BRANDS if brand in brands
    }
    counts = [each["count"] for each in by_name["brand"]["choices"]]
    assert counts == sorted(counts, reverse=True)
    others = tuple(each for each in filters.within if each.field != "price")
    left = loop(made, Filters(**{**vars(filters), "within": others}))
    prices = [float(rows[n]["price"]) for n in left if n < TABLE and rows[n]["price"]]
    expected = [min(prices), max(prices)] if prices else [None, None]
    assert [by_name["price"]["min"], by_name["price"]["max"]] == expected


def test_tags_that_must_be_there_are_counted_with_the_others(made):
    catalogue, rows, _ = made
    filters = Filters(tags=(HasTags("tags", all=("new",)),))
    tags = {facet.field.name: facet for facet in catalogue.facets(filters).fields}["tags"]
    both = [row["tags"].split(";") for row in rows if "new" in row["tags"].split(";")]
    assert {c.value: c.count for c in tags.choices} == {
        tag: sum(tag in each for each in both) for tag in TAGS
    }


def test_values_are_those_of_the_table(made):
    catalogue, rows, _ = made
    for number, row in enumerate(rows):
        expected = {name: text for name, text in row.items() if text and name != "id"}
        if "price" in expected:
            expected["price"] = float(expected["price"])
        if "tags" in expected:
            expected["tags"] = expected["tags"].split(";")
        assert catalogue.values(number) == expected
    assert catalogue.values(TABLE) == {}


def test_text_scores_are_the_share_of_the_words(made):
    catalogue, rows, _ = made
    scores = text_scores(catalogue, "Red summer nothing")
    for row, score in zip(rows, scores, strict=False):
        starts = [any(w.startswith(x) for w in words_in(row)) for x in ("red", "summer", "nothing")]
        assert score == pytest.approx(sum(starts) / 3)
    assert not scores[TABLE:].any()
    assert not text_scores(catalogue, "").any()


@pytest.mark.parametrize(
    "text", ['"', "red OR 1", 'a" NEAR(b', "x*", "text:red", "-red", "\0", "(" * 500]
)
def test_words_are_never_a_query_language(made, text):
    assert len(np.flatnonzero(made[0].mask(Filters(text=text)))) <= PHOTOS


def test_rows_that_move_keep_their_fields(made):
    """A build may reorder photos and give them further names: the file knows ids, not rows."""
    catalogue, rows, _ = made
    moved = Catalogue(catalogue.path, {"shoe_5": 0, "shoe_2": 1, "unknown": 2}, 3)
    assert [moved.values(row) for row in range(3)] == [
        catalogue.values(5), catalogue.values(2), {},
    ]  # fmt: skip
    np.testing.assert_array_equal(moved.palettes[:2], catalogue.palettes[[5, 2]])
    for filters in (Filters(text=rows[5]["title"]), Filters(one_of=(OneOf("brand", BRANDS),))):
        np.testing.assert_array_equal(moved.mask(filters)[:2], catalogue.mask(filters)[[5, 2]])


def test_a_gallery_without_a_catalogue_has_ids(tmp_path):
    catalogue = Catalogue(tmp_path / FILE, {"a": 0, "b": 1}, 2)
    assert catalogue.fields == ()
    assert catalogue.mask(Filters(ids=("b", "c"))).tolist() == [False, True]
    assert catalogue.mask(Filters(text="a")).tolist() == [False, False]
    assert catalogue.values(0) == {}
    assert facets_json(catalogue.facets()) == {"photos": 2, "fields": [], "colours": []}


def test_the_same_content_gives_the_same_file(tmp_path):
    rows = random_rows(np.random.default_rng(1), 20)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for name in "ab":
        write_catalogue(tmp_path / name, rows, 20)
    assert (tmp_path / "a" / FILE).read_bytes() == (tmp_path / "b" / FILE).read_bytes()
    content = read_file(tmp_path / "a" / FILE)
    assert list(content.cells) == [row["id"] for row in rows]


@pytest.mark.parametrize("damage", ["cut", "other", "empty", "link", "version", "no table", "view"])
def test_damaged_files_are_one_clear_line(tmp_path, damage):
    write_catalogue(tmp_path, random_rows(np.random.default_rng(1), 20), 20)
    path = tmp_path / FILE
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif damage in ("other", "empty"):
        path.write_bytes(b"no database, but text" * (damage == "other"))
    elif damage == "link":
        path.rename(tmp_path / "real")
        path.symlink_to(tmp_path / "real")
    else:
        connection = sqlite3.connect(path)
        connection.executescript(
            {
                "version": "PRAGMA user_version=99",
                "no table": "DROP TABLE colours",
                "view": "DROP TABLE fields; CREATE VIEW fields AS SELECT 1 AS number",
            }[damage]
        )
        connection.close()
    with pytest.raises(InputError, match="a catalogue of a gallery"):
        Catalogue(path, {f"shoe_{n}": n for n in range(20)}, 20)


def test_parse_filters_uses_the_fields_of_the_gallery(made):
    catalogue = made[0]
    value = {"fields": {"brand": ["Aria"], "price": {"max": 100}, "tags": ["new"]}}
    filters = parse_filters(value, catalogue.fields)
    expected = Filters(
        (OneOf("brand", ("Aria",)),),
        (HasTags("tags", (), ("new",)),),
        (Within("price", None, 100),),
    )
    assert filters == expected
    assert np.flatnonzero(catalogue.mask(filters)).tolist() == loop(made, expected)


def test_every_combination_of_two_conditions_is_their_intersection(made):
    catalogue = made[0]
    parts = [
        {"one_of": (OneOf("brand", ("Nord",)),)}, {"text": "red"}, {"ids": ("shoe_1", "shoe_65")},
        {"within": (Within("price", 50.0, None),)}, {"tags": (HasTags("tags", ("sale",)),)},
    ]  # fmt: skip
    for first, second in product(parts, parts):
        both = catalogue.mask(Filters(**first)) & catalogue.mask(Filters(**second))
        np.testing.assert_array_equal(catalogue.mask(Filters(**{**first, **second})), both)
