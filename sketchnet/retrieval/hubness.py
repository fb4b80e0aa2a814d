"""Hubness correction: photos that are near to most sketches are penalised.

In high dimensions some points, *hubs*, are among the nearest neighbours of far too many others
(Radovanović et al., JMLR 2010), and such a photo precedes the right one in result after result.
Training sketches, a *querybank* (Bogolin et al., *Cross modal retrieval with querybank
normalisation*, CVPR 2022), show which photos these are. The penalty is the photo's term of CSLS
(Conneau et al., *Word translation without parallel data*, ICLR 2018); the query's own term is the
same for all photos and is left out. Photos unlike anything in the querybank get no penalty, so it
is for galleries of one kind of photos: among others, those like the training photos fall behind.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.inference.embedder import Embedder
from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_npz import Unreadable, read_arrays

FILE = "querybank.npz"
NEAREST, WEIGHT = 10, 0.4  # docs/experiments.md, "Hubness"
THRESHOLD_PERCENTILE = 95
MAX_VECTORS = 8192  # with more, the penalty would take longer than the rest of a query
BLOCK = 256  # photos at a time, which bounds the memory


@dataclass(frozen=True, eq=False)
class Querybank:
    """Embeddings of training sketches and of their mirror images.

    Attributes:
        vectors: (S, E) float32 of unit length, S at least 2.
        nearest: number of nearest sketches whose mean distance measures a photo's hubness, at
            least 1.
        weight: factor of the penalty, at least 0.
    """

    vectors: np.ndarray
    nearest: int = NEAREST
    weight: float = WEIGHT
    _known: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) < 2:
            raise ValueError(f"expected at least 2 vectors; received {self.vectors.shape}")
        # The gallery that was searched last, and what is known of its photos (NaN = not yet).
        object.__setattr__(self, "_known", (lambda: None, None))

    def penalties(self, photos: np.ndarray) -> np.ndarray:
        """Return what is added to the squared distances of photos (N, E) of unit length: (N,).

        0 .. 4 * weight. It falls with the photo's mean squared distance to its nearest sketches of
        the querybank, and is 0 beyond the threshold, a distance that 95 % of the sketches keep to
        their own nearest ones.
        """
        nearest = slice(0, min(self.nearest, len(self.vectors)))
        distances = _mean_distance(self.vectors, photos, nearest)
        return self.weight * np.maximum(self._threshold - distances, 0.0)

    def penalties_of(self, vectors: Any, rows: np.ndarray) -> np.ndarray:
        """Return `penalties(vectors[rows])`; of a gallery in memory each photo's is computed once.

        Args:
            vectors: (N, E) of a gallery, which do not change; or what fetches them from a server.
            rows: (n,) of these.
        """
        if not isinstance(vectors, np.ndarray):
            return self.penalties(vectors[rows])
        gallery, known = self._known
        if gallery() is not vectors:
            known = np.full(len(vectors), np.nan, np.float32)
            object.__setattr__(self, "_known", (weakref.ref(vectors), known))
        found = known[rows]
        missing = np.isnan(found)
        if missing.any():
            found[missing] = known[rows[missing]] = self.penalties(vectors[rows[missing]])
        return found

    @cached_property
    def digest(self) -> str:
        """What tells whether stored penalties are those of this querybank."""
        numbers = f"{self.nearest} {self.weight} {THRESHOLD_PERCENTILE}".encode()
        content = np.ascontiguousarray(self.vectors, np.float32).tobytes()
        return hashlib.sha256(numbers + content).hexdigest()[:16]

    @cached_property
    def _threshold(self) -> np.float32:
        # The nearest sketch of a sketch is itself.
        others = slice(1, 1 + min(self.nearest, len(self.vectors) - 1))
        distances = _mean_distance(self.vectors, self.vectors, others)
        return np.float32(np.percentile(distances, THRESHOLD_PERCENTILE))


def _mean_distance(querybank: np.ndarray, points: np.ndarray, nearest: slice) -> np.ndarray:
    """Mean squared distance of each point to the sketches of these nearness ranks: (N,) float32."""
    # Partitioning at 0 as well would take six times as long, and the smallest needs no place.
    ends = [end - 1 for end in (nearest.start, nearest.stop) if end]
    means = np.empty(len(points), np.float32)
    for start in range(0, len(points), BLOCK):
        block = slice(start, start + BLOCK)
        # Row by row instead of a matrix product: `Embeddings.nearest` gives the reason.
        squared = 2.0 - 2.0 * np.vecdot(points[block, None], querybank[None])
        means[block] = np.partition(squared, ends, axis=1)[:, nearest].mean(axis=1)
    return means


def build_querybank(
    embedder: Embedder, pairs: PreparedPairs, target: Collection[str], count: int, seed: int = 0
) -> Querybank | None:
    """Embed a random choice of the training sketches of the target dataset; None for none.

    Sketches of auxiliary datasets show other things and are no measure for the target's photos.
    Each sketch enters by its centre view and the mirror image of that, since photos may point
    either way.

    Args:
        pairs: the training pairs.
        target: ids of the target dataset's photos.
        count: number of sketches; fewer where there are fewer.
    """
    of_target = [pairs.photo_ids[photo] in target for photo in pairs.sketch_photo]
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(of_target))[:count]
    if not len(rows):
        return None
    found = embedder.sketches(pairs.sketches[rows], views=1)
    both = [each.vectors for each in (found, found.mirrored) if each is not None]
    return Querybank(np.stack(both, axis=1).reshape(-1, both[0].shape[1]))


def save_querybank(querybank: Querybank, run: Path) -> None:
    """Write the querybank into the directory of a run, in half precision."""
    vectors = querybank.vectors.astype(np.float16)
    write_atomically(run / FILE, lambda file: np.savez_compressed(file, vectors=vectors))


def delete_querybank(run: Path) -> None:
    """Remove the querybank of a run, if it has one: it belongs to one network only."""
    (run / FILE).unlink(missing_ok=True)


def load_querybank(run: Path, size: int) -> Querybank | None:
    """Read the querybank of a run with embeddings of `size` numbers; None where it has none.

    Raises InputError where the file is damaged, or its vectors have another size.
    """
    path = run / FILE
    if not path.is_file():
        return None
    try:
        vectors = read_arrays(path)["vectors"].astype(np.float32)
        if vectors.ndim != 2 or not 2 <= len(vectors) <= MAX_VECTORS or vectors.shape[1] != size:
            raise ValueError(f"its vectors are {vectors.shape}, not 2 to {MAX_VECTORS:,} of {size}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise ValueError("some of its vectors have no direction")
    except (Unreadable, LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"the querybank of a run at {path}",
            f"a file that cannot be read ({error})",
            "finish the training with --resume, or delete the file to do without the correction",
        ) from None
    return Querybank(vectors / lengths)  # half precision lost their unit length
