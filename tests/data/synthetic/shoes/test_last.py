from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.synthetic.shoes.last import station_to_x, x_to_station


@given(st.floats(0, 1))
def test_station_to_x_is_the_inverse_of_x_to_station(x):
    assert station_to_x(x_to_station(x)) == pytest.approx(x, abs=1e-6)
