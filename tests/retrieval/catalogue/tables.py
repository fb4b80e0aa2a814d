"""Tables and catalogues that the tests write themselves."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from sketchnet.imaging.colours import COLUMNS, PALETTE, ROWS, ShoeColours, half
from sketchnet.retrieval.catalogue.assign import Named, assign
from sketchnet.retrieval.catalogue.catalogue import Catalogue
from sketchnet.retrieval.catalogue.file import FILE, Content, write_file
from sketchnet.retrieval.catalogue.table import read_table

BRANDS = ("Aria", "Nord", "Vela", "=Sum")
TAGS = ("new", "sale", "vegan", "limited")
WORDS = ("red", "boot", "café", "summer", "pump", "black")
COLUMNS_OF = ("id", "title", "brand", "price", "tags", "released", "url")


def random_rows(rng: np.random.Generator, count: int) -> list[dict[str, str]]:
    """Rows with a cell missing here and there, as people leave them."""
    rows = []
    for number in range(count):
        tags = [tag for tag in TAGS if rng.random() < 0.4]
        words = rng.choice(WORDS, size=3)
        row = {
            "id": f"shoe_{number}",
            "title": " ".join(words),
            "brand": str(rng.choice(BRANDS)),
            "price": f"{rng.uniform(10, 200):.2f}",
            "tags": ";".join(tags),
            "released": f"20{rng.integers(10, 25):02d}-{rng.integers(1, 13):02d}-15",
            "url": f"https://shop.example/{number}",
        }
        for name in COLUMNS_OF[1:]:
            if rng.random() < 0.1:
                row[name] = ""
        rows.append(row)
    return rows


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def random_colours(rng: np.random.Generator) -> ShoeColours:
    shares = np.sort(rng.dirichlet(np.ones(PALETTE)))[::-1]
    palette = np.column_stack([rng.uniform([10, -60, -60], [90, 60, 60], (PALETTE, 3)), shares])
    areas = rng.uniform([10, -60, -60, 0], [90, 60, 60, 1], (ROWS, COLUMNS, 4))
    return ShoeColours(half(palette), half(areas))


def write_catalogue(folder: Path, rows: list[dict[str, str]], photos: int, seed: int = 0):
    """A catalogue of the photos shoe_0, shoe_1, … and the colours that each of them has."""
    rng = np.random.default_rng(seed)
    (folder / "table.csv").write_text(as_csv(rows), encoding="utf-8")
    ids = [f"shoe_{number}" for number in range(photos)]
    assigned = assign(read_table(folder / "table.csv"), [Named(each) for each in ids])
    colours = {photo_id: ("x", random_colours(rng)) for photo_id in ids}
    write_file(folder / FILE, Content(assigned.fields, assigned.cells, colours))
    by_id = {photo_id: row for row, photo_id in enumerate(ids)}
    return Catalogue(folder / FILE, by_id, photos), colours
