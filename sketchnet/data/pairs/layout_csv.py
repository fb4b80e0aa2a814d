"""Lists of pairs as CSV: the columns sketch and photo, perhaps split, and any further ones.

    sketch,photo,split,price
    drawings/scan03.png,catalogue/SKU-3351.jpg,train,3.90

Paths are relative to the folder of the list. Without a column sketch the photos are a gallery.
Further columns are kept with the photo (`Photo.fields`). A `catalogue.csv` without sketches is no
list: it says something about photos that are listed otherwise.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.file_names import SPLIT_FOLDERS, SVG, folded, id_of, printable
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.pairing import load_sketch
from sketchnet.data.pairs.text_lists import parts_of, read_text

ENDINGS = (".csv", ".tsv")
_COLUMNS = {
    "sketch": ("sketch", "sketches", "sketch_path", "sketch_file", "sketch path", "sketch file"),
    "photo": ("photo", "photos", "photo_path", "photo_file", "photo path", "photo file", "image",
              "picture", "image_path", "filename", "file"),
    "split": ("split", "subset", "set"),
}  # fmt: skip

Row = dict[str, str]


def read(listing: Listing) -> Collection | None:
    """Read the lists of a folder; None where it has none, or none that lists its pictures."""
    files = sorted(p for p in listing.root.path.iterdir() if p.suffix.lower() in ENDINGS)
    whole = None
    for path in files:
        part = _read_file(listing, path) if path.is_file() else None
        whole = whole.append(part, f"{path.stem}-") if part and whole else part or whole
    return whole


def _read_file(listing: Listing, path: Path) -> Collection | None:
    problems: list[str] = []
    try:
        rows = [*_rows(read_text(path))]
        if path.stem == "catalogue" and not any(row["sketch"] for row in rows):
            return None
    except (OSError, ValueError, csv.Error) as error:
        return Collection(listing.root.name, problems=(f"{path.name}: {error}",))
    if not rows:
        return None
    pictures = _Pictures(listing)
    photos: dict[Path, Photo] = {}
    sketches: dict[Path, Sketch] = {}
    ids = pictures.short_ids([row["photo"] for row in rows])
    sketch_ids = pictures.short_ids([row["sketch"] for row in rows])
    missing: list[str] = []
    for row in rows:
        photo_path = pictures.find(row["photo"])
        if photo_path is None or photo_path.suffix.lower() == SVG:
            missing.append(row["photo"])
            continue
        photo = Photo(
            ids[photo_path], _split(row, path.name, problems), photo_path, fields=_fields(row)
        )
        photos[photo_path] = photos[photo_path].merge(photo) if photo_path in photos else photo
        if not row["sketch"].strip():
            continue
        sketch_path = pictures.find(row["sketch"])
        if sketch_path is None:
            missing.append(row["sketch"])
        elif sketch_path in sketches:
            problems.append(f"{path.name}: {listing.relative(sketch_path)} is listed twice")
        elif sketch := load_sketch(
            listing, sketch_ids[sketch_path], photo.id, sketch_path, problems
        ):
            sketches[sketch_path] = sketch
    if not photos:
        reason = f"none of its {len(rows):,} photos is there ({printable(rows[0]['photo'])}, …)"
        return Collection(listing.root.name, problems=(f"{path.name}: {reason}, list not used",))
    problems += _missing(path.name, missing)
    return Collection(
        name=listing.root.name,
        layouts=(f"list ({path.name})",),
        photos=tuple(photos.values()),
        sketches=tuple(sketches.values()),
        problems=tuple(problems),
    )


def _missing(name: str, missing: list[str], most: int = 20) -> list[str]:
    lines = [f"{name}: {printable(entry)} is listed but not there" for entry in missing[:most]]
    more = len(missing) - most
    return [*lines, *([f"{name}: {more:,} more are listed but not there"] if more > 0 else [])]


def _rows(text: str) -> Iterator[Row]:
    """Yield rows with the keys photo, sketch and split, "" where absent, and the further columns.

    None where the first line does not name a column of photos.
    """
    lines = text.lstrip("\ufeff").splitlines()
    if not lines:
        return
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter)
    names = [_column(name) for name in next(reader)]
    if "photo" not in names or {"key_id", "drawing"} <= set(names):  # drawings of Quick, Draw!
        return
    for cells in reader:
        row = dict(zip(names, cells, strict=False))
        if row.get("photo", "").strip():
            yield {"sketch": "", "split": "", **row}


def _column(name: str) -> str:
    key = folded(name.strip())
    return next((role for role, names in _COLUMNS.items() if key in names), name.strip())


def _split(row: Row, name: str, problems: list[str]) -> str:
    given = folded(row["split"].strip())
    if given and given not in SPLIT_FOLDERS:
        line = f"{name}: {printable(given[:40])!r} is not a split of train, val, test: it is train"
        if line not in problems:
            problems.append(line)
    return SPLIT_FOLDERS.get(given, "train")


def _fields(row: Row) -> Row:
    return {
        printable(name): printable(value.strip())
        for name, value in row.items()
        if name and name not in _COLUMNS
    }


class _Pictures:
    """The pictures of a listing, found by what a list calls them."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.by_path: dict[tuple[str, ...], Path] = {}
        self.by_name: dict[str, Path | None] = {}
        for path in listing.root.all_pictures():
            parts = tuple(map(folded, path.relative_to(listing.root.path).parts))
            self.by_path[parts] = path
            self.by_name[parts[-1]] = None if parts[-1] in self.by_name else path

    def find(self, entry: str) -> Path | None:
        """Return the file that is listed: by its path, else by its name, if no other has it."""
        parts = tuple(map(folded, parts_of(entry)))
        return self.by_path.get(parts) or self.by_name.get(parts[-1] if parts else "")

    def short_ids(self, entries: Iterable[str]) -> dict[Path, str]:
        """Return the id of each listed file: its name, or its path where two names are the same."""
        listed = dict.fromkeys(path for entry in entries if (path := self.find(entry)))
        names = {path: id_of(path.name) for path in listed}
        if len(set(names.values())) == len(names):
            return names
        return {path: id_of(self.listing.relative(path)) for path in listed}
