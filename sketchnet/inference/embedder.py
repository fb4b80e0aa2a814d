"""Prepared pictures to unit vectors and local maps, for galleries, evaluation and the page alike.

All pictures pass through `Embedder`: one picture has one embedding, whichever engine runs the
network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.imaging.views import canvas_for, view_corners
from sketchnet.inference.convert import PHOTO, PICTURE, SKETCH, subnetwork, subnetworks_of
from sketchnet.inference.onnx_runtime import open_networks
from sketchnet.inference.predict import Network, check_network
from sketchnet.metrics.ranking import nearest
from sketchnet.models.unit_distances import squared_distances
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras

Runtime = Callable[[np.ndarray], Mapping[str, Any]]
"""One branch, ready to run: (B, size, size, channels) float32 0..255 to its named outputs."""

ProgressCallback = Callable[[int, int], None]
"""Called with the number of pictures that are done, and of all pictures."""

# The network is only called with these batch sizes, so that an engine that compiles for each batch
# size compiles five times: one view and its mirror image, five views and theirs, and many pictures.
BATCHES = (1, 2, 5, 10, 60)
CENTRE = 4  # the number of the centre view among the five (`view_corners`)


@dataclass(frozen=True, eq=False)
class Embeddings:
    """The embeddings of N pictures.

    Attributes:
        vectors: (N, E) float32, of unit length.
        maps: (N, h, w, c) float16 local maps, or None where the model has none.
        mirrored: the embeddings of the mirror images. Queries have them: a shoe is the same shoe
            whichever way it points in the picture.
        of_sketches: whether the pictures are sketches. The hubness correction is estimated from
            sketches and applies to sketch queries only.
    """

    vectors: np.ndarray
    maps: np.ndarray | None = None
    mirrored: Embeddings | None = None
    of_sketches: bool = False

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or (self.maps is not None and len(self.maps) != len(self)):
            raise ValueError(
                f"expected vectors (N, E) and N maps; received {self.vectors.shape} and "
                f"{None if self.maps is None else self.maps.shape}"
            )

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, rows: slice | list[int] | np.ndarray) -> Embeddings:
        """Return the embeddings of these rows; of a memory-mapped map only they are read."""
        return Embeddings(
            self.vectors[rows],
            None if self.maps is None else self.maps[rows],
            None if self.mirrored is None else self.mirrored[rows],
            self.of_sketches,
        )

    def nearest(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the k rows with the smallest distance to any of unit `queries`, and how far it is.

        Args:
            queries: (Q, E), the vectors of one sketch: as it is and, where known, mirrored.
            k: number of rows.

        Returns:
            rows and squared Euclidean distances 0..4, both (min(k, N),), nearest first.
        """
        squared = squared_distances(self.vectors, queries)
        rows = nearest(squared, k)
        return rows, squared[rows]


def run_batch(branch: Network) -> Runtime:
    """Run a branch as it is; Keras's `predict` would take several times as long per query."""
    return branch.predict_on_batch


class Embedder:
    """A retrieval model ready to embed prepared sketches and photos."""

    def __init__(
        self,
        run: Path | str | tuple[keras.Model, RetrievalConfig],
        *,
        runtime: Callable[[Network], Runtime] = run_batch,
    ) -> None:
        """Load a run by its directory or shipped name, or take a (network, config) in memory.

        A run is executed by the fastest engine (`onnx_runtime`), a network in memory by Keras.

        Args:
            run: the run; raises InputError where it is not a retrieval run.
            runtime: makes a branch callable. Pass another one to use another engine.
        """
        self.folder: Path | None
        networks: dict[str, Network]
        if isinstance(run, tuple):
            network, settings = run
            networks = {name: subnetwork(network, name) for name in subnetworks_of(settings)}
            self.folder, self.fingerprint = None, ""
        else:
            self.folder = folder = runs.resolve_run(run)
            found = runs.config_of(folder)
            if not isinstance(found, RetrievalConfig):
                raise InputError(
                    "a retrieval run",
                    f"{folder}, which is for another task",
                    "name a run of `train.py retrieval`, or `shoes`",
                )
            networks, settings = open_networks(folder), found
            self.fingerprint = runs.fingerprint(folder)
            for network in networks.values():
                check_network(network, settings.size, {"embedding": settings.embedding_size})
        self.config = settings
        self.canvas = canvas_for(settings.size)
        one_branch = settings.has_one_branch
        self._sketch = runtime(networks[PICTURE if one_branch else SKETCH])
        self._photo = self._sketch if one_branch else runtime(networks[PHOTO])

    def sketches(
        self, prepared: np.ndarray, views: int = 10, progress: ProgressCallback | None = None
    ) -> Embeddings:
        """Embed prepared sketches (N, canvas, canvas) uint8, and their mirror images.

        The vector is the mean of the unit vectors of five views, normalised again; the map is that
        of the centre view. The other five views belong to the mirror image: an average over both
        orientations would lose which way a shoe points (docs/experiments.md).

        Args:
            views: 10, or 1 for the centre view alone (five times as fast).
        """
        found = self._embed(self._sketch, prepared, views, True, progress)
        return replace(found, of_sketches=True)

    def photos(
        self,
        prepared: np.ndarray,
        views: int = 10,
        progress: ProgressCallback | None = None,
        *,
        mirrored: bool = False,
    ) -> Embeddings:
        """Embed prepared photos (N, canvas, canvas[, 3]) uint8, as `sketches` does.

        Args:
            mirrored: embed the mirror images too. Only queries need them.
        """
        return self._embed(self._photo, prepared, views, mirrored, progress)

    def _embed(
        self,
        run: Runtime,
        prepared: np.ndarray,
        views: int,
        mirrored: bool,
        progress: ProgressCallback | None,
    ) -> Embeddings:
        if views not in (1, 10):
            raise InputError("1 or 10 views", views)
        if prepared.shape[1:3] != (self.canvas, self.canvas) or prepared.dtype != np.uint8:
            raise ValueError(
                f"expected prepared pictures (N, {self.canvas}, {self.canvas}) uint8; "
                f"received {prepared.shape} {prepared.dtype}"
            )
        # Axes below: orientation (as it is, mirrored), picture, view.
        orientations, each = 1 + mirrored, 5 if views == 10 else 1
        vectors = np.zeros((orientations, len(prepared), self.config.embedding_size), np.float32)
        maps: np.ndarray | None = None
        at_once = BATCHES[-1] // (orientations * each)
        for start in range(0, len(prepared), at_once):
            pictures = prepared[start : start + at_once]
            done = slice(start, start + len(pictures))
            outputs = _call(run, _views(pictures, self.config.size, orientations, each))
            of_views = outputs["embedding"].reshape(len(pictures), orientations, each, -1)
            vectors[:, done] = _unit(of_views.mean(axis=2)).swapaxes(0, 1)
            # A branch may have maps that were not trained: they would harm the ranking.
            if self.config.local and "local" in outputs:
                local = outputs["local"]
                local = local.reshape(len(pictures), orientations, each, *local.shape[1:])
                centre = local[:, :, CENTRE if each == 5 else 0].swapaxes(0, 1)
                if maps is None:
                    shape = (orientations, len(prepared), *centre.shape[2:])
                    maps = np.zeros(shape, np.float16)
                maps[:, done] = centre
            if progress:
                progress(done.stop, len(prepared))
        if not np.isfinite(vectors).all():
            raise InputError(
                "finite embeddings",
                "NaN from the network",
                "its weights are damaged: train it again",
            )
        found = [
            Embeddings(vectors[i], None if maps is None else maps[i]) for i in range(orientations)
        ]
        return replace(found[0], mirrored=found[1]) if mirrored else found[0]


def _views(pictures: np.ndarray, size: int, orientations: int, each: int) -> np.ndarray:
    """Return (n * orientations * each, size, size, channels) float32, picture by picture.

    They are rows of `ten_views`; only those that are embedded are cut out.
    """
    corners = view_corners(pictures.shape[1], size)[-each:]
    cuts = np.empty(
        (len(pictures), orientations, each, size, size, *pictures.shape[3:]), np.float32
    )
    for view, (top, left) in enumerate(corners):
        cuts[:, 0, view] = pictures[:, top : top + size, left : left + size]
    if orientations == 2:
        cuts[:, 1] = cuts[:, 0, :, :, ::-1]
    channels = pictures.shape[3] if pictures.ndim == 4 else 1
    return cuts.reshape(-1, size, size, channels)


def _call(run: Runtime, batch: np.ndarray) -> dict[str, np.ndarray]:
    """Run on the smallest of `BATCHES` that holds `batch`, padded with white pictures."""
    n = len(batch)
    size = next(size for size in BATCHES if size >= n)
    if size > n:
        batch = np.concatenate([batch, np.full((size - n, *batch.shape[1:]), 255, np.float32)])
    return {name: np.asarray(values)[:n] for name, values in run(batch).items()}


def _unit(vectors: np.ndarray) -> np.ndarray:
    # Views that cancel exactly have no direction; the zero vector is equally far from everything.
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
