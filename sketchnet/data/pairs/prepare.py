"""A collection in memory, with every picture prepared for a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.picture_source import PictureSource, load_picture
from sketchnet.data.redraw import extract_strokes
from sketchnet.imaging.prepare import (
    prepare_edge_input,
    prepare_edge_map,
    prepare_photo,
    prepare_rgb,
    prepare_sketch,
)
from sketchnet.strokes.formats import Drawing
from sketchnet.strokes.rasterize import LINE
from sketchnet.utils.errors import InputError
from sketchnet.utils.progress import in_parallel

PHOTO_INPUTS = ("edges", "rgb")
EDGE_MAPS = ("computed", "provided", "both")
STROKES_CANVAS = 109  # px; the stroke extraction was tuned on pictures of this side

Item = TypeVar("Item", Photo, Sketch)
Ways = dict[str, tuple[PictureSource | None, Callable[..., np.ndarray]]]
"""`photo` or `edges`, or the kind of edge map, to the picture and how it is prepared."""


@dataclass(frozen=True, eq=False)
class PreparedPairs:
    """Ns sketches and Np photos on white (255); a photo without sketches is a gallery item.

    Attributes:
        sketches: (Ns, C, C) uint8.
        sketch_photo: (Ns,) int32, rows of `photos`.
        photos: (Np, V, C, C) uint8, V variants of the edge map, or (Np, V, C, C, 3) RGB.
        triplets: (T, 3) int32, rows of sketch, nearer photo, farther photo.
        drawings: the strokes of each sketch, None where there are only pixels.
        photo_strokes: strokes read from the photos, to simulate sketches of those that have none;
            empty lists for all others.
        problems: what was skipped and why, those of the collection first.
    """

    sketches: np.ndarray
    sketch_photo: np.ndarray
    photos: np.ndarray
    sketch_ids: tuple[str, ...]
    photo_ids: tuple[str, ...]
    triplets: np.ndarray
    drawings: tuple[Drawing | None, ...]
    photo_strokes: tuple[Drawing, ...] = ()
    problems: tuple[str, ...] = ()


def prepare_pairs(
    collection: Collection,
    canvas: int,
    photo_input: str = "edges",
    edge_maps: str = "computed",
    *,
    line_width: float = LINE,
    read_strokes: bool = False,
    progress: bool = True,
) -> PreparedPairs:
    """Read and prepare every picture of a collection in parallel.

    Pictures that are damaged or blank are left out, with what belongs to them, and named in
    `problems`.

    Args:
        canvas: side of the prepared pictures in pixels.
        photo_input: `edges` for edge maps, `rgb` for photos in colour; there an edge map stands
            for a photo that the collection lacks, as a grey picture.
        edge_maps: `computed` from the photo, `provided` by the dataset, each where there is one,
            else the other; `both` gives two variants, the computed one (or the photo in colour)
            first.
        line_width: of prepared sketches and edge maps, as a fraction of the canvas.
        read_strokes: fill `photo_strokes`.

    Raises ValueError for an unknown `photo_input` or `edge_maps`.
    """
    if photo_input not in PHOTO_INPUTS or edge_maps not in EDGE_MAPS:
        raise ValueError(
            f"expected photo_input of {PHOTO_INPUTS} and edge_maps of {EDGE_MAPS}; "
            f"received {photo_input!r} and {edge_maps!r}"
        )
    problems = list(collection.problems)
    of_photo = partial(
        _colours if photo_input == "rgb" else _edge_maps,
        canvas=canvas,
        edge_maps=edge_maps,
        line_width=line_width,
    )
    photos = _prepared("photo", collection.photos, of_photo, problems, progress)
    row = {photo_id: i for i, photo_id in enumerate(photos)}
    owned = [sketch for sketch in collection.sketches if sketch.photo_id in row]
    _count_lost("sketches", len(collection.sketches) - len(owned), problems)
    of_sketch = partial(_ink, canvas=canvas, line_width=line_width)
    sketches = _prepared("sketch", owned, of_sketch, problems, progress)
    kept = [sketch for sketch in owned if sketch.id in sketches]
    sketch_row = {sketch.id: i for i, sketch in enumerate(kept)}
    triplets = [
        (sketch_row[sketch], row[nearer], row[farther])
        for sketch, nearer, farther in collection.triplets
        if sketch in sketch_row and nearer in row and farther in row
    ]
    _count_lost("triplets", len(collection.triplets) - len(triplets), problems)
    photo_shape = (1, canvas, canvas, 3) if photo_input == "rgb" else (1, canvas, canvas)
    return PreparedPairs(
        sketches=_stacked(sketches, (canvas, canvas)),
        sketch_photo=np.array([row[sketch.photo_id] for sketch in kept], np.int32),
        photos=_stacked(photos, photo_shape),
        sketch_ids=tuple(sketches),
        photo_ids=tuple(photos),
        triplets=np.array(triplets, np.int32).reshape(-1, 3),
        drawings=tuple(sketch.drawing for sketch in kept),
        photo_strokes=_photo_strokes(collection, row, progress) if read_strokes else (),
        problems=tuple(problems),
    )


@dataclass
class _Outcome:
    """A prepared picture, or none, and what went wrong on the way."""

    picture: np.ndarray | None = None
    problems: list[str] = field(default_factory=list)


def _prepared(
    kind: str,
    items: Sequence[Item],
    prepare: Callable[[Item], _Outcome],
    problems: list[str],
    progress: bool,
) -> dict[str, np.ndarray]:
    """Id → picture, in the order of the items, without those that failed."""
    label = f"preparing {kind}{'es' if kind == 'sketch' else 's'}" if progress else None
    outcomes = in_parallel(prepare, items, label)
    prepared = {}
    for item, outcome in zip(items, outcomes, strict=True):
        skipped = ", skipped" if outcome.picture is None else ""
        problems += [f"{kind} {item.id}: {problem}{skipped}" for problem in outcome.problems]
        if outcome.picture is not None:
            prepared[item.id] = outcome.picture
    return prepared


def _ink(sketch: Sketch, canvas: int, line_width: float) -> _Outcome:
    """Strokes are preferred to a picture: their lines need not be measured."""
    if sketch.drawing is not None:
        return _inked(prepare_sketch(sketch.drawing, canvas, line_width))
    try:
        return _inked(prepare_sketch(_read(sketch.picture), canvas, line_width))
    except InputError as error:
        return _Outcome(problems=[str(error)])


def _colours(photo: Photo, canvas: int, edge_maps: str, line_width: float) -> _Outcome:
    """The photo in colour, its edge map as a grey picture, or both."""
    wanted = {
        "computed": ("photo", "edges"),
        "provided": ("edges", "photo"),
        "both": ("photo", "edges"),
    }[edge_maps]

    grey = partial(prepare_edge_input, photo_input="rgb", line_width=line_width)
    ways: Ways = {"photo": (photo.photo, prepare_rgb), "edges": (photo.edges, grey)}
    return _variants({name: ways[name] for name in wanted}, canvas, 2 if edge_maps == "both" else 1)


def _edge_maps(photo: Photo, canvas: int, edge_maps: str, line_width: float) -> _Outcome:
    """The edge maps of a photo: computed, provided, or both."""
    ways: Ways = {
        "computed": (photo.photo, partial(prepare_photo, line_width=line_width)),
        "provided": (photo.edges, partial(prepare_edge_map, line_width=line_width)),
    }
    if edge_maps == "provided":
        ways = dict(reversed(ways.items()))
    return _variants(ways, canvas, 2 if edge_maps == "both" else 1)


def _variants(ways: Ways, canvas: int, count: int) -> _Outcome:
    """The first `count` of the ways; another one takes the place of one that is absent or blank."""
    found: dict[str, np.ndarray] = {}
    problems = []
    for number, (name, (source, prepare)) in enumerate(ways.items()):
        if source is None or (number >= count and found):
            continue
        try:
            outcome = _inked(prepare(_read(source), canvas))
        except InputError as error:
            outcome = _Outcome(problems=[str(error)])
        problems += outcome.problems
        if outcome.picture is not None:
            found[name] = outcome.picture
    if not found:
        return _Outcome(problems=problems or ["no picture of it"])
    substitute = next(iter(found.values()))
    chosen = [found.get(name, substitute) for name in [*ways][:count]]
    return _Outcome(np.stack(chosen), problems)


def _photo_strokes(
    collection: Collection, rows: dict[str, int], progress: bool
) -> tuple[Drawing, ...]:
    """Strokes read from the photos without sketches, row by row; [] for all others."""
    sketched = {sketch.photo_id for sketch in collection.sketches}
    photos = {photo.id: photo for photo in collection.photos}

    def strokes(photo_id: str) -> Drawing:
        photo = photos[photo_id]
        if photo_id in sketched or photo.photo is None:
            return []
        return extract_strokes(prepare_photo(_read(photo.photo), STROKES_CANVAS))

    return tuple(in_parallel(strokes, [*rows], "reading strokes" if progress else None))


def _inked(picture: np.ndarray) -> _Outcome:
    if picture.min() == picture.max():
        return _Outcome(problems=["it is blank"])
    return _Outcome(picture)


def _read(source: PictureSource | None) -> np.ndarray:
    if source is None:
        raise InputError("a picture", "none", "add one")
    return load_picture(source)


def _count_lost(kind: str, number: int, problems: list[str]) -> None:
    if number:
        problems.append(f"{number} {kind} skipped, since their pictures are skipped")


def _stacked(pictures: dict[str, np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    return np.stack([*pictures.values()]) if pictures else np.empty((0, *shape), np.uint8)
