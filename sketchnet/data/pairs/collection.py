"""What a collection of sketches and photos is, whatever files it came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sketchnet.strokes.formats import Drawing
from sketchnet.utils.errors import InputError

SPLITS = ("train", "val", "test")

Source = Path | np.ndarray
"""A picture: its file, or its pixels (uint8, (H, W) grey or (H, W, 3) RGB)."""


class Origin(NamedTuple):
    """A collection that has sketches of a photo, and the photo's id and split there."""

    collection: str
    id: str
    split: str


@dataclass(frozen=True, eq=False)
class Photo:
    """One identity: all sketches of it are sketches of the same thing.

    `photo` is the picture in colour, `edges` a published edge map (black on white); either may
    be absent. `origins` are what collections were merged into this one, if any were.
    """

    id: str
    split: str
    photo: Source | None = None
    edges: Source | None = None
    origins: tuple[Origin, ...] = ()

    def merged(self, other: Photo) -> Photo:
        """Ours with what it lacks from theirs; of the splits, the one farthest from training."""
        return replace(
            self,
            split=max(self.split, other.split, key=SPLITS.index),
            photo=other.photo if self.photo is None else self.photo,
            edges=other.edges if self.edges is None else self.edges,
            origins=tuple(dict.fromkeys(self.origins + other.origins)),
        )


@dataclass(frozen=True, eq=False)
class Sketch:
    """One drawing of one photo: as pixels, as strokes, or both."""

    id: str
    photo_id: str
    picture: Source | None = None
    drawing: Drawing | None = None


@dataclass(frozen=True, eq=False)
class Collection:
    """Photos, their sketches, and human triplets (sketch id, nearer photo id, farther photo id).

    `layouts` are the forms that the files had, `problems` what was skipped and why, one line each.
    A photo without sketches is a gallery item. Raises ValueError where ids repeat or do not exist.
    """

    name: str
    layouts: tuple[str, ...] = ()
    photos: tuple[Photo, ...] = ()
    sketches: tuple[Sketch, ...] = ()
    triplets: tuple[tuple[str, str, str], ...] = ()
    problems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, things in (("photo", self.photos), ("sketch", self.sketches)):
            twice = [name for name, n in Counter(thing.id for thing in things).items() if n > 1]
            if twice:
                raise ValueError(f"{self.name}: the {kind} id {twice[0]!r} is given twice")
        if unknown := {photo.split for photo in self.photos} - set(SPLITS):
            raise ValueError(f"{self.name}: expected splits {SPLITS}; received {unknown}")
        photo_ids = {photo.id for photo in self.photos}
        sketch_ids = {sketch.id for sketch in self.sketches}
        if lost := {sketch.photo_id for sketch in self.sketches} - photo_ids:
            raise ValueError(f"{self.name}: sketches of unknown photos {sorted(lost)[:3]}")
        for sketch_id, positive, negative in self.triplets:
            if sketch_id not in sketch_ids or not {positive, negative} <= photo_ids:
                raise ValueError(f"{self.name}: a triplet names unknown items of {sketch_id!r}")

    def subset(self, split: str) -> Collection:
        """The part with this split (`train`, `val`, `test`; `all` gives everything)."""
        if split == "all":
            return self
        if split not in SPLITS:
            raise InputError(f"a split of {', '.join(SPLITS)} or all", f"{split!r}", "name one")
        return self.of({photo.id for photo in self.photos if photo.split == split})

    def of(self, photo_ids: Iterable[str]) -> Collection:
        """The photos of these ids, in our order, with all that belongs to them alone."""
        wanted = set(photo_ids)
        sketches = tuple(sketch for sketch in self.sketches if sketch.photo_id in wanted)
        kept = {sketch.id for sketch in sketches}
        return replace(
            self,
            photos=tuple(photo for photo in self.photos if photo.id in wanted),
            sketches=sketches,
            triplets=tuple(t for t in self.triplets if t[0] in kept and {t[1], t[2]} <= wanted),
        )

    def with_origins(self) -> Collection:
        """The same with an origin for every sketched photo, as long as none has one."""
        if any(photo.origins for photo in self.photos):
            return self
        sketched = {sketch.photo_id for sketch in self.sketches}
        photos = (
            replace(photo, origins=(Origin(self.name, photo.id, photo.split),))
            if photo.id in sketched
            else photo
            for photo in self.photos
        )
        return replace(self, photos=tuple(photos))

    def renamed(self, photo_ids: Mapping[str, str], sketch_ids: Mapping[str, str]) -> Collection:
        """The same with new ids; ids that are not named stay, photos of one new id become one."""
        photos: dict[str, Photo] = {}
        for photo in self.photos:
            new = replace(photo, id=photo_ids.get(photo.id, photo.id))
            photos[new.id] = photos[new.id].merged(new) if new.id in photos else new
        sketches = [
            replace(
                sketch,
                id=sketch_ids.get(sketch.id, sketch.id),
                photo_id=photo_ids.get(sketch.photo_id, sketch.photo_id),
            )
            for sketch in self.sketches
        ]
        triplets = [
            (sketch_ids.get(sketch, sketch), photo_ids.get(near, near), photo_ids.get(far, far))
            for sketch, near, far in self.triplets
        ]
        return replace(
            self,
            photos=tuple(photos.values()),
            sketches=tuple(sketches),
            triplets=tuple(t for t in triplets if t[1] != t[2]),
        )

    def beside(self, other: Collection, prefix: str) -> Collection:
        """Ours and then theirs; where a name is taken, all their names of its kind get `prefix`."""
        renames = []
        for ours, theirs in ((self.photos, other.photos), (self.sketches, other.sketches)):
            taken = {thing.id for thing in ours}
            clash = any(thing.id in taken for thing in theirs)
            renames.append({thing.id: prefix + thing.id for thing in theirs if clash})
        other = other.renamed(*renames)
        return replace(
            self,
            layouts=tuple(dict.fromkeys(self.layouts + other.layouts)),
            photos=self.photos + other.photos,
            sketches=self.sketches + other.sketches,
            triplets=self.triplets + other.triplets,
            problems=self.problems + other.problems,
        )
