"""Prepared pictures → unit vectors and local maps, for galleries, evaluation and the page alike.

All come through `Embedder`, so one picture has one embedding, whichever engine runs the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.imaging.views import canvas_for, ten_views
from sketchnet.inference.convert import PHOTO, PICTURE, SKETCH, part, subnetworks_of
from sketchnet.inference.predict import Network, check_network
from sketchnet.metrics.ranking import nearest
from sketchnet.retrieval.hubness import Querybank, load_querybank
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras

Runtime = Callable[[np.ndarray], Mapping[str, Any]]
"""One branch, ready to run: (B, size, size, channels) float32 0..255 → its named outputs."""

Progress = Callable[[int, int], None]
"""Told how many pictures are done, of how many."""

# A network is only ever called on these many pictures, so that an engine that compiles for each
# batch size compiles five times: one view and its mirror image, five and theirs, and many.
BATCHES = (1, 2, 5, 10, 60)
CENTRE = 4  # the row of `ten_views` that holds the centre view


@dataclass(frozen=True, eq=False)
class Embeddings:
    """What a model makes of N pictures.

    `vectors` (N, E) float32 of unit length; `maps` (N, h, w, c) float16, or None where the model
    has no second stage. Queries carry the embeddings of their mirror images in `mirrored`: a shoe
    is the same shoe, whichever way it faces in the picture. Those of sketches carry the model's
    `querybank` too, where it has one.
    """

    vectors: np.ndarray
    maps: np.ndarray | None = None
    mirrored: Embeddings | None = None
    querybank: Querybank | None = None

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
            self.querybank,
        )

    def nearest(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of the k nearest to a unit `vector` (E,) and their squared distances.

        Squared Euclidean, 0..4; both results are (min(k, N),), nearest first.
        """
        # |a - b|² = 2 - 2 a·b between unit vectors. Row by row: for a product of a matrix NumPy's
        # library wakes other threads, and beside a busy network waits for them a hundred times as
        # long as the work takes.
        squared = np.maximum(2.0 - 2.0 * np.vecdot(self.vectors, vector), 0.0)
        rows = nearest(squared, k)
        return rows, squared[rows]


def by_batch(branch: Network) -> Runtime:
    """Run a branch as it is; Keras's `predict` would spend several times as long per query."""
    return branch.predict_on_batch


class Embedder:
    """A retrieval model ready to embed prepared sketches and photos."""

    def __init__(
        self,
        run: Path | str | tuple[keras.Model, RetrievalConfig],
        *,
        runtime: Callable[[Network], Runtime] = by_batch,
    ) -> None:
        """Load a run by its folder or shipped name, or take a (network, config) in memory.

        Runs are served by the fastest engine (`serving`), what lies in memory by Keras.

        Args:
            run: what to load; raises InputError where it is no retrieval run.
            runtime: makes a branch callable; the place to put another engine.
        """
        self.folder: Path | None
        self.querybank: Querybank | None
        networks: dict[str, Network]
        if isinstance(run, tuple):
            network, settings = run
            networks = {name: part(network, name) for name in subnetworks_of(settings)}
            self.folder, self.fingerprint, self.querybank = None, "", None
        else:
            from sketchnet import runs
            from sketchnet.inference import onnx_runtime

            self.folder = folder = runs.resolve_run(run)
            found = runs.config_of(folder)
            if not isinstance(found, RetrievalConfig):
                raise InputError(
                    "a retrieval run",
                    f"{folder}, which is for another task",
                    "name a run of `train.py retrieval`, or `shoes`",
                )
            networks, settings = onnx_runtime.open_networks(folder), found
            self.fingerprint = runs.fingerprint(folder)
            self.querybank = load_querybank(folder, found.embedding_size)
            for network in networks.values():
                check_network(network, settings.size, {"embedding": settings.embedding_size})
        self.config = settings
        self.canvas = canvas_for(settings.size)
        self._sketch = runtime(networks[PICTURE if settings.shared else SKETCH])
        self._photo = self._sketch if settings.shared else runtime(networks[PHOTO])

    def sketches(
        self, prepared: np.ndarray, views: int = 10, progress: Progress | None = None
    ) -> Embeddings:
        """Embed prepared sketches (N, canvas, canvas) uint8, with mirror images and querybank.

        The vector is the mean of the unit vectors of five views, brought back to unit length; the
        map is that of the centre view. The other five views are those of the mirror image: to
        average over both would blur which way a shoe faces (docs/experiments.md).

        Args:
            views: 10, or 1 for the centre alone (five times as fast).
        """
        found = self._embed(self._sketch, prepared, views, True, progress)
        return replace(found, querybank=self.querybank)

    def photos(
        self,
        prepared: np.ndarray,
        views: int = 10,
        progress: Progress | None = None,
        *,
        mirrored: bool = False,
    ) -> Embeddings:
        """Embed prepared photos (N, canvas, canvas[, 3]) uint8, as `sketches` does.

        Args:
            mirrored: embed the mirror images too. It is enough that queries do.
        """
        return self._embed(self._photo, prepared, views, mirrored, progress)

    def _embed(
        self,
        run: Runtime,
        prepared: np.ndarray,
        views: int,
        mirrored: bool,
        progress: Progress | None,
    ) -> Embeddings:
        if views not in (1, 10):
            raise InputError("1 or 10 views", views)
        if prepared.shape[1:3] != (self.canvas, self.canvas) or prepared.dtype != np.uint8:
            raise ValueError(
                f"expected prepared pictures (N, {self.canvas}, {self.canvas}) uint8; "
                f"received {prepared.shape} {prepared.dtype}"
            )
        faces, each = 1 + mirrored, 5 if views == 10 else 1
        vectors = np.zeros((faces, len(prepared), self.config.embedding_size), np.float32)
        maps: np.ndarray | None = None
        at_once = BATCHES[-1] // (faces * each)
        for start in range(0, len(prepared), at_once):
            pictures = prepared[start : start + at_once]
            done = slice(start, start + len(pictures))
            outputs = _call(run, _views(pictures, self.config.size, faces, each))
            of_views = outputs["embedding"].reshape(len(pictures), faces, each, -1)
            vectors[:, done] = _unit(of_views.mean(axis=2)).swapaxes(0, 1)
            # A branch may have maps that nothing trained: they would only blur the ranking.
            if self.config.local and "local" in outputs:
                local = outputs["local"]
                local = local.reshape(len(pictures), faces, each, *local.shape[1:])
                centre = local[:, :, CENTRE if each == 5 else 0].swapaxes(0, 1)
                if maps is None:
                    maps = np.zeros((faces, len(prepared), *centre.shape[2:]), np.float16)
                maps[:, done] = centre
            if progress:
                progress(done.stop, len(prepared))
        if not np.isfinite(vectors).all():
            raise InputError(
                "finite embeddings",
                "NaN from the model",
                "its weights are broken, train it again or take an earlier checkpoint",
            )
        of_faces = [Embeddings(vectors[i], None if maps is None else maps[i]) for i in range(faces)]
        return replace(of_faces[0], mirrored=of_faces[1]) if mirrored else of_faces[0]


def _views(pictures: np.ndarray, size: int, faces: int, each: int) -> np.ndarray:
    """Return (n * faces * each, size, size, channels) float32, the views of a picture together."""
    rows = [
        face * 5 + view for face in range(faces) for view in (range(5) if each == 5 else [CENTRE])
    ]
    cuts = np.stack([ten_views(picture, size)[rows] for picture in pictures]).astype(np.float32)
    channels = pictures.shape[3] if pictures.ndim == 4 else 1
    return cuts.reshape(-1, size, size, channels)


def _call(run: Runtime, batch: np.ndarray) -> dict[str, np.ndarray]:
    """Run on the smallest of `BATCHES` that holds `batch`, the rest filled with white paper."""
    n = len(batch)
    size = next(size for size in BATCHES if size >= n)
    padded = np.full((size, *batch.shape[1:]), 255, np.float32)
    padded[:n] = batch
    return {name: np.asarray(values)[:n] for name, values in run(padded).items()}


def _unit(vectors: np.ndarray) -> np.ndarray:
    # Views that cancel out exactly have no direction; zero is then as far from everything.
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
