"""Photos that are near to everything, and how far they are put back.

Where vectors have many dimensions, some points are among the nearest of far too many others: hubs
(Radovanović et al., JMLR 2010). Such a photo stands before the right one in answer after answer.
Sketches that the model has learnt from, a *querybank* (Bogolin et al., *Cross modal retrieval with
querybank normalisation*, CVPR 2022), tell which photos these are. They are put back as in CSLS
(Conneau et al., *Word translation without parallel data*, ICLR 2018), by the photo's term alone:
what the query's own would add is the same for all photos. Photos of things that the bank does not
draw stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_npz import Unreadable, read_arrays

FILE = "querybank.npz"
NEAREST, WEIGHT = 10, 0.4  # docs/experiments.md, "Hubs"
NEAR = 95  # per cent of the sketches are as near to one another as a photo must be to them
MOST = 8192  # vectors: with more a query waits for them longer than for all else
BLOCK = 256  # photos at a time, whatever the number of photos


@dataclass(frozen=True, eq=False)
class Querybank:
    """What a model makes of sketches that it knows, and of their mirror images.

    `vectors` (S, E) float32 of unit length, S ≥ 2: the `nearest` (at least 1) of them say how near
    a photo is to everything, and `weight` (at least 0) is by how much of that it is put back.
    """

    vectors: np.ndarray
    nearest: int = NEAREST
    weight: float = WEIGHT

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.vectors) < 2:
            raise ValueError(f"expected at least 2 vectors; received {self.vectors.shape}")

    def penalties(self, photos: np.ndarray) -> np.ndarray:
        """Return what is added to the squared distances of photos (N, E) of unit length: (N,).

        0 … 4 · weight. It falls with the photo's mean squared distance from the nearest sketches of
        the bank, to 0 for one that is farther from them than nearly all are from one another.
        """
        nearest = slice(0, min(self.nearest, len(self.vectors)))
        distances = _distance(self.vectors, photos, nearest)
        return self.weight * np.maximum(self._reach - distances, 0.0)

    @cached_property
    def _reach(self) -> np.float32:
        others = slice(1, 1 + min(self.nearest, len(self.vectors) - 1))  # the nearest is itself
        return np.float32(np.percentile(_distance(self.vectors, self.vectors, others), NEAR))


def _distance(bank: np.ndarray, points: np.ndarray, nearest: slice) -> np.ndarray:
    """Mean squared distance of each point from so many nearest sketches: (N,) float32."""
    # The least of all needs no place of its own: to partition at 0 as well takes six times as long.
    ends = [end - 1 for end in (nearest.start, nearest.stop) if end]
    means = np.empty(len(points), np.float32)
    for start in range(0, len(points), BLOCK):
        block = slice(start, start + BLOCK)
        # Row by row, and no product of matrices: `Embeddings.nearest` says why.
        squared = 2.0 - 2.0 * np.vecdot(points[block, None], bank[None])
        means[block] = np.partition(squared, ends, axis=1)[:, nearest].mean(axis=1)
    return means


def save_querybank(bank: Querybank, run: Path) -> None:
    """Write the bank into the folder of a run, in half precision."""
    vectors = bank.vectors.astype(np.float16)
    write_atomically(run / FILE, lambda file: np.savez_compressed(file, vectors=vectors))


def delete_querybank(run: Path) -> None:
    """Remove the bank of a run, if it has one: another network's says nothing."""
    (run / FILE).unlink(missing_ok=True)


def load_querybank(run: Path, size: int) -> Querybank | None:
    """Read the bank of a run whose vectors have `size` numbers; None where it has none.

    Raises InputError where the file is broken, or its vectors are of another size.
    """
    path = run / FILE
    if not path.is_file():
        return None
    try:
        vectors = read_arrays(path)["vectors"].astype(np.float32)
        if vectors.ndim != 2 or not 2 <= len(vectors) <= MOST or vectors.shape[1] != size:
            raise ValueError(f"its vectors are {vectors.shape}, not 2 to {MOST:,} of {size}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise ValueError("some of its vectors have no direction")
    except (Unreadable, LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"the querybank of a run at {path}",
            f"a file that cannot be read ({error})",
            "finish the training with --resume, or delete the file to do without",
        ) from None
    return Querybank(vectors / lengths)  # half precision lost their unit length
