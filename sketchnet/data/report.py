"""The report on a data folder: its layouts, counts of each split, what is broken or left out."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sketchnet.data.pairs.collection import SPLITS, Collection, Photo, Sketch
from sketchnet.data.pairs.file_names import printable
from sketchnet.data.pairs.load import load_collection, with_validation
from sketchnet.data.pairs.picture_source import PictureSource, load_picture
from sketchnet.data.quickdraw import Description, describe
from sketchnet.utils.errors import InputError
from sketchnet.utils.progress import in_parallel

MAX_PROBLEMS = 20  # that are printed; the others are counted
MAX_COPIES = 5


def report_folder(directory: Path | str) -> str:
    """Describe a folder of pairs, of photos, or of Quick, Draw! drawings.

    Every picture is opened.

    Returns: lines of text.
    Raises: InputError where nothing in the folder can be used.
    """
    drawings = describe(directory) if Path(directory).is_dir() else None
    if drawings is not None and not any(row.drawings for row in drawings.rows):
        drawings = None
    try:
        pairs = report_pairs(load_collection(directory))
    except InputError:
        if drawings is None:
            raise
        return report_drawings(Path(directory).resolve().name, drawings)
    # Sketches in folders of categories are the pairs' own; other files of drawings are more data.
    if drawings is None or {form for form, _ in drawings.forms} == {"picture"}:
        return pairs
    return f"{pairs}\n\n{report_drawings('also', drawings)}"


def report_pairs(collection: Collection) -> str:
    """Describe a collection. Raises: InputError where none of its photos can be opened."""
    broken = broken_pictures(collection)
    whole = collection
    collection = whole.select(p.id for p in whole.photos if ("photo", p.id) not in broken)
    if not collection.photos:
        first = next(iter(broken.values()))
        raise InputError(
            "pictures",
            f"{whole.name} with {len(whole.photos)} photos, none of which can be opened: {first}",
        )
    head = (
        "split", "photos", "edge maps", "sketches", "as", "sketches/photo", "triplets", "broken",
    )  # fmt: skip
    splits = [split for split in SPLITS if whole.subset(split).photos]
    table = [
        [split, *_counts(collection.subset(split), broken), str(_broken_in(whole, split, broken))]
        for split in (*splits, *(["all"] if len(splits) > 1 else []))
    ]
    lines = [f"{whole.name}: {', '.join(whole.layouts)}", "", *aligned([head, *table]), ""]
    lines += _remarks(whole) + _copy_lines(whole)
    lines += _problem_lines([*broken.values(), *whole.problems])
    lines += [printable(line) for line in whole.left_out]
    return "\n".join(lines)


def report_drawings(name: str, description: Description) -> str:
    """Describe Quick, Draw! files."""
    forms = ", ".join(f"{files} {form}" for form, files in description.forms)
    lines = [f"{name}: Quick, Draw! drawings ({forms})", "", *aligned(description.table()), ""]
    if description.duplicates:
        lines.append(f"{description.duplicates:,} are in several files, and counted once")
    lines += _problem_lines(description.problems)
    if description.notes:
        lines += _listed("read, but not as it stands", description.notes)
    return "\n".join(lines)


def broken_pictures(collection: Collection) -> dict[tuple[str, str], str]:
    """Open every picture of a collection.

    A photo is broken where neither its picture nor its edge map can be opened, or they are blank.

    Returns: (`photo` or `sketch`, id) to the reason why it cannot be used.
    """

    def check(item: Photo | Sketch) -> str | None:
        if isinstance(item, Photo):
            reasons = [_fault_of(s) for s in (item.photo, item.edges) if s is not None]
            return None if None in reasons else reasons[0]
        return None if item.drawing is not None else _fault_of(item.picture)

    items: list[Photo | Sketch] = [*collection.photos, *collection.sketches]
    faults = in_parallel(check, items, "opening pictures")
    kinds = ("photo" if isinstance(item, Photo) else "sketch" for item in items)
    return {
        (kind, item.id): f"{kind} {item.id}: {fault}"
        for kind, item, fault in zip(kinds, items, faults, strict=True)
        if fault
    }


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Format rows of text as a table: the first column to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _counts(part: Collection, broken: dict[tuple[str, str], str]) -> list[str]:
    sketches = [sketch for sketch in part.sketches if ("sketch", sketch.id) not in broken]
    forms = {
        "strokes": any(sketch.drawing is not None for sketch in sketches),
        "raster": any(sketch.picture is not None for sketch in sketches),
    }
    per_photo = Counter(sketch.photo_id for sketch in sketches)
    numbers = [per_photo[photo.id] for photo in part.photos]
    per_photo_range = f"{min(numbers)}/{np.mean(numbers):.2f}/{max(numbers)}" if sketches else "-"
    return [
        f"{len(part.photos):,}",
        f"{sum(photo.edges is not None for photo in part.photos):,}",
        f"{len(sketches):,}",
        "+".join(form for form, is_there in forms.items() if is_there) or "-",
        per_photo_range,
        f"{len(part.triplets):,}",
    ]


def _broken_in(whole: Collection, split: str, broken: dict[tuple[str, str], str]) -> int:
    part = whole.subset(split)
    names = [("photo", photo.id) for photo in part.photos]
    names += [("sketch", sketch.id) for sketch in part.sketches]
    return sum(name in broken for name in names)


def _remarks(collection: Collection) -> list[str]:
    """Return what a person should know before training on a collection."""
    if not collection.sketches:
        return ["no sketches: usable as a gallery"]
    remarks = []
    without_photo = sum(photo.photo is None for photo in collection.photos)
    if without_photo:
        remarks.append(
            f"{without_photo:,} photos have an edge map only, which stands for the photo in colour"
        )
    owner = {sketch.id: sketch.photo_id for sketch in collection.sketches}
    if own := sum(owner[sketch] == farther for sketch, _, farther in collection.triplets):
        share = f"{own:,} triplets ({own / len(collection.triplets):.1%})"
        remarks.append(f"in {share} the sketch's own photo is the less similar one")
    cut = with_validation(collection)
    val, left = (len({s.photo_id for s in cut.subset(x).sketches}) for x in ("val", "train"))
    if val and not collection.subset("val").photos:
        remarks.append(f"no validation split: {val} of train are held out for it, {left} remain")
    return remarks


def _copy_lines(collection: Collection) -> list[str]:
    """Return a line about photos whose files are copies of others, if there are any."""
    groups = [" = ".join(ids) for ids in copied_photos(collection)]
    if not groups:
        return []
    more = f", … ({len(groups):,} pictures)" if len(groups) > MAX_COPIES else ""
    return [f"copies of one photo under several names: {', '.join(groups[:MAX_COPIES])}{more}"]


def copied_photos(collection: Collection) -> list[list[str]]:
    """Return the ids of photos whose files have the same content, group by group."""
    by_size: dict[int, list[Photo]] = defaultdict(list)
    for photo in collection.photos:
        if isinstance(photo.photo, Path) and photo.photo.is_file():
            by_size[photo.photo.stat().st_size].append(photo)
    by_content: dict[bytes, list[str]] = defaultdict(list)
    for photos in by_size.values():
        for photo in photos if len(photos) > 1 else ():
            assert isinstance(photo.photo, Path)
            content = hashlib.sha256(photo.photo.read_bytes()).digest()
            by_content[content].append(photo.id)
    return [ids for ids in by_content.values() if len(ids) > 1]


def _problem_lines(problems: Sequence[str]) -> list[str]:
    if not problems:
        return ["nothing is broken"]
    return _listed("broken or skipped", problems)


def _listed(head: str, messages: Sequence[str]) -> list[str]:
    lines = [f"{head}: {len(messages):,}"]
    lines += [f"  {printable(message)}" for message in messages[:MAX_PROBLEMS]]
    if len(messages) > MAX_PROBLEMS:
        lines.append(f"  … and {len(messages) - MAX_PROBLEMS:,} more")
    return lines


def _fault_of(source: PictureSource | None) -> str | None:
    if source is None:
        return "no picture of it is there"
    try:
        picture = source if isinstance(source, np.ndarray) else load_picture(source)
    except InputError as error:
        return str(error)
    return "it is blank" if picture.min() == picture.max() else None
