"""A collection of sketches and photos, whatever files it was read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sketchnet.data.pairs.picture_source import PictureSource
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.errors import InputError

SPLITS = ("train", "val", "test")


class Origin(NamedTuple):
    """A dataset that has sketches of a photo, and the photo's id and split in that dataset."""

    collection: str
    id: str
    split: str


@dataclass(frozen=True, eq=False)
class Photo:
    """One identity: all sketches of it show the same object.

    Attributes:
        photo: the picture in colour, or None.
        edges: an edge map provided by the dataset, black on white, or None.
        origins: the datasets that were merged into this photo, if any were.
        fields: further columns of a list that names the photo, such as its price.
    """

    id: str
    split: str
    photo: PictureSource | None = None
    edges: PictureSource | None = None
    origins: tuple[Origin, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def merge(self, other: Photo) -> Photo:
        """Return this photo completed by another; of two splits, the one later in `SPLITS`."""
        return replace(
            self,
            split=max(self.split, other.split, key=SPLITS.index),
            photo=other.photo if self.photo is None else self.photo,
            edges=other.edges if self.edges is None else self.edges,
            origins=tuple(dict.fromkeys(self.origins + other.origins)),
            fields={**other.fields, **self.fields},
        )


@dataclass(frozen=True, eq=False)
class Sketch:
    """One sketch of one photo: as a picture, as strokes, or both."""

    id: str
    photo_id: str
    picture: PictureSource | None = None
    drawing: Drawing | None = None


@dataclass(frozen=True, eq=False)
class Collection:
    """Photos, their sketches, and human triplets. A photo without sketches is a gallery item.

    Attributes:
        layouts: names of the layouts that the files had.
        triplets: (sketch id, id of the more similar photo, id of the less similar photo).
        problems: what was skipped and why, one line each.
        left_out: what is not part of the data, such as thumbnails of other programs, one line each.

    Raises ValueError where ids repeat or do not exist.
    """

    name: str
    layouts: tuple[str, ...] = ()
    photos: tuple[Photo, ...] = ()
    sketches: tuple[Sketch, ...] = ()
    triplets: tuple[tuple[str, str, str], ...] = ()
    problems: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, items in (("photo", self.photos), ("sketch", self.sketches)):
            repeated = [name for name, n in Counter(item.id for item in items).items() if n > 1]
            if repeated:
                raise ValueError(f"{self.name}: the {kind} id {repeated[0]!r} is given twice")
        if unknown := {photo.split for photo in self.photos} - set(SPLITS):
            raise ValueError(f"{self.name}: expected splits {SPLITS}; received {unknown}")
        photo_ids = {photo.id for photo in self.photos}
        sketch_ids = {sketch.id for sketch in self.sketches}
        if missing := {sketch.photo_id for sketch in self.sketches} - photo_ids:
            raise ValueError(f"{self.name}: sketches of unknown photos {sorted(missing)[:3]}")
        for sketch_id, positive, negative in self.triplets:
            if sketch_id not in sketch_ids or not {positive, negative} <= photo_ids:
                raise ValueError(f"{self.name}: a triplet names unknown items of {sketch_id!r}")

    def subset(self, split: str) -> Collection:
        """Return the part with this split: `train`, `val`, `test`, or `all` for everything."""
        if split == "all":
            return self
        if split not in SPLITS:
            raise InputError(f"a split of {', '.join(SPLITS)} or all", f"{split!r}", "name one")
        return self.select({photo.id for photo in self.photos if photo.split == split})

    def select(self, photo_ids: Iterable[str]) -> Collection:
        """Return the photos of these ids, in the order of the collection, with their sketches.

        Triplets stay if all their photos do.
        """
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
        """Return the collection with itself as the origin of each sketched photo.

        Where a photo has an origin already, nothing changes.
        """
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

    def rename(self, photo_ids: Mapping[str, str], sketch_ids: Mapping[str, str]) -> Collection:
        """Return the collection with new ids; ids without a new one stay.

        Photos that receive the same id are merged.
        """
        photos: dict[str, Photo] = {}
        for photo in self.photos:
            new = replace(photo, id=photo_ids.get(photo.id, photo.id))
            photos[new.id] = photos[new.id].merge(new) if new.id in photos else new
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

    def append(self, other: Collection, prefix: str) -> Collection:
        """Return this collection followed by another.

        Where an id of the other is taken, all its ids of that kind get the prefix.
        """
        renames = []
        for items, others in ((self.photos, other.photos), (self.sketches, other.sketches)):
            taken = {item.id for item in items}
            clash = any(item.id in taken for item in others)
            renames.append({item.id: prefix + item.id for item in others if clash})
        other = other.rename(*renames)
        return replace(
            self,
            layouts=tuple(dict.fromkeys(self.layouts + other.layouts)),
            photos=self.photos + other.photos,
            sketches=self.sketches + other.sketches,
            triplets=self.triplets + other.triplets,
            problems=self.problems + other.problems,
            left_out=self.left_out + other.left_out,
        )
