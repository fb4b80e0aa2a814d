"""Prepared pictures → unit vectors and local maps: where networks run for an answer, and only here.

Galleries, evaluation and the demo all come through `Embedder`, so one picture has one embedding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sketchnet.config import RetrievalConfig
from sketchnet.errors import InputError
from sketchnet.metrics import nearest
from sketchnet.views import canvas_for, centre_view, ten_views

if TYPE_CHECKING:
    import keras

Runtime = Callable[[np.ndarray], Mapping[str, Any]]
"""One branch, ready to run: (B, size, size, channels) float32 0..255 → its named outputs."""

Progress = Callable[[int, int], None]
"""Told how many pictures are done, of how many."""

# A network is only ever called on these many pictures, so that an engine that compiles for each
# batch size compiles three times: one view, one picture's ten views, six pictures' ten views.
BATCHES = (1, 10, 60)
CENTRE = 4  # the row of `ten_views` that holds the centre view


@dataclass(frozen=True, eq=False)
class Embeddings:
    """What a model makes of N pictures.

    `vectors` (N, E) float32 of unit length; `maps` (N, h, w, c) float16, or None where the model
    has no second stage.
    """

    vectors: np.ndarray
    maps: np.ndarray | None = None

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
        return Embeddings(self.vectors[rows], None if self.maps is None else self.maps[rows])

    def nearest(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of the k nearest to a unit `vector` (E,) and their squared distances.

        Squared Euclidean, 0..4; both results are (min(k, N),), nearest first.
        """
        # |a - b|² = 2 - 2 a·b between unit vectors: one product, exact enough to 10^5 photos.
        squared = np.maximum(2.0 - 2.0 * (self.vectors @ vector), 0.0)
        rows = nearest(squared, k)
        return rows, squared[rows]


def keras_runtime(branch: keras.Model) -> Runtime:
    """Run a branch by its compiled graph; `predict` would spend several times as long per query."""
    return branch.predict_on_batch


class Embedder:
    """A retrieval model ready to embed prepared sketches and photos."""

    def __init__(
        self,
        run: Path | str | tuple[keras.Model, RetrievalConfig],
        *,
        runtime: Callable[[keras.Model], Runtime] = keras_runtime,
    ) -> None:
        """Load a run by its folder or shipped name, or take a (network, config) in memory.

        Args:
            run: what to load; raises InputError where it is no retrieval run.
            runtime: makes a branch callable; the place to put another engine.
        """
        from sketchnet.models.two_branch import photo_branch, sketch_branch

        self.folder: Path | None
        if isinstance(run, tuple):
            network, settings = run
            self.folder, self.fingerprint = None, ""
        else:
            from sketchnet import runs

            self.folder = folder = runs.resolve_run(run)
            found = runs.config_of(folder)
            if not isinstance(found, RetrievalConfig):
                raise InputError(
                    f"expected a retrieval run; received {folder}, which is for another task; "
                    "name a run of `train.py retrieval`, or `shoes`"
                )
            network, settings = runs.load_model(folder), found
            self.fingerprint = runs.fingerprint(folder)
        self.config = settings
        self.canvas = canvas_for(settings.size)
        self._sketch = runtime(sketch_branch(network))
        self._photo = self._sketch if settings.shared else runtime(photo_branch(network))

    def sketches(
        self, prepared: np.ndarray, views: int = 10, progress: Progress | None = None
    ) -> Embeddings:
        """Embed prepared sketches (N, canvas, canvas) uint8.

        The vector is the mean of the views' unit vectors, brought back to unit length; the map is
        that of the centre view.

        Args:
            views: 10, or 1 for the centre alone (ten times as fast).
        """
        return self._embed(self._sketch, prepared, views, progress)

    def photos(
        self, prepared: np.ndarray, views: int = 10, progress: Progress | None = None
    ) -> Embeddings:
        """Embed prepared photos (N, canvas, canvas[, 3]) uint8, as `sketches` does."""
        return self._embed(self._photo, prepared, views, progress)

    def _embed(
        self, run: Runtime, prepared: np.ndarray, views: int, progress: Progress | None
    ) -> Embeddings:
        if views not in (1, 10):
            raise InputError(f"expected 1 or 10 views; received {views}")
        if prepared.shape[1:3] != (self.canvas, self.canvas) or prepared.dtype != np.uint8:
            raise ValueError(
                f"expected prepared pictures (N, {self.canvas}, {self.canvas}) uint8; "
                f"received {prepared.shape} {prepared.dtype}"
            )
        vectors = np.zeros((len(prepared), self.config.embedding_size), np.float32)
        maps: np.ndarray | None = None
        at_once = BATCHES[-1] // views
        for start in range(0, len(prepared), at_once):
            pictures = prepared[start : start + at_once]
            outputs = _call(run, _views(pictures, self.config.size, views))
            of_views = outputs["embedding"].reshape(len(pictures), views, -1)
            vectors[start : start + len(pictures)] = _unit(of_views.mean(axis=1))
            # A branch may have maps that nothing trained: they would only blur the ranking.
            if self.config.local and "local" in outputs:
                centre = outputs["local"][CENTRE if views == 10 else 0 :: views]
                if maps is None:
                    maps = np.zeros((len(prepared), *centre.shape[1:]), np.float16)
                maps[start : start + len(pictures)] = centre
            if progress:
                progress(start + len(pictures), len(prepared))
        if not np.isfinite(vectors).all():
            raise InputError(
                "expected finite embeddings; received NaN from the model; its weights are broken, "
                "train it again or take an earlier checkpoint"
            )
        return Embeddings(vectors, maps)


def _views(pictures: np.ndarray, size: int, views: int) -> np.ndarray:
    """Return (n * views, size, size, channels) float32, the views of one picture together."""
    cut = ten_views if views == 10 else centre_view
    cuts = np.stack([cut(picture, size) for picture in pictures]).astype(np.float32)
    channels = pictures.shape[3] if pictures.ndim == 4 else 1
    return cuts.reshape(len(pictures) * views, size, size, channels)


def _call(run: Runtime, batch: np.ndarray) -> dict[str, np.ndarray]:
    """Run on the smallest of `BATCHES` that holds `batch`, the rest filled with white paper."""
    n = len(batch)
    size = next(size for size in BATCHES if size >= n)
    padded = np.full((size, *batch.shape[1:]), 255, np.float32)
    padded[:n] = batch
    return {name: np.asarray(values)[:n] for name, values in run(padded).items()}


def _unit(vectors: np.ndarray) -> np.ndarray:
    # Ten views that cancel out exactly have no direction; zero is then as far from everything.
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
