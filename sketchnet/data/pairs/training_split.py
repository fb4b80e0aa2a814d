"""Which pairs a training learns from, and which validate it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sketchnet.data.pairs.collection import Collection, Photo
from sketchnet.data.pairs.load import load_collection, load_collections, with_validation


class TrainingSplit(NamedTuple):
    """The data of one training."""

    train: Collection
    """Pairs to learn from, of all datasets."""
    validation: Collection
    """Validation pairs of the target dataset; without sketches where nothing is held out."""
    target: frozenset[str]
    """Ids of the photos of the target dataset; all others are auxiliary."""


def training_split(data: Sequence[Path], *, fold: int = 0, validate: bool = True) -> TrainingSplit:
    """Split the datasets `data`, of which the first is the target and the others are auxiliary.

    Validation pairs come from the target dataset only: its own validation split, or a fifth of its
    training identities (`fold`), with its own sketches. Test splits are never trained on. A photo
    that several datasets share is one identity, held out in all of them.
    """
    together = load_collections(data).with_origins()
    target = with_validation(load_collection(data[0]), fold=fold)
    own_photos = {photo.id for photo in target.photos}
    own_sketches = {sketch.id for sketch in target.sketches}
    held_out = {photo.id for photo in target.subset("val").photos} if validate else set()

    def names(photo: Photo) -> set[str]:
        """The ids of a photo: its own, and those that it has in the target dataset."""
        return {photo.id} | {o.id for o in photo.origins if o.collection == target.name}

    def split(photo: Photo) -> str:
        if held_out & names(photo):
            return "val"
        return "test" if photo.split == "test" else "train"

    photos = tuple(replace(photo, split=split(photo)) for photo in together.photos)
    together = replace(together, photos=photos)
    validation = together.subset("val")
    sketches = tuple(sketch for sketch in validation.sketches if sketch.id in own_sketches)
    sketched = {sketch.photo_id for sketch in sketches}
    validation = replace(
        validation,
        photos=tuple(photo for photo in validation.photos if photo.id in sketched),
        sketches=sketches,
        triplets=(),
    )
    return TrainingSplit(
        together.subset("train"),
        validation,
        frozenset(photo.id for photo in together.photos if own_photos & names(photo)),
    )
