"""A collection in memory, every picture in the one form that networks see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from sketchnet.data.pairs.collection import Collection, Photo, Sketch, Source
from sketchnet.imaging.prepare import (
    prepare_edge_map,
    prepare_photo,
    prepare_rgb,
    prepare_sketch,
    read_picture,
)
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.errors import InputError
from sketchnet.utils.progress import in_parallel

PHOTO_INPUTS = ("edges", "rgb")
EDGES = ("ours", "published", "both")

Item = TypeVar("Item", Photo, Sketch)


@dataclass(frozen=True, eq=False)
class PreparedPairs:
    """Ns sketches and Np photos, white paper 255; a photo without sketches is a gallery item.

    sketches: uint8 (Ns, C, C). sketch_photo: int32 (Ns,), rows of `photos`.
    photos: uint8 (Np, V, C, C), V variants of the edge map, or (Np, 1, C, C, 3) RGB.
    triplets: int32 (T, 3), rows of sketch, nearer photo, farther photo.
    drawings: the strokes of each sketch, None where there are only pixels.
    problems: what was skipped and why, those of the collection first.
    """

    sketches: np.ndarray
    sketch_photo: np.ndarray
    photos: np.ndarray
    sketch_ids: tuple[str, ...]
    photo_ids: tuple[str, ...]
    triplets: np.ndarray
    drawings: tuple[Drawing | None, ...]
    problems: tuple[str, ...] = ()


def prepare_pairs(
    collection: Collection,
    canvas: int,
    photo_input: str = "edges",
    edge_maps: str = "computed",
    progress: bool = True,
) -> PreparedPairs:
    """Read and prepare every picture of a collection, `canvas` pixels a side, in parallel.

    `edges`: `ours` prepares the photo (the published edge map serves where there is no photo),
    `published` the other way round, `both` gives two variants, ours first.
    Broken and blank pictures are left out, with what belongs to them, and named in `problems`.
    Raises: ValueError for an unknown `photo_input` or `edges`.
    """
    if photo_input not in PHOTO_INPUTS or edges not in EDGES:
        raise ValueError(
            f"expected photo_input of {PHOTO_INPUTS} and edges of {EDGES}; "
            f"received {photo_input!r} and {edges!r}"
        )
    problems = list(collection.problems)
    of_photo = (
        partial(_rgb, canvas=canvas)
        if photo_input == "rgb"
        else partial(_edge_maps, canvas=canvas, edge_maps=edge_maps)
    )
    photos = _prepared("photo", collection.photos, of_photo, problems, progress)
    row = {photo_id: i for i, photo_id in enumerate(photos)}
    owned = [sketch for sketch in collection.sketches if sketch.photo_id in row]
    _count_lost("sketches", len(collection.sketches) - len(owned), problems)
    of_sketch = partial(_ink, canvas=canvas)
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


def _ink(sketch: Sketch, canvas: int) -> _Outcome:
    """Strokes are preferred: they have no lines to measure."""
    if sketch.drawing is not None:
        return _inked(prepare_sketch(sketch.drawing, canvas))
    try:
        return _inked(prepare_sketch(_read(sketch.picture), canvas))
    except InputError as error:
        return _Outcome(problems=[str(error)])


def _rgb(photo: Photo, canvas: int) -> _Outcome:
    try:
        return _Outcome(prepare_rgb(_read(photo.photo), canvas)[None])
    except InputError as error:
        return _Outcome(problems=[str(error)])


def _edge_maps(photo: Photo, canvas: int, edges: str) -> _Outcome:
    """The wanted variants; the other one serves where one is absent, blank or broken."""
    roads = {"ours": (photo.photo, prepare_photo), "published": (photo.edges, prepare_edge_map)}
    wanted = ["ours", "published"] if edges == "both" else [edges]
    found: dict[str, np.ndarray] = {}
    problems = []
    for road in (*wanted, *(road for road in roads if road not in wanted)):
        source, prepare = roads[road]
        if source is None or (road not in wanted and found):
            continue
        try:
            outcome = _inked(prepare(_read(source), canvas))
        except InputError as error:
            outcome = _Outcome(problems=[str(error)])
        problems += outcome.problems
        if outcome.picture is not None:
            found[road] = outcome.picture
    if not found:
        return _Outcome(problems=problems)
    stand_in = next(iter(found.values()))
    return _Outcome(np.stack([found.get(road, stand_in) for road in wanted]), problems)


def _inked(picture: np.ndarray) -> _Outcome:
    if picture.min() == picture.max():
        return _Outcome(problems=["it shows nothing"])
    return _Outcome(picture)


def _read(source: Source | None) -> np.ndarray:
    if source is None:
        raise InputError("a picture", "none", "add one")
    return read_picture(source)


def _count_lost(kind: str, number: int, problems: list[str]) -> None:
    if number:
        problems.append(f"{number} {kind} of pictures that are skipped, skipped too")


def _stacked(pictures: dict[str, np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    return np.stack([*pictures.values()]) if pictures else np.empty((0, *shape), np.uint8)
