"""Samplers: which rows of a training set form batch number n.

All are pure functions of the seed and the number of the batch, counted over all epochs: training
can be resumed at any step. Each draws without replacement: a *round* is a shuffled pass over all
rows, and the next round begins when it is used up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

WINDOW = 8  # batches among which rows and groups are exchanged to be of similar length


class _Rounds:
    """What samplers share that keep a few rounds in memory."""

    def __init__(self) -> None:
        self._round = lru_cache(maxsize=4)(self._make_round)

    def _make_round(self, number: int) -> np.ndarray:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        """Without the rounds, which another process makes anew."""
        return {name: value for name, value in self.__dict__.items() if name != "_round"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        _Rounds.__init__(self)


class ShuffledSampler(_Rounds):
    """Rows 0 … count - 1 in shuffled rounds; a batch may span two rounds.

    Args:
        count: number of rows.
        batch_size: rows of a batch.
        seed: of the shuffles; round r depends on (seed, r) alone.
    """

    def __init__(self, count: int, batch_size: int, seed: int) -> None:
        super().__init__()
        self.count, self.batch_size, self.seed = count, batch_size, seed

    def rows(self, batch: int) -> np.ndarray:
        """The rows of batch number `batch`: (batch_size,) int."""
        positions = np.arange(batch * self.batch_size, (batch + 1) * self.batch_size)
        rounds, places = np.divmod(positions, self.count)
        chosen = zip(rounds.tolist(), places.tolist(), strict=True)
        return np.array([self._round(number)[place] for number, place in chosen])

    def _make_round(self, number: int) -> np.ndarray:
        return np.random.default_rng((self.seed, 0, number)).permutation(self.count)


class ClassBalancedSampler(_Rounds):
    """P x K batches: P groups of K rows of one class each (Hermans et al., 2017).

    In a round every row comes once. The groups of a class are spread evenly over the round, so that
    a batch of P groups has about P classes, and each class comes as often as it has rows. With
    `balance` a round has about as many groups, but a class with N rows has a share of them in
    proportion to N^(1 - balance): rows of a small class come more than once, of a large one not
    all.

    Args:
        labels: (N,) class of each row.
        classes_per_batch: P, at most the number of classes.
        rows_per_class: K; the last group of a class is filled up with rows of its first group.
        seed: of the shuffles; round r depends on (seed, r) alone.
        balance: 0 (as in the data) to 1 (all classes equally often).
        lengths: (N,) of the rows; with them, rows of similar length come in one batch. A round has
            the same rows, and a batch P groups of K rows of one class each, as without.

    Attributes:
        groups_of_class: groups of each class in a round, in the order of the sorted classes.
    """

    def __init__(
        self,
        labels: np.ndarray,
        classes_per_batch: int,
        rows_per_class: int,
        seed: int,
        balance: float = 0.0,
        lengths: np.ndarray | None = None,
    ) -> None:
        super().__init__()
        self.labels, self.lengths = labels, lengths
        self.rows_of_class = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        self.groups = classes_per_batch
        self.group_size, self.seed = rows_per_class, seed
        self.groups_of_class = self._group_counts(balance)
        self.groups_per_round = sum(self.groups_of_class)

    def rows(self, batch: int) -> np.ndarray:
        """The rows of batch number `batch`: (P·K,) int, K rows of one class after another."""
        positions = np.arange(batch * self.groups, (batch + 1) * self.groups)
        rounds, places = np.divmod(positions, self.groups_per_round)
        chosen = zip(rounds.tolist(), places.tolist(), strict=True)
        return np.concatenate([self._round(number)[place] for number, place in chosen])

    def _group_counts(self, balance: float) -> list[int]:
        whole = [-(-len(rows) // self.group_size) for rows in self.rows_of_class]
        if balance == 0:
            return whole
        weights = np.array([len(rows) for rows in self.rows_of_class]) ** (1 - balance)
        return [max(1, round(each)) for each in sum(whole) * weights / weights.sum()]

    def _make_round(self, number: int) -> np.ndarray:
        """The groups of one round in their order: (groups_per_round, K) rows."""
        rng = np.random.default_rng((self.seed, 1, number))
        groups, places = [], []
        for rows, count in zip(self.rows_of_class, self.groups_of_class, strict=True):
            shuffled = np.resize(rng.permutation(rows), count * self.group_size)
            if self.lengths is not None:
                shuffled = self._near_in_length(shuffled)
            groups.append(shuffled.reshape(count, self.group_size))
            places.append((np.arange(count) + rng.random(count)) / count)
        ordered = np.concatenate(groups)[np.argsort(np.concatenate(places))]
        return ordered if self.lengths is None else self._bucketed(ordered, number, rng)

    def _near_in_length(self, rows: np.ndarray) -> np.ndarray:
        """Rows of one class, sorted by length within each `WINDOW` groups."""
        assert self.lengths is not None
        window = np.arange(len(rows)) // (WINDOW * self.group_size)
        return rows[np.lexsort((self.lengths[rows], window))]

    def _bucketed(self, groups: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
        """The groups of a round, those of similar length in one batch of it.

        Batches do not begin where a round does: the groups before its first whole batch stay.
        """
        assert self.lengths is not None
        longest = self.lengths[groups].max(axis=1)
        classes = self.labels[groups[:, 0]]
        order = np.arange(len(groups))
        first = -number * self.groups_per_round % self.groups
        for start in range(first, len(groups), WINDOW * self.groups):
            window = order[start : start + WINDOW * self.groups]
            batches = _filled(
                window[np.argsort(longest[window], kind="stable")], classes, self.groups
            )
            whole = [batch for batch in batches if len(batch) == self.groups]
            rest = [batch for batch in batches if len(batch) < self.groups]
            mixed = [whole[i] for i in rng.permutation(len(whole))]
            order[start : start + len(window)] = np.concatenate([*mixed, *rest])
        return groups[order]


def _filled(groups: np.ndarray, classes: np.ndarray, size: int) -> list[np.ndarray]:
    """Deal groups in their order into batches of `size`, no class twice in one where it can be.

    Args:
        groups: numbers of groups, by length.
        classes: of all groups.
    """
    starts = range(0, len(groups), size)
    batches: list[dict[int, int]] = [{} for _ in starts]  # class to group
    twice: list[list[int]] = [[] for _ in starts]  # groups of a class that is there already
    room = [min(size, len(groups) - start) for start in starts]
    for group in groups.tolist():
        kind = int(classes[group])
        with_room = [b for b, batch in enumerate(batches) if len(batch) + len(twice[b]) < room[b]]
        chosen = next((b for b in with_room if kind not in batches[b]), None)
        if chosen is None:
            chosen = with_room[0]
            swapped = next(_swaps(batches, chosen, kind), None)
            if swapped is None:
                twice[chosen].append(group)
                continue
            other, moved = swapped
            batches[chosen][moved] = batches[other].pop(moved)
            chosen = other
        batches[chosen][kind] = group
    return [
        np.array([*b.values(), *more], np.int64) for b, more in zip(batches, twice, strict=True)
    ]


def _swaps(batches: Sequence[Mapping[int, int]], full: int, kind: int) -> Iterator[tuple[int, int]]:
    """Batches without a class, and a class in each that batch `full` lacks."""
    for other, batch in enumerate(batches):
        if kind not in batch:
            yield from ((other, moved) for moved in batch if moved not in batches[full])


class IdentitySampler:
    """Identities in shuffled rounds; no batch has one twice, similar ones can come together.

    The few that do not fill a whole batch at the end of a round are left out of that round.

    Args:
        identities: (N,) rows to draw from.
        batch_size: identities of a batch, at most N.
        seed: of the shuffles; round r depends on (seed, stream, r) alone.
        stream: distinguishes samplers of one seed.
        nearest: (N, m) positions in `identities` of those that look most similar to each, the most
            similar first; None where groups are of one.
        group: number of similar identities that come one after another, so that a batch has hard
            negatives; 1 is plain shuffling.
    """

    def __init__(
        self,
        identities: np.ndarray,
        batch_size: int,
        seed: int,
        stream: int = 0,
        nearest: np.ndarray | None = None,
        group: int = 1,
    ) -> None:
        self.identities, self.seed, self.stream = identities, seed, stream
        self.batch_size = min(batch_size, len(identities))
        self.nearest, self.group = nearest, group
        self.batches_per_round = len(identities) // self.batch_size
        self._last_round: tuple[int, np.ndarray] | None = None

    def rows(self, batch: int) -> np.ndarray:
        """The identities of batch number `batch`: (batch_size,) int."""
        number, place = divmod(batch, self.batches_per_round)
        return self._round(number)[place * self.batch_size : (place + 1) * self.batch_size]

    def _round(self, number: int) -> np.ndarray:
        last = self._last_round  # read once: another thread may replace it
        if last is None or last[0] != number:
            rng = np.random.default_rng((self.seed, self.stream, number, 1))
            order = self._grouped(rng.permutation(len(self.identities)))
            last = self._last_round = number, self.identities[order]
        return last[1]

    def _grouped(self, shuffled: np.ndarray) -> np.ndarray:
        """Let every position be followed by its nearest ones that are still to come."""
        if self.nearest is None or self.group < 2:
            return shuffled
        is_waiting = np.ones(len(shuffled), bool)
        order: list[int] = []
        for position in shuffled:
            if is_waiting[position]:
                is_waiting[position] = False
                near = self.nearest[position]
                similar = near[is_waiting[near]][: self.group - 1]
                is_waiting[similar] = False
                order += [int(position), *similar.tolist()]
        return np.array(order)
