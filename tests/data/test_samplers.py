from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.samplers import Turns, nearest_photos


@given(
    n=st.integers(2, 40),
    count=st.integers(1, 12),
    together=st.integers(1, 6),
    seed=st.integers(0, 9),
)
def test_everybody_comes_once_a_round_whoever_looks_like_whom(n, count, together, seed) -> None:
    rng = np.random.default_rng(seed)
    nearest = np.stack([rng.permutation(np.delete(np.arange(n), i)) for i in range(n)])
    rows = 100 + np.arange(n)
    turns = Turns(rows, count, seed, 0, nearest[:, :5], together)
    for first in (0, turns.a_round, 5 * turns.a_round):
        came = np.concatenate([turns.take(first + place) for place in range(turns.a_round)])
        assert len(came) == len(set(came.tolist())) == turns.a_round * turns.count
        assert set(came.tolist()) <= set(rows.tolist())
        if len(came) == n:
            assert sorted(came.tolist()) == rows.tolist()


def test_a_round_is_the_same_whatever_was_asked_before() -> None:
    nearest = nearest_photos(pictures())
    one, other = (Turns(np.arange(8), 4, 3, 0, nearest, 4) for _ in range(2))
    for batch in (0, 9, 3, 2):
        other.take(batch)
    for batch in range(6):
        np.testing.assert_array_equal(one.take(batch), other.take(batch))


def pictures(side: int = 64) -> np.ndarray:
    """Two kinds, four of each: lines on the left, lines at the bottom, each a little elsewhere."""
    photos = np.full((8, side, side), 255, np.uint8)
    for i in range(4):
        photos[i, 8:-8, 8 + 2 * i : 16 + 2 * i] = 0
        photos[4 + i, -20 + 2 * i : -12 + 2 * i, 8:-8] = 0
    return photos


@pytest.mark.parametrize("colour", [False, True])
def test_look_alikes_come_together(colour: bool) -> None:
    photos = np.repeat(pictures()[..., None], 3, axis=-1) if colour else pictures()
    nearest = nearest_photos(photos)
    assert nearest.shape == (8, 7)
    kind = np.arange(8) // 4
    assert (kind[nearest[:, :3]] == kind[:, None]).all()
    assert not (nearest == np.arange(8)[:, None]).any(), "nobody is their own look-alike"

    turns = Turns(np.arange(8), 4, 0, 0, nearest, together=4)
    for batch in range(20):
        assert len(set(kind[turns.take(batch)].tolist())) == 1
    chance = Turns(np.arange(8), 4, 0, 0)
    assert any(len(set(kind[chance.take(batch)].tolist())) == 2 for batch in range(20))


def test_blank_and_few_photos_have_looks_too() -> None:
    assert nearest_photos(np.full((3, 32, 32), 255, np.uint8)).shape == (3, 2)
    assert nearest_photos(np.zeros((1, 32, 32), np.uint8)).shape == (1, 0)
