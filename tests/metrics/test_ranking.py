"""Ranking metrics against hand-worked cases, loops and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sketchnet.metrics import ranking

# Four queries, four photos; query i's true photo is i.
DISTANCES = np.array(
    [
        [0.1, 0.5, 0.9, 0.2],  # the true photo is nearest: rank 1
        [0.2, 0.3, 0.1, 0.4],  # photos 2 and 0 are nearer: rank 3
        [0.7, 0.6, 0.8, 0.5],  # all others are nearer: rank 4
        [0.4, 0.9, 0.4, 0.4],  # a tie of three: rank 3, not 1
    ]
)
RANKS = [1, 3, 4, 3]


def test_ranks_hand_worked():
    assert ranking.ranks(DISTANCES, np.arange(4)).tolist() == RANKS


def test_scores_hand_worked():
    assert ranking.acc_at(RANKS, 1) == 0.25
    assert ranking.acc_at(RANKS, 3) == 0.75
    assert ranking.acc_at(RANKS, 4) == 1.0
    assert ranking.mean_average_precision(RANKS) == pytest.approx((1 + 1 / 3 + 1 / 4 + 1 / 3) / 4)
    # Of three other photos rank behind the true one: 3, 1, 0, 1.
    assert ranking.mean_percentile(RANKS, 4) == pytest.approx(5 / 12)


def test_on_the_fly_scores_hand_worked():
    ranks = [[5, 3, 1], [4, 4, 2]]  # two sketches at three completion levels, five photos
    assert ranking.m_at_a(ranks, 5) == pytest.approx((0 + 2 / 4 + 1 + 1 / 4 + 1 / 4 + 3 / 4) / 6)
    assert ranking.m_at_b(ranks) == pytest.approx((1 / 5 + 1 / 3 + 1 + 1 / 4 + 1 / 4 + 1 / 2) / 6)


def test_on_the_fly_scores_at_their_ends():
    first, last = np.ones((3, 4), int), np.full((3, 4), 50)
    assert ranking.m_at_a(first, 50) == ranking.m_at_b(first) == 1
    assert ranking.m_at_a(last, 50) == 0
    assert ranking.m_at_b(last) == pytest.approx(1 / 50)
    assert ranking.m_at_a([[1]], 1) == 1


@given(
    arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(1, 9))
)
def test_on_the_fly_scores_are_means_over_the_levels(ranks):
    levels = ranks.T
    expected = np.mean([ranking.mean_percentile(level, 9) for level in levels])
    assert ranking.m_at_a(ranks, 9) == pytest.approx(expected)
    expected = np.mean([ranking.mean_average_precision(level) for level in levels])
    assert ranking.m_at_b(ranks) == pytest.approx(expected)


def test_several_queries_may_share_a_photo():
    distances = [[0.0, 1.0], [2.0, 1.0], [0.5, 0.4]]
    assert ranking.ranks(distances, [0, 0, 1]).tolist() == [1, 2, 1]


def test_a_constant_model_ranks_last():
    found = ranking.ranks(np.zeros((5, 7)), [0, 1, 2, 3, 4])
    assert found.tolist() == [7] * 5
    assert ranking.mean_percentile(found, 7) == 0.0


def test_a_gallery_of_one_photo():
    assert ranking.mean_percentile(ranking.ranks([[3.0]], [0]), 1) == 1.0


@pytest.mark.parametrize("place", [(0, 0), (0, 2), (3, 3)])
def test_nan_raises_in_any_place(place):
    distances = DISTANCES.copy()
    distances[place] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        ranking.ranks(distances, np.arange(4))
    with pytest.raises(ValueError, match="NaN"):
        ranking.nearest(distances[place[0]], 2)


def test_nan_raises_in_triplets():
    with pytest.raises(ValueError, match="NaN"):
        ranking.triplet_accuracy([0.1, np.nan], [0.2, 0.3])


def test_infinity_is_far_and_no_error():
    assert ranking.ranks([[1.0, np.inf, 0.5]], [0]).tolist() == [2]
    assert ranking.ranks([[1.0, np.inf, np.inf]], [1]).tolist() == [3]


def test_wrong_shapes_and_values_are_named():
    with pytest.raises(ValueError, match="one integer true_index per query"):
        ranking.ranks(DISTANCES, [0, 1])
    with pytest.raises(ValueError, match=r"0\.\.3"):
        ranking.ranks(DISTANCES, [0, 1, 2, 4])
    with pytest.raises(ValueError, match=r"0\.\.3"):
        ranking.ranks(DISTANCES, [0, 1, 2, -1])
    with pytest.raises(ValueError, match="axes"):
        ranking.ranks(DISTANCES[0], [0])
    with pytest.raises(ValueError, match="equal shapes"):
        ranking.triplet_accuracy([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="at least one"):
        ranking.acc_at([], 1)
    for ranks in ([0], [5]):
        with pytest.raises(ValueError, match=r"ranks in 1\.\.4"):
            ranking.mean_percentile(ranks, 4)
        with pytest.raises(ValueError, match=r"ranks in 1\.\.4"):
            ranking.m_at_a([ranks], 4)
    with pytest.raises(ValueError, match="axes"):
        ranking.m_at_b([1, 2])


@given(
    arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 4))
)
def test_ranks_equal_a_loop_and_scipy(distances):
    queries, gallery = distances.shape
    true_index = np.arange(queries) % gallery
    expected = [
        sum(distances[q, g] <= distances[q, true_index[q]] for g in range(gallery))
        for q in range(queries)
    ]
    assert ranking.ranks(distances, true_index).tolist() == expected
    # scipy calls this treatment of ties "max".
    by_scipy = scipy.stats.rankdata(distances, method="max", axis=1)
    assert np.array_equal(by_scipy[np.arange(queries), true_index], expected)


@given(
    arrays(np.float32, st.integers(0, 30), elements=st.integers(0, 5)),
    st.integers(0, 40),
)
def test_nearest_is_the_start_of_a_stable_sort(distances, k):
    expected = sorted(range(len(distances)), key=lambda i: (distances[i], i))
    assert ranking.nearest(distances, k).tolist() == expected[: min(k, len(distances))]


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int64])
def test_nearest_of_distances_that_fall_or_are_of_another_kind(kind):
    falling = np.repeat(np.arange(1500, 0, -1), 2).astype(kind)  # each twice, the nearest last
    expected = np.lexsort((np.arange(3000), falling))
    for k in (1, 100, 256, 257, 5000):
        np.testing.assert_array_equal(ranking.nearest(falling, k), expected[:k])
    if kind is not np.int64:
        falling[2000] = np.nan
        with pytest.raises(ValueError, match="NaN"):
            ranking.nearest(falling, 10)


def test_triplet_accuracy_hand_worked():
    # right, tie (wrong), wrong, right
    assert ranking.triplet_accuracy([0.1, 0.5, 0.9, 0.0], [0.2, 0.5, 0.1, 0.1]) == 0.5
