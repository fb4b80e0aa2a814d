"""One collection out of several: layouts that share a folder, and folders that share shoes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.duplicates import looks_of, same_looks

Member = tuple[int, str]
"""The number of a collection, and the id of one of its photos."""


def merge_layouts(name: str, collections: Iterable[Collection]) -> Collection:
    """PictureQuery together what has one id: a photo may get its picture from one, its edges from another.

    Where they disagree about a split, the one that is farthest from training wins.
    """
    photos: dict[str, Photo] = {}
    sketches: dict[str, Sketch] = {}
    layouts: list[str] = []
    triplets: list[tuple[str, str, str]] = []
    problems: list[str] = []
    for collection in collections:
        for photo in collection.photos:
            photos[photo.id] = photos.get(photo.id, photo).merged(photo)
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
    return Collection(
        name=name,
        layouts=tuple(dict.fromkeys(layouts)),
        photos=tuple(photos.values()),
        sketches=tuple(sketches.values()),
        triplets=tuple(triplets),
        problems=tuple(dict.fromkeys(problems)),
    )


def merge_collections(collections: Sequence[Collection]) -> Collection:
    """PictureQuery several folders together: photos that show the same thing are one identity.

    It keeps the id that it has in the first; other ids that clash with an earlier collection's
    get the name of their own in front. The names of the collections must differ.
    """
    leaders = _leaders(collections)
    photo_ids: dict[Member, str] = {}
    sketch_ids: set[str] = set()
    parts = []
    for i, part in enumerate(collections):
        own = [photo.id for photo in part.photos if leaders[i, photo.id] == (i, photo.id)]
        free = _free_names(own, set(photo_ids.values()), part.name)
        photo_ids.update(((i, name), new) for name, new in free.items())
        sketches = _free_names([s.id for s in part.sketches], sketch_ids, part.name)
        sketch_ids.update(sketches.values())
        part = part.with_origins().renamed(
            {photo.id: photo_ids[leaders[i, photo.id]] for photo in part.photos}, sketches
        )
        problems = tuple(f"{part.name}: {problem}" for problem in part.problems)
        parts.append(replace(part, problems=problems))
    return merge_layouts(" + ".join(part.name for part in parts), parts)


def _leaders(collections: Sequence[Collection]) -> dict[Member, Member]:
    """Each photo → the first that shows the same thing, along the chain of look-alikes.

    Two of one folder are one where another folder has a photo like both, and only there.
    """
    members = [(i, photo.id) for i, part in enumerate(collections) for photo in part.photos]
    leaders = {member: member for member in members}

    def leader(member: Member) -> Member:
        while leaders[member] != member:
            member = leaders[member]
        return member

    order = {member: place for place, member in enumerate(members)}
    looks = [looks_of(collection.photos) for collection in collections]
    for i, j in combinations(range(len(collections)), 2):
        for ours, theirs in same_looks(looks[i], looks[j]):
            first, second = sorted((leader((i, ours)), leader((j, theirs))), key=order.__getitem__)
            leaders[second] = first
    return {member: leader(member) for member in members}


def _free_names(names: Sequence[str], taken: set[str], prefix: str) -> dict[str, str]:
    """A name for each: itself, or all with the prefix where one of them is taken."""
    if taken.isdisjoint(names):
        return {name: name for name in names}
    while not taken.isdisjoint(f"{prefix}-{name}" for name in names):
        prefix += "+"
    return {name: f"{prefix}-{name}" for name in names}
