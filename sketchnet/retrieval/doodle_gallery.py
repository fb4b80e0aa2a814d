"""A gallery of embedded drawings: one file, with or without their strokes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sketchnet.data.doodles import Doodles
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.strokes.formats import Drawing
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_npz import read_arrays

# Files of a run. The first holds training drawings, for kNN and for suggestions. Shipped weights
# have it without strokes, and synthetic drawings to suggest in the second.
GALLERY_FILE = Path("gallery") / "drawings.npz"
SYNTHETIC_FILE = Path("gallery") / "doodles.npz"
_VERSION = 1


@dataclass(frozen=True, eq=False)
class DoodleGallery:
    """N embedded drawings.

    Attributes:
        vectors: (N, E) float32, of unit length.
        labels: (N,) int32, indices into `categories`.
        categories: names of the categories.
        key_ids: N names.
        drawings: the strokes, to draw or replay them; None where the file has none.
        fingerprint: fingerprint of the network that computed the vectors.
    """

    vectors: np.ndarray
    labels: np.ndarray
    categories: tuple[str, ...]
    key_ids: tuple[str, ...]
    drawings: PackedDrawings | None
    fingerprint: str = ""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> DoodleGallery:
        """The gallery of these rows, in their order."""
        return replace(
            self,
            vectors=self.vectors[rows],
            labels=self.labels[rows],
            key_ids=tuple(self.key_ids[int(row)] for row in rows),
            drawings=None if self.drawings is None else self.drawings.take(rows),
        )

    def balanced(self, categories: Sequence[str]) -> DoodleGallery:
        """The drawings of `categories` with labels in their order, equally many of each category.

        Categories that the gallery lacks are ignored when that number is determined.
        """
        rows = [np.flatnonzero(self.labels == self._label(name)) for name in categories]
        count = min((len(found) for found in rows if len(found)), default=0)
        labels = np.concatenate([np.full(len(r[:count]), i) for i, r in enumerate(rows)])
        taken = self.take(np.concatenate([found[:count] for found in rows]).astype(np.int64))
        return replace(taken, labels=labels.astype(np.int32), categories=tuple(categories))

    def squared_distances(self, vectors: np.ndarray) -> np.ndarray:
        """(Q, E) unit vectors → (Q, N) float32 squared Euclidean distances, 0 … 4."""
        return np.maximum(2.0 - 2.0 * (vectors @ self.vectors.T), 0.0)

    def check_made_by(self, fingerprint: str) -> None:
        """Raise InputError where another network computed the vectors: they are not comparable."""
        if self.fingerprint != fingerprint:
            raise InputError(
                "drawings embedded by this run",
                "drawings embedded by another",
                "embed them again from their files",
            )

    def _label(self, name: str) -> int:
        return self.categories.index(name) if name in self.categories else -1


def join_galleries(first: DoodleGallery, second: DoodleGallery) -> DoodleGallery:
    """The drawings of both, whose categories differ; drawings without strokes are empty.

    Raises InputError where two networks computed the vectors.
    """
    second.check_made_by(first.fingerprint)
    strokes: list[list[Drawing]] = [
        [[]] * len(each) if each.drawings is None else list(each.drawings)
        for each in (first, second)
    ]
    return DoodleGallery(
        vectors=np.concatenate([first.vectors, second.vectors]),
        labels=np.concatenate([first.labels, second.labels + len(first.categories)]),
        categories=(*first.categories, *second.categories),
        key_ids=(*first.key_ids, *second.key_ids),
        drawings=PackedDrawings.of(strokes[0] + strokes[1]),
        fingerprint=first.fingerprint,
    )


def build_doodle_gallery(
    embedder: DoodleEmbedder, drawings: Doodles, per_category: int | None = None
) -> DoodleGallery:
    """Embed drawings.

    Args:
        embedder: the run.
        drawings: labelled drawings in a random order.
        per_category: number of drawings of each category, the first ones; None = all.
    """
    rows = [np.flatnonzero(drawings.labels == label) for label in range(len(drawings.categories))]
    chosen = drawings.take(np.concatenate([of_label[:per_category] for of_label in rows]))
    return DoodleGallery(
        vectors=embedder.predict(chosen.queries()).embeddings,
        labels=chosen.labels,
        categories=chosen.categories,
        key_ids=chosen.key_ids,
        drawings=chosen.drawings,
        fingerprint=embedder.fingerprint,
    )


def save_doodle_gallery(gallery: DoodleGallery, path: Path, *, strokes: bool = True) -> None:
    """Write a gallery to one file, atomically, with vectors in half precision.

    Points are rounded to whole numbers 0 … 255, as in the official files. Without `strokes` the
    file holds only the names, the labels and the embeddings of the drawings.
    """
    note = {
        "version": _VERSION,
        "categories": gallery.categories,
        "key_ids": gallery.key_ids,
        "fingerprint": gallery.fingerprint,
        "strokes": strokes and gallery.drawings is not None,
    }
    arrays = {
        "vectors": gallery.vectors.astype(np.float16),
        "labels": gallery.labels.astype(np.int32),
        "note": np.frombuffer(json.dumps(note).encode(), np.uint8),
    }
    if strokes and gallery.drawings is not None:
        arrays["points"] = gallery.drawings.points.round().clip(0, 255).astype(np.uint8)
        arrays["stroke_ends"] = gallery.drawings.stroke_ends
        arrays["drawing_ends"] = gallery.drawings.drawing_ends
    write_atomically(path, lambda file: np.savez_compressed(file, **arrays))  # type: ignore[arg-type]


def load_doodle_gallery(path: Path) -> DoodleGallery:
    """Read what `save_doodle_gallery` wrote. Raises InputError where that is not possible."""
    try:
        found = read_arrays(path)
        note = json.loads(bytes(found["note"]))
        if note["version"] != _VERSION:
            raise ValueError(f"version {note['version']}")
        drawings = None
        if note.get("strokes", "points" in found):
            points = found["points"].astype(np.float32)
            drawings = PackedDrawings(points, found["stroke_ends"], found["drawing_ends"])
        vectors = found["vectors"].astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        gallery = DoodleGallery(
            vectors / np.maximum(lengths, 1e-12),  # half precision changes the unit length
            found["labels"],
            tuple(note["categories"]),
            tuple(note["key_ids"]),
            drawings,
            str(note["fingerprint"]),
        )
        _check(gallery)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(
            f"embedded drawings at {path}",
            f"no file that can be read ({error})",
            "train the run again, or embed the drawings again",
        ) from None
    return gallery


def _check(gallery: DoodleGallery) -> None:
    """Raise ValueError where the arrays do not belong together."""
    vectors, labels, drawings = gallery.vectors, gallery.labels, gallery.drawings
    counts = {len(vectors), len(labels), len(gallery.key_ids)}
    if len(counts | ({len(drawings)} if drawings is not None else set())) > 1:
        raise ValueError("its arrays hold different numbers of drawings")
    if not np.isfinite(vectors).all():
        raise ValueError("its vectors are not finite")
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise ValueError("its labels are not whole numbers")
    if len(labels) and not 0 <= labels.min() <= labels.max() < len(gallery.categories):
        raise ValueError("its labels do not index its categories")
    if not all(isinstance(text, str) for text in (*gallery.categories, *gallery.key_ids)):
        raise ValueError("its names are not text")
    if drawings is not None:
        drawings.check()
