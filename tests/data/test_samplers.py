"""Samplers: every row once a round, whatever was drawn before, similar ones together if wanted."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.samplers import ClassBalancedSampler, IdentitySampler, ShuffledSampler


@given(n=st.integers(1, 30), size=st.integers(1, 12), seed=st.integers(0, 9))
def test_shuffled_rounds_follow_one_another(n, size, seed):
    sampler = ShuffledSampler(n, size, seed)
    batches = [sampler.rows(batch) for batch in range(3 * n)]
    assert {len(rows) for rows in batches} == {size}
    rounds = np.concatenate(batches).reshape(-1, n)
    assert (np.sort(rounds, axis=1) == np.arange(n)).all()


@given(
    counts=st.lists(st.integers(1, 9), min_size=2, max_size=6),
    per_batch=st.integers(1, 6),
    per_class=st.integers(1, 4),
    seed=st.integers(0, 9),
)
def test_a_balanced_round_has_every_row_and_groups_of_one_class(counts, per_batch, per_class, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    sampler = ClassBalancedSampler(labels, min(per_batch, len(counts)), per_class, seed)
    groups_expected = sum(-(-count // per_class) for count in counts)
    assert sampler.groups_per_round == groups_expected
    drawn = [sampler.rows(batch) for batch in range(2 * groups_expected)]
    groups = np.concatenate(drawn).reshape(-1, per_class)
    assert (labels[groups] == labels[groups][:, :1]).all()
    times = np.bincount(groups[:groups_expected].ravel(), minlength=len(labels))
    for label, count in enumerate(counts):
        assert np.ptp(times[labels == label]) <= 1, "the last group repeats rows evenly"
        assert times[labels == label].min() >= 1
        assert times[labels == label].sum() == -(-count // per_class) * per_class


@pytest.mark.parametrize(
    ("balance", "groups"),
    # 100, 25 and 4 rows in groups of 4: 25, 7 and 1 groups, 33 in all. By the square root the
    # shares are 10 : 5 : 2 of 17, evenly a third.
    [(0.0, [25, 7, 1]), (0.5, [19, 10, 4]), (1.0, [11, 11, 11])],
)
def test_balance_lets_small_classes_come_more_often(balance, groups):
    labels = np.repeat([0, 1, 2], [100, 25, 4])
    sampler = ClassBalancedSampler(labels, 3, 4, 0, balance)
    assert sampler.groups_of_class == groups
    rows = np.concatenate([sampler.rows(batch) for batch in range(sum(groups))])
    drawn = rows.reshape(-1, 4)[: sum(groups)]
    assert np.bincount(labels[drawn[:, 0]]).tolist() == groups
    times = np.bincount(drawn.ravel(), minlength=129)
    assert times[:100].max() == 1, "rows of the large class come at most once a round"
    if balance:
        assert len(set(drawn[labels[drawn[:, 0]] == 2].ravel())) == 4


@pytest.mark.parametrize(
    "build",
    [
        lambda seed: ShuffledSampler(23, 4, seed),
        lambda seed: ClassBalancedSampler(np.arange(23) % 5, 3, 2, seed),
        lambda seed: IdentitySampler(np.arange(23), 4, seed),
    ],
    ids=["shuffled", "balanced", "identities"],
)
def test_a_batch_does_not_depend_on_the_batches_before(build):
    one, other = build(3), build(3)
    for batch in (0, 40, 3, 2):
        other.rows(batch)
    for batch in range(12):
        np.testing.assert_array_equal(one.rows(batch), other.rows(batch))
    assert any((one.rows(batch) != build(4).rows(batch)).any() for batch in range(5))


@given(
    n=st.integers(2, 40),
    count=st.integers(1, 12),
    group=st.integers(1, 6),
    seed=st.integers(0, 9),
)
def test_every_identity_comes_once_a_round_with_groups_or_without(n, count, group, seed):
    rng = np.random.default_rng(seed)
    nearest = np.stack([rng.permutation(np.delete(np.arange(n), i)) for i in range(n)])
    identities = 100 + np.arange(n)
    sampler = IdentitySampler(identities, count, seed, 0, nearest[:, :5], group)
    per_round = sampler.batches_per_round
    for first in (0, per_round, 5 * per_round):
        drawn = np.concatenate([sampler.rows(first + place) for place in range(per_round)])
        assert len(drawn) == len(set(drawn.tolist())) == per_round * sampler.batch_size
        assert set(drawn.tolist()) <= set(identities.tolist())
        if len(drawn) == n:
            assert sorted(drawn.tolist()) == identities.tolist()


def test_similar_identities_come_together():
    kind = np.arange(8) // 4
    nearest = np.array([[j for j in range(8) if j != i and j // 4 == i // 4] for i in range(8)])
    grouped = IdentitySampler(np.arange(8), 4, 0, nearest=nearest, group=4)
    for batch in range(20):
        assert len(set(kind[grouped.rows(batch)].tolist())) == 1
    plain = IdentitySampler(np.arange(8), 4, 0)
    assert any(len(set(kind[plain.rows(batch)].tolist())) == 2 for batch in range(20))


def test_streams_of_one_seed_differ():
    one, other = (IdentitySampler(np.arange(50), 50, 0, stream) for stream in (0, 1))
    assert (one.rows(0) != other.rows(0)).any()


@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=6),
    per_batch=st.integers(1, 6),
    per_class=st.integers(1, 4),
    seed=st.integers(0, 9),
)
def test_with_lengths_a_round_has_the_same_rows_in_groups_of_one_class(
    counts, per_batch, per_class, seed
):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    settings = labels, min(per_batch, len(counts)), per_class, seed
    plain = ClassBalancedSampler(*settings)
    bucketed = ClassBalancedSampler(*settings, lengths=rng.integers(1, 90, len(labels)))
    n = 2 * plain.groups_per_round
    for sampler in (plain, bucketed):
        assert (sampler.rows(3) == sampler.rows(3)).all()
        groups = np.concatenate([sampler.rows(batch) for batch in range(n)])
        groups = groups.reshape(-1, per_class)
        assert (labels[groups] == labels[groups][:, :1]).all(), "a group is of one class"
        sampler.times = np.bincount(groups[: sampler.groups_per_round].ravel(), minlength=99)
    assert (plain.times == bucketed.times).all(), "a round has every row as often"


def test_batches_of_similar_length_have_all_their_classes():
    """20 classes of as many rows: each batch has K rows of 10 different ones, near in length."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(20), 60))
    lengths = np.clip(rng.lognormal(3.6, 0.5, len(labels)), 4, 96).astype(int)
    longest = {}
    for name, given_lengths in (("shuffled", None), ("bucketed", lengths)):
        sampler = ClassBalancedSampler(labels, 10, 4, 5, lengths=given_lengths)
        batches = [sampler.rows(batch) for batch in range(60)]  # two rounds of 300 groups
        if given_lengths is not None:
            assert all(len(set(labels[rows])) == 10 for rows in batches)
        assert all(len(rows) == 40 for rows in batches)
        longest[name] = np.mean([lengths[rows].max() for rows in batches])
    assert longest["bucketed"] < 0.75 * longest["shuffled"]


def test_samplers_travel_to_other_processes():
    labels = np.repeat([0, 1, 2], 9)
    for sampler in (ClassBalancedSampler(labels, 2, 2, 0), ShuffledSampler(9, 4, 0)):
        copy = pickle.loads(pickle.dumps(sampler))
        assert (copy.rows(7) == sampler.rows(7)).all()
