"""Rows find their photos, and everything that does not fit is counted and named."""

from __future__ import annotations

import pytest

from sketchnet.retrieval.catalogue.assign import Named, assign
from sketchnet.retrieval.catalogue.table import Table
from sketchnet.utils.errors import InputError

PHOTOS = [
    Named("pumps/a1", ("pumps/a1", "pumps/a1.jpg")),
    Named("boots/b2", ("boots/b2", "boots/b2.png", "copies/b2_copy")),
    Named("Äpfel", ("Äpfel", "Äpfel.jpeg")),
]


def table(*rows: tuple[str, ...], columns=("file", "brand")) -> Table:
    return Table("t.csv", columns, rows)


@pytest.mark.parametrize(
    ("entry", "photo"),
    [
        ("pumps/a1.jpg", 0), ("a1.jpg", 0), ("A1.JPG", 0), ("D:\\shop\\a1.jpg", 0), ("a1", 0),
        ("pumps/a1", 0), ("a1.webp", 0), ("copies/b2_copy", 1), ("A\u0308pfel.jpeg", 2),
        ("c3.jpg", None), ("", None), ("a1.txt", None),
    ],
)  # fmt: skip
def test_entries_and_their_photos(entry, photo):
    found = assign(table((entry, "x"), ("b2.png", "y")), PHOTOS).cells
    expected = {"boots/b2": ("y",)} | ({PHOTOS[photo].id: ("x",)} if photo is not None else {})
    if photo == 1:
        expected = {"boots/b2": ("x",)}
    assert dict(found) == expected


@pytest.mark.parametrize("columns", [("id", "brand"), ("Photo", "brand"), ("SKU", "brand")])
def test_the_column_of_the_photos(columns):
    assigned = assign(table(("a1.jpg", "Aria"), ("b2.png", "Nord"), columns=columns), PHOTOS)
    assert [field.name for field in assigned.fields] == ["brand"]
    assert dict(assigned.cells) == {"pumps/a1": ("Aria",), "boots/b2": ("Nord",)}


def test_a_number_in_the_column_id_does_not_hide_the_column_file():
    assigned = assign(table(("7", "a1.jpg"), columns=("id", "file")), PHOTOS)
    assert dict(assigned.cells) == {"pumps/a1": ("7",)} or dict(assigned.cells) == {
        "pumps/a1": (7.0,)
    }


def test_what_does_not_fit_is_counted_and_named():
    rows = [("a1.jpg", "A"), ("a1.jpg", "B"), *((f"c{n}.jpg", "C") for n in range(7))]
    assigned = assign(table(*rows), PHOTOS)
    assert dict(assigned.cells) == {"pumps/a1": ("A",)}
    assert assigned.lines == (
        "t.csv: 1 of 3 photos have a row",
        "t.csv: 7 rows name no photo (c0.jpg, c1.jpg, c2.jpg, c3.jpg, c4.jpg, …)",
        "t.csv: 2 photos have no row (boots/b2, Äpfel)",
        "t.csv: 1 photos have several rows (pumps/a1): the first",
    )


def test_odd_cells_are_named_and_stay_text():
    photos = [Named(f"p{n}") for n in range(20)]
    rows = [(f"p{n}", str(n), f"https://a.example/{n}") for n in range(1, 20)]
    rows.append(("p0", "on request", "javascript:alert(1)"))
    assigned = assign(table(*rows, columns=("id", "price", "url")), photos)
    assert [field.type for field in assigned.fields] == ["number", "link"]
    assert assigned.cells["p0"] == ("on request", "javascript:alert(1)")
    assert assigned.cells["p3"] == (3.0, "https://a.example/3")
    assert assigned.lines[1:] == (
        "t.csv: 1 of 'price' are no numbers: shown, but in no range (on request)",
        "t.csv: 1 of 'url' are no http(s) links: left out (javascript:alert(1))",
    )


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        (("title", "price"), ("Boot", "3"), "a column file or id"),
        (("file", "price"), ("x.jpg", "3"), "photos of the gallery in the column 'file'"),
        (("x", "price"), ("x.jpg", "3"), "photos of the gallery in the column 'x'"),
    ],
)
def test_tables_of_something_else(columns, row, expected):
    with pytest.raises(InputError, match=expected):
        assign(table(row, columns=columns), PHOTOS)
