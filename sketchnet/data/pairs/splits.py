"""A validation split for datasets that have none: 5-fold cross-validation by identity."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from sketchnet.data.pairs.collection import Collection, Origin
from sketchnet.data.pairs.file_names import natural_order

FOLDS = 5


def with_validation(collection: Collection, seed: int = 0, fold: int = 0) -> Collection:
    """Move a fifth of the sketched training identities to the split `val`.

    The folds are disjoint and depend on ids and seed only, not on the order of files. A collection
    whose sketched photos have a `val` split already stays as it is. In a collection of several
    datasets each is split as it would be alone, so that a photo that validates in one of them is
    never trained on in another.

    Args:
        seed: of the permutation of the identities.
        fold: 0 to 4.

    Raises: ValueError for another fold.
    """
    if not 0 <= fold < FOLDS:
        raise ValueError(f"expected a fold of 0..{FOLDS - 1}; received {fold}")
    members: dict[str, dict[str, Origin]] = defaultdict(dict)
    for photo in collection.with_origins().photos:
        for origin in photo.origins:
            members[origin.collection][origin.id] = origin
    chosen = {origin for each in members.values() for origin in _fold([*each.values()], seed, fold)}
    photos = (
        replace(photo, split="val")
        if photo.split == "train" and chosen.intersection(photo.origins)
        else photo
        for photo in collection.with_origins().photos
    )
    return replace(collection, photos=tuple(photos))


def _fold(members: list[Origin], seed: int, fold: int) -> list[Origin]:
    """Return the validation identities of one dataset."""
    train = [origin for origin in members if origin.split == "train"]
    if len(train) < 2 or any(origin.split == "val" for origin in members):
        return []
    train.sort(key=lambda origin: natural_order(origin.id))
    order = np.random.default_rng(seed).permutation(len(train))
    size = max(1, len(train) // FOLDS)
    return [train[i] for i in order[fold * size : (fold + 1) * size]]
