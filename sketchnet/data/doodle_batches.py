"""Batches of labelled doodles, as a pure function of (seed, epoch, step)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

import keras
import numpy as np

from sketchnet.data.augment import augment_drawing, augment_picture
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.doodles import Doodles
from sketchnet.data.partial_sketch import random_partial_drawing
from sketchnet.data.quickdraw.categories import NEVER_MIRRORED
from sketchnet.data.samplers import ClassBalancedSampler, ShuffledSampler
from sketchnet.imaging.prepare import centre_view
from sketchnet.utils.errors import InputError


class DoodleBatches(keras.utils.PyDataset):
    """Batches of doodles as pictures and as strokes, with their labels.

    A batch is (inputs as `DoodleInputs.stacked` gives them, labels (B,) int32).

    Args:
        drawings: the training doodles.
        inputs: the input specification.
        order: `balanced` makes P x K batches (`ClassBalancedSampler`), which triplets need;
            `shuffled` mixes all categories.
        categories: P, fewer where the doodles have fewer categories.
        per_category: K; a category with fewer doodles repeats them, augmented differently.
        steps: batches an epoch; None takes every doodle about once.
        seed: of the sampler and of all augmentation.
        augment: rotate, stretch, jitter, drop points and strokes, and mirror where the category
            allows it.
        strength: of the augmentation of strokes.
        balance: how far the categories come equally often (`ClassBalancedSampler`).
        partial: share of the rows that are partial drawings (`random_partial_drawing`). Picture and
            strokes show the same part, whose scale and position come from the part alone.
        drop_input: share of the rows with `has_picture` or `has_strokes` 0 (never both).
        bucket: put drawings of similar length into one batch and pad each batch to its longest one,
            so that LSTMs have fewer steps to compute. Otherwise all batches have one length.
        only: the names of the inputs that the network reads; None gives all. Without `picture`
            nothing is rasterized, which takes most of the time.
        epoch: the epoch of `batches[step]`; the trainer sets it (`callbacks.SetEpoch`).
        dataset_options: of `keras.utils.PyDataset`.

    Raises: InputError where there are fewer than two categories.
    """

    def __init__(
        self,
        drawings: Doodles,
        inputs: DoodleInputs,
        *,
        order: Literal["balanced", "shuffled"] = "balanced",
        categories: int = 16,
        per_category: int = 4,
        steps: int | None = None,
        seed: int = 0,
        augment: bool = True,
        strength: float = 1.0,
        balance: float = 0.0,
        partial: float = 0.0,
        drop_input: float = 0.0,
        bucket: bool = False,
        only: Collection[str] | None = None,
        epoch: int = 0,
        **dataset_options: Any,
    ) -> None:
        super().__init__(**dataset_options)
        n_categories = int(np.count_nonzero(drawings.counts()))
        if n_categories < 2:
            raise InputError(
                "doodles of at least 2 categories to train on",
                n_categories,
                "look at the folder with `python -m sketchnet.data DIR`",
            )
        self.drawings, self.inputs, self.seed, self.epoch = drawings, inputs, seed, epoch
        self.augment, self.partial, self.drop_input = augment, partial, drop_input
        self.strength, self.bucket = strength, bucket
        self.only = only
        categories = min(categories, n_categories)
        self.batch_size = categories * per_category
        self.steps = steps or max(1, round(len(drawings) / self.batch_size))
        self.sampler: ClassBalancedSampler | ShuffledSampler = (
            ClassBalancedSampler(
                drawings.labels,
                categories,
                per_category,
                seed,
                balance,
                np.minimum(drawings.drawings.lengths, inputs.max_points) if bucket else None,
            )
            if order == "balanced"
            else ShuffledSampler(len(drawings), self.batch_size, seed)
        )

    @property
    def num_batches(self) -> int:
        """Steps an epoch."""
        return self.steps

    def __len__(self) -> int:
        return self.steps

    def frequencies(self) -> np.ndarray:
        """Share of each category in the batches: (C,) float, adding up to 1."""
        counts = self.drawings.counts().astype(float)
        if isinstance(self.sampler, ClassBalancedSampler):
            counts[counts > 0] = self.sampler.groups_of_class
        return counts / counts.sum()

    def __getitem__(self, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        return self.batch(self.epoch, step)

    def batch(self, epoch: int, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Make the batch of one step: always the same one."""
        rng = np.random.default_rng((self.seed, epoch, step))
        rows = self.sampler.rows(epoch * self.steps + step)
        made = [self._make_row(int(row), rng) for row in rows]
        views, strokes = zip(*made, strict=True)
        inputs = self.inputs.stacked(views, strokes, self._padded_to(step, strokes))
        self._drop_inputs(inputs, rng)
        if self.only is not None:
            inputs = {name: inputs[name] for name in self.only}
        return inputs, self.drawings.labels[rows]

    def _padded_to(self, step: int, strokes: Sequence[np.ndarray]) -> int:
        """The length of the sequences of a batch.

        Keras infers from the first two batches of an epoch which axes vary. So these differ in
        length with `bucket`, and without it all batches have one length.
        """
        longest = self.inputs.max_points
        if not self.bucket or step == 0:
            return longest
        own = self.inputs.padded_length(np.array([len(rows) for rows in strokes]))
        return longest + 1 if step == 1 and own == longest else own

    def _make_row(self, row: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A view (size, size) uint8 of one doodle, and its strokes (n, 3)."""
        category = self.drawings.categories[self.drawings.labels[row]]
        mirror = self.augment and category not in NEVER_MIRRORED and bool(rng.random() < 0.5)
        bitmap = self.drawings.bitmaps.get(row)
        drawing = self.drawings.drawings[row]
        if rng.random() < self.partial and bitmap is None:
            drawing = random_partial_drawing(drawing, rng)
        if self.augment:
            drawing = augment_drawing(drawing, rng, mirror=mirror, strength=self.strength)
        # The lines traced from a bitmap have no order that the stroke branch could learn from.
        strokes = self.inputs.strokes([] if bitmap is not None else drawing)
        if self.only is not None and "picture" not in self.only:
            return self.inputs.blank(), strokes
        if bitmap is not None and not drawing:
            prepared = self.inputs.prepared(bitmap)
            if self.augment:
                return augment_picture(prepared, self.inputs.size, rng, mirror=mirror), strokes
            return self._crop(prepared, rng), strokes
        return self._crop(self.inputs.prepared(drawing), rng), strokes

    def _crop(self, prepared: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A random (size, size) part of the canvas; the ink always fits into it."""
        size = self.inputs.size
        if not self.augment:
            return centre_view(prepared, size)
        top, left = rng.integers(0, prepared.shape[0] - size + 1, 2)
        return prepared[top : top + size, left : left + size]

    def _drop_inputs(self, inputs: dict[str, np.ndarray], rng: np.random.Generator) -> None:
        has_both = inputs["has_strokes"][:, 0] > 0
        is_dropped = has_both & (rng.random(len(has_both)) < self.drop_input)
        is_picture = rng.random(len(has_both)) < 0.5
        inputs["has_picture"][is_dropped & is_picture] = 0
        inputs["has_strokes"][is_dropped & ~is_picture] = 0
