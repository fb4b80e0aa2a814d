"""P photos × K sketches a batch, made anew from (seed, epoch, step) alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import keras
import numpy as np

from sketchnet.data.augment import augment_picture
from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.data.partial_sketch import beginning
from sketchnet.data.redraw import extract_strokes, redraw_sketch
from sketchnet.data.samplers import Turns, nearest_photos
from sketchnet.imaging.prepare import centre_view, prepare_sketch
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.errors import InputError

Batch = tuple[dict[str, np.ndarray], np.ndarray]

# A sketch loses regions more often than the edge map of a photo does.
ERASE_SKETCH, ERASE_PHOTO = 0.5, 0.25
# As a whole, too, a sketch of our drawing strays from its photo farther than a sketch does from
# another look at it.
UNLABELLED_STRENGTH = 1.5
REDRAWN = 0.5  # share of the sketches that another hand draws
# The lines of an edge map are many and mostly clutter; those of a sketch were meant.
LEAST_OF_SKETCH = 0.8
LEAST_SHARE = 0.25


class PairBatches(keras.utils.PyDataset):
    """Batches of sketches and their photos; row i of both sides is one pair.

    A batch is ({"sketch": (P·K, size, size, 1), "photo": (P·K, size, size, 1 or 3)} float32 in
    0..255, labels (P·K,) int32). The label is the photo's row in `pairs`, so that every sketch
    of a photo, and the photo itself, have one label and are never negatives of one another.

    Photos take turns: all have been seen before one comes back. To `augment`, half of the sketches
    are drawn again by another hand (`by_hand`). `partial` is the share of sketches shown half
    drawn, `unlabelled` the share of the P photos that come from those without a sketch, where such
    a hand draws one from the edge map. Where `first` names some of the sketched photos, `others` is
    the share of the P that come from the rest of them. So many `hard_negative_group` come into a batch
    together (`turns`).
    Of several workers the one at index i of n makes `part` = (i, n): its n-th of the P photos.
    Whoever trains sets `epoch` before each one (`callbacks.SetEpoch`).
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
        partial: float = 0.0,
        unlabelled: float = 0.0,
        first: Collection[str] = (),
        others: float = 0.0,
        hard_negative_group: int = 1,
        part: tuple[int, int] = (0, 1),
        **workers: Any,
    ) -> None:
        super().__init__(**workers)
        self.pairs, self.size, self.steps, self.seed = pairs, size, steps, seed
        self.augment, self.partial, self.epoch, self.part = augment, partial, 0, part
        self.sketches_per_identity = sketches_per_identity
        self._lines: dict[tuple[str | int, ...], Drawing] = {}
        self._sketches: dict[int, np.ndarray] = {
            int(photo): np.flatnonzero(pairs.sketch_photo == photo)
            for photo in np.unique(pairs.sketch_photo)
        }
        labelled = np.array(sorted(self._sketches), dtype=np.int64)
        bare = np.setdiff1d(np.arange(len(pairs.photos)), labelled)
        if len(labelled) < 2:
            raise InputError(
                "at least 2 photos with sketches to train on",
                len(labelled),
                "look at the folder with `python -m sketchnet.data DIR`",
            )
        is_first = np.array([pairs.photo_ids[row] in first for row in labelled])
        company = round(identities * others) if is_first.any() and not is_first.all() else 0
        subject = labelled[is_first] if company else labelled
        share = round(identities * unlabelled) if len(bare) else 0
        sides = [
            (subject, identities - company - share),
            (labelled[~is_first], company),
            (bare, share),
        ]
        self._turns = [
            Turns(
                rows,
                count,
                seed,
                side,
                self._nearest(rows, hard_negative_group),
                hard_negative_group,
            )
            for side, (rows, count) in enumerate(sides)
            if count > 0
        ]
        photos = sum(turn.count for turn in self._turns)
        if photos < part[1]:
            raise InputError(
                f"at least one photo of a batch for each of {part[1]} workers",
                photos,
                "raise --identities, or take fewer workers",
            )

    def _nearest(self, rows: np.ndarray, hard_negative_group: int) -> np.ndarray | None:
        return nearest_photos(self.pairs.photos[rows, 0]) if hard_negative_group > 1 else None

    @property
    def num_batches(self) -> int:
        """Steps an epoch."""
        return self.steps

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> Batch:
        return self.batch(self.epoch, step)

    def batch(self, epoch: int, step: int) -> Batch:
        """The batch of one step: the same, whenever it is asked for."""
        index, workers = self.part
        rng = np.random.default_rng((self.seed, epoch, step, *([index] if workers > 1 else ())))
        rows = np.concatenate([turn.take(epoch * self.steps + step) for turn in self._turns])
        if workers > 1:  # as many for each; whom that leaves out is chance, the same for all
            np.random.default_rng((self.seed, epoch, step)).shuffle(rows)
            rows = rows[: len(rows) - len(rows) % workers][index::workers]
        labels = np.repeat(rows, self.sketches_per_identity).astype(np.int32)
        sketches, photos = [], []
        for row in rows:
            for sketch in self._choose_sketches(int(row), rng):
                mirror = self.augment and bool(rng.random() < 0.5)
                photos.append(self._photo(int(row), rng, mirror))
                sketches.append(
                    self._unlabelled_sketch(int(row), rng, mirror)
                    if sketch is None
                    else self._sketch(sketch, rng, mirror)
                )
        return {"sketch": _stack(sketches), "photo": _stack(photos)}, labels

    def _choose_sketches(self, row: int, rng: np.random.Generator) -> Sequence[int | None]:
        own = self._sketches.get(row)
        if own is None:
            return [None] * self.sketches_per_identity
        # With too few, sketches come again, each time augmented otherwise.
        return np.resize(rng.permutation(own), self.sketches_per_identity).tolist()

    def _sketch(self, index: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        whole, drawing = self.pairs.sketches[index], self.pairs.drawings[index]
        share = float(rng.uniform(LEAST_SHARE, 1.0)) if rng.random() < self.partial else 1.0
        if self.augment and rng.random() < REDRAWN:
            lines = self._lines_of(("sketch", index), whole, drawing)
            again = redraw_sketch(lines, rng, least=LEAST_OF_SKETCH)
            whole = prepare_sketch(again, len(whole)) if again else whole
            drawing = (again or drawing) if drawing else None  # lines that were read have no order
        picture = beginning(whole, drawing, share, rng) if share < 1 else whole
        return self._view(picture, rng, mirror, erase=ERASE_SKETCH)

    def _unlabelled_sketch(self, row: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        which = self._variant(row, rng)
        picture = self.pairs.photos[row, which]
        lines = self._lines_of(("photo", row, which), picture) if self.augment else []
        if lines:
            picture = prepare_sketch(redraw_sketch(lines, rng), len(picture))
        return self._view(picture, rng, mirror, ERASE_SKETCH, strength=UNLABELLED_STRENGTH)

    def _lines_of(
        self, key: tuple[str | int, ...], picture: np.ndarray, drawing: Drawing | None = None
    ) -> Drawing:
        """`by_hand.extract_strokes`, read when a picture first comes: that takes milliseconds."""
        if key not in self._lines:
            self._lines[key] = extract_strokes(picture, drawing)
        return self._lines[key]

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
