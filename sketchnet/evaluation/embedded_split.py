"""One split of a paired collection, prepared and embedded by a retrieval run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pairs.collection import SPLITS, Collection, Photo
from sketchnet.data.pairs.load import load_collection, load_collections, with_validation
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.ranker import Ranker, load_ranker
from sketchnet.utils.errors import InputError

EdgeMaps = Literal["computed", "provided"]


@dataclass(frozen=True, eq=False)
class EmbeddedSplit:
    """What is needed to score a run.

    Attributes:
        collection: the split, with the files of its photos.
        pairs: its prepared pictures.
        queries: embeddings of the sketches.
        own: embeddings of the split's photos, row by row with `pairs.photos`.
        gallery: `own`, followed by the distractors.
        photos: the photos of `gallery`, row by row.
        photo_side: what the photo branch received: computed, provided, rgb, or how many of each.
    """

    embedder: Embedder
    ranker: Ranker
    collection: Collection
    pairs: PreparedPairs
    queries: Embeddings
    own: Embeddings
    gallery: Embeddings
    photos: tuple[Photo, ...]
    photo_side: str


def embed_split(
    run: Path | str | Embedder,
    directories: Sequence[Path],
    split: str,
    *,
    edge_maps: EdgeMaps = "computed",
    views: int = 10,
    fold: int | None = None,
    distractors: Path | None = None,
) -> EmbeddedSplit:
    """Load, prepare and embed a split; arguments as `evaluate_retrieval`.

    Raises InputError where the split has no readable sketches.
    """
    collection = load_collections(directories)  # a wrong folder is reported before Keras is loaded
    others = load_collection(distractors) if distractors else None
    embedder = run if isinstance(run, Embedder) else Embedder(run)
    part = split_of(collection, embedder.config, split, fold)
    pairs = _prepared(part, embedder, edge_maps)
    if not len(pairs.sketches):
        raise InputError(
            "readable sketches",
            f"{len(part.sketches)} that are not ({pairs.problems[0]})",
            "look with `python -m sketchnet.data`",
        )
    own = embedder.photos(pairs.photos[:, 0], views)
    gallery, photos = own, _photos_of(part, pairs)
    if others is not None:
        distractor = _prepared(replace(others, sketches=(), triplets=()), embedder, edge_maps)
        gallery = _concatenated(own, embedder.photos(distractor.photos[:, 0], views))
        photos += _photos_of(others, distractor)
    return EmbeddedSplit(
        embedder=embedder,
        ranker=load_ranker(embedder),
        collection=part,
        pairs=pairs,
        queries=embedder.sketches(pairs.sketches, views),
        own=own,
        gallery=gallery,
        photos=photos,
        photo_side=photo_side(part, embedder.config, edge_maps),
    )


def split_of(
    collection: Collection, config: RetrievalConfig, split: str, fold: int | None = None
) -> Collection:
    """Return one split, cut as for the training of `config`; raises InputError where it is empty.

    A run that was trained on everything (`validate` off) has no validation split of its own.
    """
    if config.validate or fold is not None:
        collection = with_validation(collection, fold=config.fold if fold is None else fold)
    part = collection.subset(split)
    if not part.sketches:
        found = {name: len(collection.subset(name).sketches) for name in SPLITS}
        listed = ", ".join(f"{name} ({n} sketches)" for name, n in found.items() if n)
        raise InputError(
            f"sketches in the split {split!r}",
            "none",
            f"name one with --split: {listed or 'these data hold photos only'}",
        )
    return part


def photo_side(part: Collection, config: RetrievalConfig, edge_maps: EdgeMaps) -> str:
    """What the photo branch receives: computed, provided, rgb, or how many of each."""
    computed = "rgb" if config.photo_input == "rgb" else "computed"
    names = (computed, "provided") if edge_maps == "computed" else ("provided", computed)
    wanted = "photo" if edge_maps == "computed" else "edges"
    found = sum(getattr(photo, wanted) is not None for photo in part.photos)
    if found == len(part.photos):
        return names[0]
    return names[1] if not found else f"{names[0]} {found}, {names[1]} {len(part.photos) - found}"


def _prepared(part: Collection, embedder: Embedder, edge_maps: EdgeMaps) -> PreparedPairs:
    return prepare_pairs(
        part,
        embedder.canvas,
        photo_input=embedder.config.photo_input,
        edge_maps=edge_maps,
        line_width=embedder.config.line_width,
    )


def _photos_of(collection: Collection, pairs: PreparedPairs) -> tuple[Photo, ...]:
    """The photos of the collection that could be prepared, in the order of their rows."""
    by_id = {photo.id: photo for photo in collection.photos}
    return tuple(by_id[photo_id] for photo_id in pairs.photo_ids)


def _concatenated(first: Embeddings, second: Embeddings) -> Embeddings:
    maps = None
    if first.maps is not None and second.maps is not None:
        maps = np.concatenate([first.maps, second.maps])
    return Embeddings(np.concatenate([first.vectors, second.vectors]), maps)
