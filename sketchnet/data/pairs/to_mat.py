"""Export to the format of the original implementation (Yu et al.): `.mat` arrays and annotation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from sketchnet.data.pairs.collection import SPLITS, Collection, Photo, Sketch
from sketchnet.data.pairs.mat_file import save_mat
from sketchnet.data.pairs.picture_source import PictureSource, load_picture
from sketchnet.imaging.edges import edge_map
from sketchnet.imaging.prepare import rasterize
from sketchnet.utils.atomic_files import write_text_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.progress import in_parallel

Item = TypeVar("Item", Photo, Sketch)

MAT_SIDE = 256  # pixels
_LINE_WIDTH = 1.5  # pixels, about that of the QMUL sketches


def write_mat(collection: Collection, out: Path | str) -> list[str]:
    """Write `<name>_{sketch,edge}_db_<split>.mat` and `<name>_annotation.json` into `out`.

    Row i of the sketches and row i of the edge maps are a pair: the edge map of a photo with
    several sketches repeats, a photo without sketches is left out. Pictures of 256 x 256 pixels
    are written unchanged, others are scaled to fit. Where the dataset provides no edge map, it is
    computed from the photo.

    Returns: what was skipped and why.
    Raises: InputError where no pair can be written.
    """
    out = Path(out)
    problems: list[str] = []
    annotation: dict[str, Any] = {}
    for split in SPLITS:
        part = collection.subset(split)
        sketched = {sketch.photo_id for sketch in part.sketches}
        photos = [photo for photo in part.photos if photo.id in sketched]
        edges = _rows("photo", photos, _edge_row, problems)
        inks = _rows("sketch", part.sketches, _sketch_row, problems)
        pairs = [s for s in part.sketches if s.id in inks and s.photo_id in edges]
        if not pairs:
            continue
        start = out / f"{collection.name}"
        save_mat(Path(f"{start}_sketch_db_{split}.mat"), np.stack([inks[s.id] for s in pairs]))
        save_mat(Path(f"{start}_edge_db_{split}.mat"), np.stack([edges[s.photo_id] for s in pairs]))
        annotation[split] = _annotation(pairs, part.triplets)
    if not annotation:
        raise InputError(
            "sketches with their photos",
            f"{collection.name} without a whole pair",
            "a gallery has no .mat form",
        )
    write_text_atomically(out / f"{collection.name}_annotation.json", json.dumps(annotation))
    return problems


def fit_to_mat(picture: np.ndarray) -> np.ndarray:
    """Fit a grey picture (H, W) into (256, 256): dark on light, centred on white."""
    height, width = picture.shape
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    if np.median(border) < 128:
        picture = 255 - picture
    if (height, width) == (MAT_SIDE, MAT_SIDE):
        return picture
    scale = MAT_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture, size, interpolation=interpolation)
    paper = np.full((MAT_SIDE, MAT_SIDE), 255, np.uint8)
    top, left = (MAT_SIDE - size[1]) // 2, (MAT_SIDE - size[0]) // 2
    paper[top : top + size[1], left : left + size[0]] = small
    return paper


def _sketch_row(sketch: Sketch) -> np.ndarray:
    if sketch.drawing is not None:
        return rasterize(sketch.drawing, MAT_SIDE, width=_LINE_WIDTH)
    return _grey(sketch.picture)


def _edge_row(photo: Photo) -> np.ndarray:
    if photo.edges is not None:
        try:
            return _grey(photo.edges)
        except InputError:
            if photo.photo is None:
                raise
    return fit_to_mat(edge_map(_load(photo.photo)))


def _grey(source: PictureSource | None) -> np.ndarray:
    return fit_to_mat(_load(source, grey=True))


def _load(source: PictureSource | None, grey: bool = False) -> np.ndarray:
    if source is None:
        raise InputError("a picture", "none")
    return load_picture(source, grey=grey)


def _rows(
    kind: str,
    items: Sequence[Item],
    row_of: Callable[[Item], np.ndarray],
    problems: list[str],
) -> dict[str, np.ndarray]:
    """Return id to uint8 (256, 256); what cannot be read becomes a problem."""

    def attempt(item: Item) -> np.ndarray | str:
        try:
            return row_of(item)
        except InputError as error:
            return f"{kind} {item.id}: {error}, skipped"

    results = dict(zip((i.id for i in items), in_parallel(attempt, items), strict=True))
    problems += [row for row in results.values() if isinstance(row, str)]
    return {name: row for name, row in results.items() if not isinstance(row, str)}


def _annotation(
    sketches: Sequence[Sketch], triplets: Iterable[tuple[str, str, str]]
) -> dict[str, list[Any]]:
    """Return the names of the rows, and for each sketch its triplets as pairs of rows."""
    first_row: dict[str, int] = {}
    for row, sketch in enumerate(sketches):
        first_row.setdefault(sketch.photo_id, row)
    pairs: dict[str, list[list[int]]] = {sketch.id: [] for sketch in sketches}
    for sketch_id, nearer, farther in triplets:
        if sketch_id in pairs and nearer in first_row and farther in first_row:
            pairs[sketch_id].append([first_row[nearer], first_row[farther]])
    return {
        "images": [f"{_file_name(sketch.photo_id)}.jpg" for sketch in sketches],
        "sketches": [f"{_file_name(sketch.id)}.png" for sketch in sketches],
        "triplets": list(pairs.values()),
    }


def _file_name(name: str) -> str:
    """Return an id as a file name: ids may hold folders, the names of the annotation do not."""
    return name.replace("/", "_")
