"""Bootstrap intervals against the binomial distribution and against each other."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from sketchnet.metrics import bootstrap
from sketchnet.metrics.bootstrap import bootstrap_interval


def test_interval_agrees_with_the_binomial():
    values = np.repeat([1.0, 0.0], [60, 55])
    low, high = bootstrap_interval(values)
    expected = scipy.stats.binom.interval(0.95, 115, 60 / 115)
    assert low == pytest.approx(expected[0] / 115, abs=0.01)
    assert high == pytest.approx(expected[1] / 115, abs=0.01)
    assert bootstrap_interval(values) == (low, high), "the same seed gives the same interval"
    narrow = bootstrap_interval(values, level=0.5)
    assert low < narrow[0] < narrow[1] < high


def test_groups_are_resampled_whole(rng):
    values = np.repeat(rng.integers(2, size=50).astype(float), 20)
    low, high = bootstrap_interval(values, groups=np.repeat(np.arange(50), 20))
    independent_low, independent_high = bootstrap_interval(values)
    assert (high - low) > 3 * (independent_high - independent_low)
    single = bootstrap_interval(values[::20])
    assert (low, high) == pytest.approx(single), "20 copies of a value add no information"


def test_interval_of_a_constant_is_a_point():
    assert bootstrap_interval([1.0, 1.0, 1.0]) == (1.0, 1.0)


def test_the_block_size_does_not_change_the_interval(rng, monkeypatch):
    values = rng.normal(size=200)
    whole = bootstrap_interval(values)
    monkeypatch.setattr(bootstrap, "DRAWS_AT_ONCE", 1000)
    assert bootstrap_interval(values) == pytest.approx(whole)


def test_wrong_values_raise():
    with pytest.raises(ValueError, match="NaN"):
        bootstrap_interval([0.1, np.nan])
    with pytest.raises(ValueError, match="at least one value"):
        bootstrap_interval([])
    with pytest.raises(ValueError, match="one group per value"):
        bootstrap_interval([0.1, 0.2], groups=[0])
