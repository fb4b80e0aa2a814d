"""One collection out of several: layouts that share a folder, and datasets that share photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.duplicates import describe_photos, find_duplicates
from sketchnet.data.pairs.picture_source import PictureHalf, PictureSource

Member = tuple[int, str]
"""The number of a collection, and the id of one of its photos."""


def merge_layouts(name: str, collections: Iterable[Collection]) -> Collection:
    """Merge what several layouts read from one folder: items of one id, or of one file, are one.

    A photo may receive its picture from one layout and its edge map from another. Where layouts
    disagree about the split, the one later in `SPLITS` wins; where they disagree about the photo
    of a sketch, the first layout wins.
    """
    photos: dict[str, Photo] = {}
    sketches: dict[str, Sketch] = {}
    layouts: list[str] = []
    triplets: list[tuple[str, str, str]] = []
    problems: list[str] = []
    left_out: list[str] = []
    for collection in collections:
        collection = _with_ids_of(photos, sketches, collection)
        for photo in collection.photos:
            photos[photo.id] = photos[photo.id].merge(photo) if photo.id in photos else photo
        for new in collection.sketches:
            old = sketches.get(new.id, new)
            if old.photo_id == new.photo_id:
                picture = new.picture if old.picture is None else old.picture
                drawing = new.drawing if old.drawing is None else old.drawing
                sketches[new.id] = replace(old, picture=picture, drawing=drawing)
            else:
                problems.append(f"sketch {new.id}: of {old.photo_id}, and not of {new.photo_id}")
        layouts += collection.layouts
        triplets += collection.triplets
        problems += collection.problems
        left_out += collection.left_out
    return Collection(
        name=name,
        layouts=tuple(dict.fromkeys(layouts)),
        photos=tuple(photos.values()),
        sketches=tuple(sketches.values()),
        triplets=tuple(triplets),
        problems=tuple(dict.fromkeys(problems)),
        left_out=tuple(dict.fromkeys(left_out)),
    )


def _with_ids_of(
    photos: dict[str, Photo], sketches: dict[str, Sketch], new: Collection
) -> Collection:
    """Return a collection where each file that is known already has the id that it has there."""
    photo_ids = {photo.photo: photo.id for photo in photos.values() if _is_file(photo.photo)}
    sketch_ids = {s.picture: s.id for s in sketches.values() if _is_file(s.picture)}
    return new.rename(
        {p.id: photo_ids.get(p.photo, p.id) for p in new.photos if _is_file(p.photo)},
        {s.id: sketch_ids.get(s.picture, s.id) for s in new.sketches if _is_file(s.picture)},
    )


def _is_file(source: PictureSource | None) -> bool:
    return isinstance(source, Path | PictureHalf)


def merge_collections(collections: Sequence[Collection]) -> Collection:
    """Merge several datasets: photos that show the same object become one identity.

    The identity keeps its id in the first dataset; other ids that clash with those of an earlier
    dataset get the name of their own dataset in front. The names of the collections must differ.
    """
    representatives = _representatives(collections)
    photo_ids: dict[Member, str] = {}
    sketch_ids: set[str] = set()
    parts = []
    for i, part in enumerate(collections):
        own = [photo.id for photo in part.photos if representatives[i, photo.id] == (i, photo.id)]
        free = _free_names(own, set(photo_ids.values()), part.name)
        photo_ids.update(((i, name), new) for name, new in free.items())
        sketches = _free_names([s.id for s in part.sketches], sketch_ids, part.name)
        sketch_ids.update(sketches.values())
        part = part.with_origins().rename(
            {photo.id: photo_ids[representatives[i, photo.id]] for photo in part.photos}, sketches
        )
        problems = tuple(f"{part.name}: {problem}" for problem in part.problems)
        left_out = tuple(f"{part.name}: {line}" for line in part.left_out)
        parts.append(replace(part, problems=problems, left_out=left_out))
    return merge_layouts(" + ".join(part.name for part in parts), parts)


def _representatives(collections: Sequence[Collection]) -> dict[Member, Member]:
    """Return, for each photo, the first one that shows the same object, by chains of duplicates.

    Two photos of one dataset are only identified where another dataset has a duplicate of both.
    """
    members = [(i, photo.id) for i, part in enumerate(collections) for photo in part.photos]
    parents = {member: member for member in members}

    def find(member: Member) -> Member:
        while parents[member] != member:
            member = parents[member]
        return member

    order = {member: place for place, member in enumerate(members)}
    descriptors = [describe_photos(collection.photos) for collection in collections]
    for i, j in combinations(range(len(collections)), 2):
        for one, other in find_duplicates(descriptors[i], descriptors[j]):
            first, second = sorted((find((i, one)), find((j, other))), key=order.__getitem__)
            parents[second] = first
    return {member: find(member) for member in members}


def _free_names(names: Sequence[str], taken: set[str], prefix: str) -> dict[str, str]:
    """Return a new name for each: itself, or all with the prefix where one of them is taken."""
    if taken.isdisjoint(names):
        return {name: name for name in names}
    while not taken.isdisjoint(f"{prefix}-{name}" for name in names):
        prefix += "+"
    return {name: f"{prefix}-{name}" for name in names}
