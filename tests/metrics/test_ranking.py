"""Metrics against hand-worked cases, naive loops and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sketchnet.metrics import ranking

# Four queries, four photos; query i's true photo is i.
HAND = np.array(
    [
        [0.1, 0.5, 0.9, 0.2],  # true is nearest: rank 1
        [0.2, 0.3, 0.1, 0.4],  # photos 2 and 0 are nearer: rank 3
        [0.7, 0.6, 0.8, 0.5],  # everything is nearer: rank 4
        [0.4, 0.9, 0.4, 0.4],  # a tie of three: rank 3, not 1
    ]
)
HAND_RANKS = [1, 3, 4, 3]


def test_ranks_by_hand():
    assert ranking.ranks(HAND, np.arange(4)).tolist() == HAND_RANKS


def test_scores_by_hand():
    assert ranking.acc_at(HAND_RANKS, 1) == 0.25
    assert ranking.acc_at(HAND_RANKS, 3) == 0.75
    assert ranking.acc_at(HAND_RANKS, 4) == 1.0
    assert ranking.mean_average_precision(HAND_RANKS) == pytest.approx(
        (1 + 1 / 3 + 1 / 4 + 1 / 3) / 4
    )
    # Of three others stand behind: 3, 1, 0, 1.
    assert ranking.mean_percentile(HAND_RANKS, 4) == pytest.approx(5 / 12)


def test_several_queries_may_share_a_photo():
    distances = [[0.0, 1.0], [2.0, 1.0], [0.5, 0.4]]
    assert ranking.ranks(distances, [0, 0, 1]).tolist() == [1, 2, 1]


def test_a_constant_model_ranks_last():
    found = ranking.ranks(np.zeros((5, 7)), [0, 1, 2, 3, 4])
    assert found.tolist() == [7] * 5
    assert ranking.mean_percentile(found, 7) == 0.0


def test_one_photo_in_the_gallery():
    assert ranking.mean_percentile(ranking.ranks([[3.0]], [0]), 1) == 1.0


@pytest.mark.parametrize("place", [(0, 0), (0, 2), (3, 3)])
def test_a_nan_raises_wherever_it_is(place):
    distances = HAND.copy()
    distances[place] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        ranking.ranks(distances, np.arange(4))
    with pytest.raises(ValueError, match="NaN"):
        ranking.knn_predict(distances, [0, 1, 2, 3], 1)
    with pytest.raises(ValueError, match="NaN"):
        ranking.nearest(distances[place[0]], 2)


def test_a_nan_raises_in_triplets_and_intervals():
    with pytest.raises(ValueError, match="NaN"):
        ranking.triplet_accuracy([0.1, np.nan], [0.2, 0.3])
    with pytest.raises(ValueError, match="NaN"):
        ranking.bootstrap_interval([0.1, np.nan])


def test_infinity_is_far_but_not_an_error():
    assert ranking.ranks([[1.0, np.inf, 0.5]], [0]).tolist() == [2]
    assert ranking.ranks([[1.0, np.inf, np.inf]], [1]).tolist() == [3]


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match="one integer true_index per query"):
        ranking.ranks(HAND, [0, 1])
    with pytest.raises(ValueError, match=r"0\.\.3"):
        ranking.ranks(HAND, [0, 1, 2, 4])
    with pytest.raises(ValueError, match=r"0\.\.3"):
        ranking.ranks(HAND, [0, 1, 2, -1])
    with pytest.raises(ValueError, match="axes"):
        ranking.ranks(HAND[0], [0])
    with pytest.raises(ValueError, match="equal shapes"):
        ranking.triplet_accuracy([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="at least one"):
        ranking.acc_at([], 1)


@given(
    arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 4))
)
def test_ranks_against_a_loop(distances):
    queries, gallery = distances.shape
    true_index = np.arange(queries) % gallery
    expected = [
        sum(distances[q, g] <= distances[q, true_index[q]] for g in range(gallery))
        for q in range(queries)
    ]
    assert ranking.ranks(distances, true_index).tolist() == expected
    # scipy calls the same thing the "max" rank.
    by_scipy = scipy.stats.rankdata(distances, method="max", axis=1)
    assert np.array_equal(by_scipy[np.arange(queries), true_index], expected)


@given(
    arrays(np.float32, st.integers(0, 30), elements=st.integers(0, 5)),
    st.integers(0, 40),
)
def test_nearest_is_a_stable_sort_cut_short(distances, k):
    assert (
        ranking.nearest(distances, k).tolist()
        == sorted(range(len(distances)), key=lambda i: (distances[i], i))[: min(k, len(distances))]
    )


def test_triplets_by_hand():
    # right, tie (wrong), wrong, right
    assert ranking.triplet_accuracy([0.1, 0.5, 0.9, 0.0], [0.2, 0.5, 0.1, 0.1]) == 0.5


def test_knn_by_hand():
    labels = [7, 7, 3, 3, 5]
    distances = [
        [0.1, 0.2, 0.3, 0.4, 0.5],  # k=1: 7; k=3: 7,7,3; k=5: 7,7,3,3,5 → 7 is nearest
        [0.4, 0.5, 0.1, 0.6, 0.2],  # k=1: 3; k=3: 3,5,7 all once → 3; k=5: 3 and 7 twice → 3
        [0.2, 0.3, 0.4, 0.5, 0.1],  # k=1: 5; k=3: 5,7,7 → 7
    ]
    assert ranking.knn_predict(distances, labels, 1).tolist() == [7, 3, 5]
    assert ranking.knn_predict(distances, labels, 3).tolist() == [7, 3, 7]
    assert ranking.knn_predict(distances, labels, 5).tolist() == [7, 3, 7]
    assert ranking.knn_accuracy(distances, labels, [7, 3, 3], 3) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match=r"k in 1\.\.5"):
        ranking.knn_predict(distances, labels, 6)


def test_knn_against_scikit_learn(rng):
    from sklearn.neighbors import KNeighborsClassifier

    gallery, queries = rng.normal(size=(60, 3)), rng.normal(size=(40, 3))
    labels = rng.integers(4, size=60)
    distances = np.linalg.norm(queries[:, None] - gallery, axis=-1)
    theirs = KNeighborsClassifier(1).fit(gallery, labels).predict(queries)
    assert np.array_equal(ranking.knn_predict(distances, labels, 1), theirs)


def test_confusion_by_hand():
    counts = ranking.confusion([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 2], 3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    labels, told = [0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 2]
    assert ranking.accuracy(labels, told) == pytest.approx(4 / 6)
    each_alike = 1 / np.bincount(labels)[labels]
    recalls = (1 / 2 + 1 + 2 / 3) / 3
    assert ranking.accuracy(labels, told, each_alike) == pytest.approx(recalls)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        ranking.confusion([0, 2], [0, 0], 2)


def test_interval_is_that_of_the_binomial():
    values = np.repeat([1.0, 0.0], [60, 55])
    low, high = ranking.bootstrap_interval(values)
    expected = scipy.stats.binom.interval(0.95, 115, 60 / 115)
    assert low == pytest.approx(expected[0] / 115, abs=0.01)
    assert high == pytest.approx(expected[1] / 115, abs=0.01)
    assert ranking.bootstrap_interval(values) == (low, high), "the same seed gives the same"
    narrow = ranking.bootstrap_interval(values, level=0.5)
    assert low < narrow[0] < narrow[1] < high


def test_interval_of_groups_is_wider(rng):
    values = np.repeat(rng.integers(2, size=50).astype(float), 20)
    low, high = ranking.bootstrap_interval(values, groups=np.repeat(np.arange(50), 20))
    naive_low, naive_high = ranking.bootstrap_interval(values)
    assert (high - low) > 3 * (naive_high - naive_low)
    alone = ranking.bootstrap_interval(values[::20])
    assert (low, high) == pytest.approx(alone), "twenty copies of a value say no more than one"


def test_interval_of_a_constant_is_a_point():
    assert ranking.bootstrap_interval([1.0, 1.0, 1.0]) == (1.0, 1.0)


def test_interval_in_pieces_covers_the_same(rng, monkeypatch):
    values = rng.normal(size=200)
    whole = ranking.bootstrap_interval(values)
    monkeypatch.setattr(ranking, "DRAWS_AT_ONCE", 1000)
    assert ranking.bootstrap_interval(values) == pytest.approx(whole)
