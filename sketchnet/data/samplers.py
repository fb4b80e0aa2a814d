"""Who comes into which batch: everybody once a round, look-alikes together if so wished.

With photos that look alike in one batch its negatives are hard ones: shoes of one kind, which
random batches of many kinds seldom hold.
"""

from __future__ import annotations

import cv2
import numpy as np

# Of so many nearest, those that have not come yet this round are asked to come along.
NEAREST = 64
_SIDE = 16
_CHUNK = 1024


class Turns:
    """Rows in shuffled rounds, `count` at a time; round r is a pure function of (seed, side, r).

    `nearest` (N, m) holds, for each of the N rows, the positions of those that look most like it,
    the likest first: `together` of them come one after another.
    """

    def __init__(
        self,
        rows: np.ndarray,
        count: int,
        seed: int,
        side: int,
        nearest: np.ndarray | None = None,
        together: int = 1,
    ) -> None:
        self.rows, self.count, self.seed, self.side = rows, min(count, len(rows)), seed, side
        self.nearest, self.together = nearest, together
        # The few that do not fill a batch wait for another round: nobody comes twice in a batch.
        self.a_round = len(rows) // self.count
        self._last: tuple[int, np.ndarray] | None = None

    def take(self, batch: int) -> np.ndarray:
        """The rows of batch number `batch`, counted over all epochs."""
        turn, place = divmod(batch, self.a_round)
        return self._order(turn)[place * self.count : (place + 1) * self.count]

    def _order(self, turn: int) -> np.ndarray:
        last = self._last  # other threads may be at another round
        if last is None or last[0] != turn:
            rng = np.random.default_rng((self.seed, self.side, turn, 1))
            order = self._positions(rng.permutation(len(self.rows)))
            last = self._last = turn, self.rows[order]
        return last[1]

    def _positions(self, shuffled: np.ndarray) -> np.ndarray:
        if self.nearest is None or self.together < 2:
            return shuffled
        waiting = np.ones(len(shuffled), bool)
        order: list[int] = []
        for position in shuffled:
            if waiting[position]:
                waiting[position] = False
                near = self.nearest[position]
                along = near[waiting[near]][: self.together - 1]
                waiting[along] = False
                order += [int(position), *along.tolist()]
        return np.array(order)


def nearest_photos(photos: np.ndarray) -> np.ndarray:
    """Prepared photos (N, C, C[, 3]) → (N, min(64, N − 1)) positions of the likest, likest first.

    Compared are the pictures, small and blurred: outline and large parts decide.
    """
    vectors = np.stack([_look(photo) for photo in photos])
    found = []
    for start in range(0, len(vectors), _CHUNK):
        scores = vectors[start : start + _CHUNK] @ vectors.T
        own = np.arange(len(scores))
        scores[own, start + own] = -np.inf
        found.append(
            np.argsort(-scores, axis=1, kind="stable")[:, : min(NEAREST, len(vectors) - 1)]
        )
    return np.concatenate(found)


def _look(photo: np.ndarray) -> np.ndarray:
    grey = photo if photo.ndim == 2 else photo.mean(axis=2)
    blurred = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), len(grey) / _SIDE / 2)
    vector = cv2.resize(blurred, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).ravel()
    vector -= vector.mean()
    return vector / max(float(np.linalg.norm(vector)), 1e-6)
