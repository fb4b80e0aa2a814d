"""QMUL v1 (Yu et al., *Sketch Me That Shoe*, CVPR 2016): `.mat` arrays, pictures, human triplets.

    shoes_sketch_db_train.mat  shoes_edge_db_train.mat     row i of both is a pair
    shoes_annotation.json      {train: {images, sketches, triplets}}, entry i names row i
    train/images/N.jpg         train/sketches/N.png

Any part may be missing: arrays alone, pictures alone, one split alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from reprlib import repr  # which shortens what it shows
from typing import Any

import numpy as np

from sketchnet.data.pairs.collection import SPLITS, Collection, Photo, Sketch
from sketchnet.data.pairs.file_names import PHOTO_FOLDERS, SKETCH_FOLDERS, prefix_photo
from sketchnet.data.pairs.listing import Folder, Listing
from sketchnet.data.pairs.mat_file import load_mat
from sketchnet.data.pairs.pairing import photo_files, unique_files
from sketchnet.data.pairs.qmul_annotation import SplitAnnotation, check_annotation, load_annotation
from sketchnet.utils.errors import InputError

_MAT = re.compile(r"(?:(.+)_)?(sketch|edge)_db_(train|val|test)\.mat", re.IGNORECASE)


def read(listing: Listing) -> Collection | None:
    """Read the QMUL v1 part of a folder; None where it has none. Broken parts become problems."""
    directory = listing.root.path
    problems: list[str] = []
    arrays = _read_arrays(directory, problems)
    split_folders = {split: listing.root.find(split) for split in SPLITS}
    has_pictures = any(
        folder and folder.find(*PHOTO_FOLDERS, *SKETCH_FOLDERS) for folder in split_folders.values()
    )
    if not (arrays or has_pictures or problems):
        return None
    annotation: dict[str, Any] = {}
    for path in sorted(directory.glob("*annotation*.json"))[:1]:
        try:
            annotation = load_annotation(path)
        except InputError as error:
            problems.append(f"{path.name}: {error}")

    whole = Collection(directory.name)
    for split, folder in split_folders.items():
        rows = {kind: arrays.get((kind, split)) for kind in ("sketch", "edge")}
        part = _read_split(listing, folder, split, rows, annotation.get(split), problems)
        whole = whole.append(part, f"{split}-")  # one name in two splits is not one photo
    found = {
        "QMUL v1 arrays": bool(arrays),
        "QMUL v1 pictures": has_pictures,
        "human triplets": bool(whole.triplets),
    }
    layouts = tuple(name for name, is_there in found.items() if is_there)
    return replace(whole, layouts=layouts, problems=tuple(problems))


def _read_arrays(directory: Path, problems: list[str]) -> dict[tuple[str, str], np.ndarray]:
    """Return (`sketch` or `edge`, split) to uint8 (N, H, W)."""
    found: dict[tuple[str, str], np.ndarray] = {}
    matches = [(path, _MAT.fullmatch(path.name)) for path in sorted(directory.glob("*.mat"))]
    named = [(path, match) for path, match in matches if match]
    for path, match in named:
        if match[1] != named[0][1][1]:
            problems.append(
                f"{path.name}: lies beside {named[0][0].name}, skipped; give it its own folder"
            )
            continue
        try:
            found[match[2].lower(), match[3].lower()] = load_mat(path)
        except InputError as error:
            problems.append(f"{path.name}: {error}")
    return found


def _read_split(
    listing: Listing,
    folder: Folder | None,
    split: str,
    rows: dict[str, np.ndarray | None],
    annotated: Any,
    problems: list[str],
) -> Collection:
    """Combine the rows, the files and the annotation of one split."""
    photo_paths, sketch_paths = _picture_files(listing, folder, problems)
    edge_rows, sketch_rows = rows["edge"], rows["sketch"]
    names = None
    counts = _count(sketch_rows), _count(edge_rows)
    if annotated is not None and (any(counts) or photo_paths or sketch_paths):
        try:
            names = check_annotation(annotated, *counts)
        except ValueError as error:
            problems.append(f"annotation of {split}: {error}; left unused")

    photo_names = _row_names(names.images if names else [], edge_rows, photo_paths)
    sketch_names = _row_names(names.sketches if names else [], sketch_rows, sketch_paths)
    edges = _by_name(photo_names, edge_rows)
    pictures = _by_name(sketch_names, sketch_rows)
    photos = {
        name: Photo(name, split, photo_paths.get(name), edges.get(name))
        for name in dict.fromkeys([*photo_names, *photo_paths])
    }
    sketches: dict[str, Sketch] = {}
    has_rows = names is not None or sketch_rows is not None
    owners = _owners(sketch_names, photo_names, has_rows)
    for name in dict.fromkeys([*sketch_names, *sketch_paths]):
        photo = owners[name] if name in owners else prefix_photo(name, photos)
        if photo is None:
            problems.append(f"{split} sketch {name}: no photo belongs to it, skipped")
        elif name not in pictures and name not in sketch_paths:
            problems.append(f"{split} sketch {name}: listed but not there, skipped")
        else:
            picture = pictures[name] if name in pictures else sketch_paths[name]
            sketches[name] = Sketch(name, photo, picture)
    triplets = _triplets(names, split, sketches, problems) if names else ()
    return Collection(listing.root.name, (), (*photos.values(),), (*sketches.values(),), triplets)


def _picture_files(
    listing: Listing, folder: Folder | None, problems: list[str]
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the photos and the sketches of a split as name to file."""
    found = []
    for names, files_of in ((PHOTO_FOLDERS, photo_files), (SKETCH_FOLDERS, unique_files)):
        pictures = folder.find(*names) if folder else None
        ids = listing.ids(pictures) if pictures else {}
        found.append(files_of(listing, ids, problems))
    photos, sketches = found
    listing.accounted.update(sketches.values())  # the arrays have them too
    return photos, sketches


def _count(rows: np.ndarray | None) -> int | None:
    return None if rows is None else len(rows)


def _row_names(listed: list[str], rows: np.ndarray | None, files: dict[str, Path]) -> list[str]:
    """Return the name of every row: from the annotation, from the files, or its number."""
    if listed:
        return listed
    if rows is None or len(rows) == len(files):
        return list(files)
    return [str(i + 1) for i in range(len(rows))]


def _by_name(names: Sequence[str], rows: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return name to its first row: the row of a photo with several sketches repeats."""
    if rows is None:
        return {}
    return dict(zip(reversed(names), rows[::-1], strict=True))


def _owners(
    sketch_names: list[str], photo_names: list[str], has_rows: bool
) -> dict[str, str | None]:
    """Return sketch name to photo name: by name, or row by row where the names differ."""
    if set(sketch_names) == set(photo_names):
        return {name: name for name in sketch_names}
    if has_rows and len(sketch_names) == len(photo_names):
        return dict(zip(sketch_names, photo_names, strict=True))
    return {name: prefix_photo(name, photo_names) for name in sketch_names}


def _triplets(
    names: SplitAnnotation, split: str, sketches: dict[str, Sketch], problems: list[str]
) -> tuple[tuple[str, str, str], ...]:
    skipped: list[Any] = []
    triplets = tuple(
        (names.sketches[anchor], names.images[nearer], names.images[farther])
        for anchor, nearer, farther in names.triplets(skipped)
        if names.sketches[anchor] in sketches
    )
    if skipped:
        problems.append(
            f"annotation of {split}: {len(skipped)} triplet entries are not pairs of two rows "
            f"(the first: {repr(skipped[0])[:40]}), skipped"
        )
    return triplets
