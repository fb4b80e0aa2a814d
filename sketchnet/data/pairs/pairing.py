"""Pairs the sketches of some folders with the photos of others, by name."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path, PurePosixPath

from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.file_names import SVG, Match, PhotoNames, folded, prefix_photo
from sketchnet.data.pairs.listing import Listing
from sketchnet.strokes.svg import read_svg
from sketchnet.utils.errors import InputError

HINT = (
    "name each sketch after its photo (photos/3.jpg, sketches/3.png, sketches/3_2.png), "
    "or list the pairs in a CSV file with the columns sketch and photo"
)


def photo_files(listing: Listing, ids: dict[Path, str], problems: list[str]) -> dict[str, Path]:
    """Return the photos among files as id to file; a second file of an id is a problem."""
    files = {path: name for path, name in ids.items() if path.suffix.lower() != SVG}
    for path in ids.keys() - files.keys():
        listing.skip(path, "an SVG drawing is not a photo", problems)
    return unique_files(listing, files, problems)


def unique_files(listing: Listing, ids: dict[Path, str], problems: list[str]) -> dict[str, Path]:
    """Return id to file, in order; a second file of an id is a problem."""
    found: dict[str, Path] = {}
    for path, name in ids.items():
        if name in found:
            listing.skip(path, f"{found[name].name} has the same name", problems)
        else:
            found[name] = path
    return found


def load_sketch(
    listing: Listing, sketch_id: str, photo_id: str, path: Path, problems: list[str]
) -> Sketch | None:
    """Return the sketch of a file: the strokes of an SVG drawing, else a picture to be read later.

    None where the strokes cannot be read, which becomes a problem.
    """
    if path.suffix.lower() != SVG:
        return Sketch(sketch_id, photo_id, path)
    try:
        drawing = read_svg(path)
    except InputError as error:
        listing.skip(path, str(error), problems)
        return None
    listing.accounted.add(path)
    return Sketch(sketch_id, photo_id, drawing=drawing)


def pair_by_name(
    listing: Listing,
    layout: str,
    split: str,
    photos: dict[str, Path],
    sketches: dict[str, Path],
    *,
    match: Match = prefix_photo,
    problems: list[str],
) -> Collection:
    """Pair sketches with photos: those in a folder of the same name first, then all.

    Args:
        layout: what the layout is called in reports.
        split: of all photos.
        photos: id to file; folders in front of the name (`boots/3`) are classes.
        sketches: as `photos`.
        match: the rule by which a sketch is named after a photo.
        problems: receives what is skipped; it becomes part of the collection.
    """
    by_class: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for photo_id in photos:
        by_class[_class_of(photo_id)].append(_name_of(photo_id))
        by_name[_name_of(photo_id)].append(photo_id)
    ids: dict[tuple[str, str], str] = {
        (_class_of(photo_id), _name_of(photo_id)): photo_id for photo_id in photos
    }
    names = {each: PhotoNames(members, match) for each, members in by_class.items()}
    any_class = PhotoNames(list(by_name), match)

    found: list[Sketch] = []
    unpaired: list[Path] = []
    for sketch_id, path in sketches.items():
        folder, name = _class_of(sketch_id), _name_of(sketch_id)
        found_id: str | None = None
        if folder in names:
            owner = names[folder].owner(name)
            found_id = None if owner is None else ids[folder, owner]
        elif (owner := any_class.owner(name)) and len(by_name[owner]) == 1:
            found_id = by_name[owner][0]  # folders of other names: no two photos have this name
        if found_id is None:
            unpaired.append(path)
        elif sketch := load_sketch(listing, sketch_id, found_id, path, problems):
            found.append(sketch)
    for path in unpaired:
        listing.skip(path, "no photo belongs to it", problems)
    if unpaired and not found:
        problems.insert(0, f"none of {len(unpaired):,} sketches is named after a photo: {HINT}")
    return Collection(
        name=listing.root.name,
        layouts=(layout,),
        photos=tuple(Photo(name, split, path) for name, path in photos.items()),
        sketches=tuple(found),
        problems=tuple(problems),
    )


def _class_of(photo_id: str) -> str:
    parent = PurePosixPath(photo_id).parent.as_posix()
    return "" if parent == "." else folded(parent)


def _name_of(photo_id: str) -> str:
    return PurePosixPath(photo_id).name
