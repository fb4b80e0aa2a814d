"""Batches of labelled drawings, made anew from (seed, epoch, step) alone."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Literal

import keras
import numpy as np

from sketchnet.data.augment import augment_drawing, augment_picture
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.doodles import Doodles
from sketchnet.data.quickdraw.categories import NEVER_MIRRORED
from sketchnet.imaging.prepare import centre_view
from sketchnet.strokes.formats import Drawing, first_share, stroke_ends
from sketchnet.utils.errors import InputError

LEAST_SHARE = 0.15  # of the ink that a half drawn drawing shows


class DoodleBatches(keras.utils.PyDataset):
    """Batches of drawings as pictures and as strokes, with their labels.

    A batch is (inputs as `DoodleInputs.stacked` gives them, labels (B,) int32). `hands` takes
    `categories` hands of `per_category` drawings of one category, which triplets need; `shuffled`
    takes as many in any mix. Either way all have had their turn before one comes back.

    Args:
        drawings: to learn from.
        inputs: the form in which they are shown.
        order: `hands` or `shuffled`.
        categories: P hands in a batch, fewer where the drawings have fewer categories.
        per_category: K; with fewer drawings, one comes again, augmented otherwise.
        steps: batches an epoch; None takes every drawing about once.
        augment: turn, stretch, jitter, drop points and strokes, mirror where the category allows.
        partial: share of the rows that are half drawn: up to the end of a stroke, or up to some
            share of the ink. Picture and strokes show the same part, scaled and placed by the
            part alone.
        drop_input: share of the rows with `has_picture` or `has_strokes` 0 (never both).
        only: the names of the inputs that the network reads; None gives all. Without `picture`
            nothing is drawn, which takes most of the time.
        epoch: which one `batches[step]` takes; whoever trains sets it.
    """

    def __init__(
        self,
        drawings: Doodles,
        inputs: DoodleInputs,
        *,
        order: Literal["hands", "shuffled"] = "hands",
        categories: int = 16,
        per_category: int = 4,
        steps: int | None = None,
        seed: int = 0,
        augment: bool = True,
        partial: float = 0.0,
        drop_input: float = 0.0,
        only: Collection[str] | None = None,
        epoch: int = 0,
        **workers: Any,
    ) -> None:
        super().__init__(**workers)
        present = np.flatnonzero(drawings.counts())
        if len(present) < 2:
            raise InputError(
                "drawings of at least 2 categories to learn from",
                len(present),
                "look at the folder with `python -m sketchnet.data DIR`",
            )
        self.drawings, self.inputs, self.seed, self.epoch = drawings, inputs, seed, epoch
        self.augment, self.partial, self.drop_input = augment, partial, drop_input
        self.only = only
        self.batch_size = min(categories, len(present)) * per_category
        self.steps = steps or max(1, round(len(drawings) / self.batch_size))
        self._turns: _Hands | _ShuffledTurns = (
            _Hands(drawings.labels, present, min(categories, len(present)), per_category, seed)
            if order == "hands"
            else _ShuffledTurns(len(drawings), self.batch_size, seed)
        )

    @property
    def num_batches(self) -> int:
        """Steps an epoch."""
        return self.steps

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        return self.batch(self.epoch, step)

    def batch(self, epoch: int, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The batch of one step: the same, whenever it is asked for."""
        rng = np.random.default_rng((self.seed, epoch, step))
        rows = self._turns.take(epoch * self.steps + step)
        shown = [self._shown(int(row), rng) for row in rows]
        # One T for all: the first batches fix the shapes that Keras expects of the others.
        views, strokes = zip(*shown, strict=True)
        inputs = self.inputs.stacked(views, strokes, padded_to=self.inputs.max_points)
        self._drop(inputs, rng)
        if self.only is not None:
            inputs = {name: inputs[name] for name in self.only}
        return inputs, self.drawings.labels[rows]

    def _shown(self, row: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A view (size, size) uint8 of one drawing, and its strokes (n, 3)."""
        category = self.drawings.categories[self.drawings.labels[row]]
        mirror = self.augment and category not in NEVER_MIRRORED and bool(rng.random() < 0.5)
        bitmap = self.drawings.bitmaps.get(row)
        drawing = self.drawings.drawings[row]
        if rng.random() < self.partial:
            drawing = partial_drawing(drawing, rng)
        if self.augment:
            drawing = augment_drawing(drawing, rng, mirror=mirror)
        strokes = self.inputs.strokes(drawing)
        if self.only is not None and "picture" not in self.only:
            return self.inputs.blank(), strokes
        prepared = self.inputs.prepared(drawing if bitmap is None else bitmap)
        if bitmap is not None and self.augment:
            return augment_picture(prepared, self.inputs.size, rng, mirror=mirror), strokes
        return self._crop(prepared, rng), strokes

    def _crop(self, prepared: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A random (size, size) part of the picture: the ink always fits into it."""
        size = self.inputs.size
        if not self.augment:
            return centre_view(prepared, size)
        top, left = rng.integers(0, prepared.shape[0] - size + 1, 2)
        return prepared[top : top + size, left : left + size]

    def _drop(self, inputs: dict[str, np.ndarray], rng: np.random.Generator) -> None:
        both = inputs["has_strokes"][:, 0] > 0
        dropped = both & (rng.random(len(both)) < self.drop_input)
        picture = rng.random(len(both)) < 0.5
        inputs["has_picture"][dropped & picture] = 0
        inputs["has_strokes"][dropped & ~picture] = 0


def partial_drawing(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """A drawing that is not finished: up to the end of a stroke, or to a share of its ink."""
    if rng.random() < 0.5 and len(drawing) > 1:
        snapshots = stroke_ends(drawing)
        return snapshots[int(rng.integers(len(snapshots)))]
    return first_share(drawing, float(rng.uniform(LEAST_SHARE, 1.0)))


class _ShuffledTurns:
    """All rows in shuffled rounds; round r is a pure function of (seed, r)."""

    def __init__(self, count: int, batch_size: int, seed: int) -> None:
        self.count, self.batch_size = count, batch_size
        self._round = _rounds(seed, 0)

    def take(self, batch: int) -> np.ndarray:
        at = np.arange(batch * self.batch_size, (batch + 1) * self.batch_size)
        return _dealt(self._round, self.count, at)


class _Hands:
    """All rows in shuffled rounds, in hands of K of one category.

    The hands of a category lie evenly over a round, so that a batch of P hands holds about P
    categories, and each as often as it has drawings.
    """

    def __init__(
        self, labels: np.ndarray, present: np.ndarray, at_once: int, each: int, seed: int
    ) -> None:
        self.rows = [np.flatnonzero(labels == label) for label in present]
        self.count = sum(-(-len(rows) // each) for rows in self.rows)
        self.at_once, self.each, self.seed = at_once, each, seed
        self._round = lru_cache(maxsize=4)(self._dealt)

    def take(self, batch: int) -> np.ndarray:
        at = np.arange(batch * self.at_once, (batch + 1) * self.at_once)
        turns, places = np.divmod(at, self.count)
        hands = [self._round(t)[p] for t, p in zip(turns.tolist(), places.tolist(), strict=True)]
        return np.concatenate(hands)

    def _dealt(self, turn: int) -> np.ndarray:
        """The hands of one round, (count, K) rows: a pure function of (seed, turn)."""
        rng = np.random.default_rng((self.seed, 1, turn))
        hands, places = [], []
        for rows in self.rows:
            n = -(-len(rows) // self.each)
            # What the last hand lacks comes from the first one.
            hands.append(np.resize(rng.permutation(rows), (n, self.each)))
            places.append((np.arange(n) + rng.random(n)) / n)
        return np.concatenate(hands)[np.argsort(np.concatenate(places))]


def _rounds(*seed: int) -> Any:
    """(round, count) → a permutation of 0 … count-1; the last few are remembered."""

    @lru_cache(maxsize=4)
    def permutation(turn: int, count: int) -> np.ndarray:
        return np.random.default_rng((*seed, turn)).permutation(count)

    return permutation


def _dealt(rounds: Any, count: int, at: np.ndarray) -> np.ndarray:
    """The rows at places `at` of an endless row of shuffled rounds of `count`."""
    turns, places = np.divmod(at, count)
    return np.array(
        [rounds(int(turn), count)[place] for turn, place in zip(turns, places, strict=True)]
    )
