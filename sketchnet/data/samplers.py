"""Samplers: which rows of a training set form batch number n.

All are pure functions of the seed and the number of the batch, counted over all epochs: training
can be resumed at any step. Each draws without replacement: a *round* is a shuffled pass over all
rows, and the next round begins when it is used up.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np


class ShuffledSampler:
    """Rows 0 … count - 1 in shuffled rounds; a batch may span two rounds.

    Args:
        count: number of rows.
        batch_size: rows of a batch.
        seed: of the shuffles; round r depends on (seed, r) alone.
    """

    def __init__(self, count: int, batch_size: int, seed: int) -> None:
        self.count, self.batch_size, self.seed = count, batch_size, seed
        self._round = lru_cache(maxsize=4)(self._shuffled)

    def rows(self, batch: int) -> np.ndarray:
        """The rows of batch number `batch`: (batch_size,) int."""
        positions = np.arange(batch * self.batch_size, (batch + 1) * self.batch_size)
        rounds, places = np.divmod(positions, self.count)
        chosen = zip(rounds.tolist(), places.tolist(), strict=True)
        return np.array([self._round(number)[place] for number, place in chosen])

    def _shuffled(self, number: int) -> np.ndarray:
        return np.random.default_rng((self.seed, 0, number)).permutation(self.count)


class ClassBalancedSampler:
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
    ) -> None:
        self.rows_of_class = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        self.groups = classes_per_batch
        self.group_size, self.seed = rows_per_class, seed
        self.groups_of_class = self._group_counts(balance)
        self.groups_per_round = sum(self.groups_of_class)
        self._round = lru_cache(maxsize=4)(self._grouped)

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

    def _grouped(self, number: int) -> np.ndarray:
        """The groups of one round in their order: (groups_per_round, K) rows."""
        rng = np.random.default_rng((self.seed, 1, number))
        groups, places = [], []
        for rows, count in zip(self.rows_of_class, self.groups_of_class, strict=True):
            groups.append(np.resize(rng.permutation(rows), (count, self.group_size)))
            places.append((np.arange(count) + rng.random(count)) / count)
        return np.concatenate(groups)[np.argsort(np.concatenate(places))]


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
