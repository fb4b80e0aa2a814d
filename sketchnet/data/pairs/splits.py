"""A validation part for collections that come without one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from sketchnet.data.pairs.collection import Collection, Origin
from sketchnet.data.pairs.file_names import natural_order

FOLDS = 5


def with_validation(collection: Collection, seed: int = 0, fold: int = 0) -> Collection:
    """Cut a fixed fifth of the sketched train identities off as the split `val`.

    The cut is by identity, so that no photo is on both sides; folds 0 to 4 do not overlap. It
    depends on nothing but ids and seed, not on the order of files. A collection whose sketched
    photos have a `val` split already stays as it is. Where several were merged, each is cut as it
    is when alone: a shoe that validates in any of them validates in company too.
    Raises: ValueError for a fold outside 0..4.
    """
    if not 0 <= fold < FOLDS:
        raise ValueError(f"expected a fold of 0..{FOLDS - 1}; received {fold}")
    members: dict[str, dict[str, Origin]] = defaultdict(dict)
    for photo in collection.with_origins().photos:
        for origin in photo.origins:
            members[origin.collection][origin.id] = origin
    chosen = {origin for ours in members.values() for origin in _cut([*ours.values()], seed, fold)}
    photos = (
        replace(photo, split="val")
        if photo.split == "train" and chosen.intersection(photo.origins)
        else photo
        for photo in collection.with_origins().photos
    )
    return replace(collection, photos=tuple(photos))


def _cut(members: list[Origin], seed: int, fold: int) -> list[Origin]:
    """The validation part of one collection."""
    train = [origin for origin in members if origin.split == "train"]
    if len(train) < 2 or any(origin.split == "val" for origin in members):
        return []
    train.sort(key=lambda origin: natural_order(origin.id))
    order = np.random.default_rng(seed).permutation(len(train))
    size = max(1, len(train) // FOLDS)
    return [train[i] for i in order[fold * size : (fold + 1) * size]]
