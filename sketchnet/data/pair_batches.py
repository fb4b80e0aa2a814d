"""Batches of P photos x K sketches, a pure function of (seed, epoch, step)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import keras
import numpy as np

from sketchnet.data.augment import augment_picture
from sketchnet.data.nearest_photos import nearest_photos
from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.data.partial_sketch import partial_sketch
from sketchnet.data.redraw import extract_strokes, redraw_sketch
from sketchnet.data.samplers import IdentitySampler
from sketchnet.imaging.prepare import centre_view, prepare_sketch
from sketchnet.strokes.formats import Drawing
from sketchnet.strokes.rasterize import LINE
from sketchnet.utils.errors import InputError

Batch = tuple[dict[str, np.ndarray], np.ndarray]

# Probabilities that regions of a picture are erased. Sketches omit more than photos.
ERASE_SKETCH, ERASE_PHOTO = 0.5, 0.25
# A simulated sketch is too faithful to its photo: it is distorted more strongly than a real one.
SIMULATED_STRENGTH = 1.5
# Most lines of an edge map are clutter; those of a sketch were drawn on purpose.
MIN_KEPT_OF_SKETCH = 0.8
MIN_COMPLETION = 0.25


class PairBatches(keras.utils.PyDataset):
    """Batches of sketches and their photos; row i of both sides is one pair.

    A batch is ({"sketch": (P·K, size, size, 1), "photo": (P·K, size, size, 1 or 3)} float32 in
    0..255, labels (P·K,) int32). The label is the photo's row in `pairs`, so that every sketch
    of a photo, and the photo itself, have one label and are never negatives of one another.

    Every photo is used once before one is repeated. With `augment`, some sketches are redrawn, and
    all pictures are distorted. A training sets `epoch` before each epoch (`callbacks.SetEpoch`).

    Args:
        pairs: prepared pairs.
        size: side of the pictures in pixels.
        identities: P.
        sketches_per_identity: K.
        steps: batches per epoch.
        redraw: fraction of sketches that are redrawn (`redraw.redraw_sketch`).
        partial: fraction of sketches shown as partial sketches.
        unlabelled: fraction of the P photos that have no sketch; it is simulated from the edge map.
            All of them where no photo has a sketch.
        target: ids of the photos of the target dataset, empty = all.
        auxiliary: fraction of the P photos that come from other datasets.
        hard_negative_group: similar photos that enter a batch together (`samplers`).
        line_width: of redrawn and partial sketches, as a fraction of the canvas.
        worker: index and number of the workers; each makes its share of the P photos.
        dataset_options: further options of `keras.utils.PyDataset`.

    Raises InputError for fewer than two photos with sketches, or without where none has one.
    """

    def __init__(
        self,
        pairs: PreparedPairs,
        *,
        size: int,
        identities: int,
        sketches_per_identity: int = 1,
        steps: int,
        seed: int = 0,
        augment: bool = True,
        redraw: float = 0.5,
        partial: float = 0.0,
        unlabelled: float = 0.0,
        target: Collection[str] = (),
        auxiliary: float = 0.0,
        hard_negative_group: int = 1,
        line_width: float = LINE,
        worker: tuple[int, int] = (0, 1),
        **dataset_options: Any,
    ) -> None:
        super().__init__(**dataset_options)
        self.pairs, self.size, self.steps, self.seed = pairs, size, steps, seed
        self.augment, self.redraw, self.partial = augment, redraw, partial
        self.epoch, self.worker = 0, worker
        self.sketches_per_identity, self.line_width = sketches_per_identity, line_width
        self._strokes: dict[tuple[str | int, ...], Drawing] = {}
        self._sketches: dict[int, np.ndarray] = {
            int(photo): np.flatnonzero(pairs.sketch_photo == photo)
            for photo in np.unique(pairs.sketch_photo)
        }
        self._samplers = self._build_samplers(
            identities, target, auxiliary, unlabelled, hard_negative_group
        )

    def _build_samplers(
        self,
        identities: int,
        target: Collection[str],
        auxiliary: float,
        unlabelled: float,
        hard_negative_group: int,
    ) -> list[IdentitySampler]:
        """One sampler for each kind of photo: of the target dataset, auxiliary, unlabelled."""
        labelled = np.array(sorted(self._sketches), dtype=np.int64)
        bare = self._photos_to_simulate(labelled)
        if len(labelled) < 2 and (len(labelled) or len(bare) < 2):
            raise InputError(
                "at least 2 photos with sketches to train on, or photos alone",
                f"{len(labelled)} with sketches, {len(bare)} without whose lines can be read",
                "look at the folder with `python -m sketchnet.data DIR`",
            )
        if not len(labelled):  # photos alone
            unlabelled = 1.0
        is_target = np.array([self.pairs.photo_ids[row] in target for row in labelled], bool)
        has_both = is_target.any() and not is_target.all()
        n_auxiliary = round(identities * auxiliary) if has_both else 0
        n_unlabelled = round(identities * unlabelled) if len(bare) else 0
        kinds = [
            (labelled[is_target] if n_auxiliary else labelled,
             identities - n_auxiliary - n_unlabelled),
            (labelled[~is_target], n_auxiliary),
            (bare, n_unlabelled),
        ]  # fmt: skip
        group = hard_negative_group
        samplers = [
            IdentitySampler(rows, count, self.seed, kind, self._nearest(rows, group), group)
            for kind, (rows, count) in enumerate(kinds)
            if count > 0
        ]
        photos = sum(sampler.batch_size for sampler in samplers)
        if photos < self.worker[1]:
            raise InputError(
                f"at least one photo of a batch for each of {self.worker[1]} workers",
                photos,
                "raise --identities, or take fewer workers",
            )
        return samplers

    def _photos_to_simulate(self, labelled: np.ndarray) -> np.ndarray:
        """Rows of the photos without sketches whose sketch can be simulated."""
        bare = np.setdiff1d(np.arange(len(self.pairs.photos)), labelled)
        if not self._in_colour:
            return bare
        strokes = self.pairs.photo_strokes
        return np.array([row for row in bare if strokes and strokes[row]], dtype=np.int64)

    @property
    def _in_colour(self) -> bool:
        return self.pairs.photos.ndim == 5

    def _nearest(self, rows: np.ndarray, hard_negative_group: int) -> np.ndarray | None:
        return nearest_photos(self.pairs.photos[rows, 0]) if hard_negative_group > 1 else None

    @property
    def num_batches(self) -> int:
        """Steps per epoch."""
        return self.steps

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> Batch:
        return self.batch(self.epoch, step)

    def batch(self, epoch: int, step: int) -> Batch:
        """The batch of one step: the same whenever it is computed."""
        index, workers = self.worker
        rng = np.random.default_rng((self.seed, epoch, step, *([index] if workers > 1 else ())))
        number = epoch * self.steps + step
        rows = np.concatenate([sampler.rows(number) for sampler in self._samplers])
        if workers > 1:  # an equal share for each worker; the same shuffle on all of them
            np.random.default_rng((self.seed, epoch, step)).shuffle(rows)
            rows = rows[: len(rows) - len(rows) % workers][index::workers]
        labels = np.repeat(rows, self.sketches_per_identity).astype(np.int32)
        sketches, photos = [], []
        for row in rows:
            chosen = self._choose_sketches(int(row), rng)
            # Rows of one label are positives, which a mirror image is not.
            mirror = self.augment and bool(rng.random() < 0.5)
            for sketch in chosen:
                photos.append(self._photo(int(row), rng, mirror))
                sketches.append(
                    self._simulated_sketch(int(row), rng, mirror)
                    if sketch is None
                    else self._sketch(sketch, rng, mirror)
                )
        return {"sketch": _stack(sketches), "photo": _stack(photos)}, labels

    def _choose_sketches(self, row: int, rng: np.random.Generator) -> Sequence[int | None]:
        own = self._sketches.get(row)
        if own is None:
            return [None] * self.sketches_per_identity
        # Where there are too few, sketches are repeated, each time with another augmentation.
        return np.resize(rng.permutation(own), self.sketches_per_identity).tolist()

    def _sketch(self, index: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        whole, drawing = self.pairs.sketches[index], self.pairs.drawings[index]
        completion = 1.0
        if rng.random() < self.partial:
            completion = float(rng.uniform(MIN_COMPLETION, 1.0))
        if self.augment and rng.random() < self.redraw:
            strokes = self._strokes_of(("sketch", index), whole, drawing)
            redrawn = redraw_sketch(strokes, rng, min_kept=MIN_KEPT_OF_SKETCH)
            whole = prepare_sketch(redrawn, len(whole), self.line_width) if redrawn else whole
            # Strokes that were read from pixels have no drawing order.
            drawing = (redrawn or drawing) if drawing else None
        if completion < 1:
            whole = partial_sketch(whole, drawing, completion, rng, self.line_width)
        return self._view(whole, rng, mirror, erase=ERASE_SKETCH)

    def _simulated_sketch(self, row: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        """A sketch redrawn from the edge map of a photo."""
        if self._in_colour:
            canvas = self.pairs.photos.shape[2]
            strokes = redraw_sketch(self.pairs.photo_strokes[row], rng)
            picture = prepare_sketch(strokes, canvas, self.line_width)
        else:
            variant = self._variant(row, rng)
            picture = self.pairs.photos[row, variant]
            strokes = self._strokes_of(("photo", row, variant), picture) if self.augment else []
            if strokes:
                strokes = redraw_sketch(strokes, rng)
                picture = prepare_sketch(strokes, len(picture), self.line_width)
        return self._view(picture, rng, mirror, ERASE_SKETCH, strength=SIMULATED_STRENGTH)

    def _strokes_of(
        self, key: tuple[str | int, ...], picture: np.ndarray, drawing: Drawing | None = None
    ) -> Drawing:
        """`extract_strokes`, which takes milliseconds, once per picture."""
        if key not in self._strokes:
            self._strokes[key] = extract_strokes(picture, drawing)
        return self._strokes[key]

    def _photo(self, row: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        picture = self.pairs.photos[row, self._variant(row, rng)]
        return self._view(picture, rng, mirror, erase=ERASE_PHOTO)

    def _variant(self, row: int, rng: np.random.Generator) -> int:
        return int(rng.integers(self.pairs.photos.shape[1]))

    def _view(
        self,
        prepared: np.ndarray,
        rng: np.random.Generator,
        mirror: bool,
        erase: float,
        strength: float = 1.0,
    ) -> np.ndarray:
        if not self.augment:
            return centre_view(prepared, self.size)
        return augment_picture(
            prepared, self.size, rng, mirror=mirror, strength=strength, erase=erase
        )


def _stack(pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures (size, size[, 3]) → (B, size, size, 1 or 3) float32."""
    stacked = np.stack(pictures).astype(np.float32)
    return stacked[..., None] if stacked.ndim == 3 else stacked
