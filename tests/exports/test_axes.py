import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.exports.axes import axis


def labels(values, *, log=False):
    return [label for _, label in axis(values, log=log).ticks]


def test_ticks_are_round_numbers():
    assert labels([-4, 2.0]) == ["−4", "−2", "0", "2"]  # noqa: RUF001  (a minus sign, as on the page)
    assert labels([0, 1]) == ["0", "1"]
    assert labels([0.0, 0.9]) == ["0", "0.2", "0.4", "0.6", "0.8"]
    assert labels([1, 20]) == ["5", "10", "15", "20"]


def test_layers_get_whole_numbers():
    assert labels([1, 2, 3]) == ["1", "2", "3"]


def test_a_logarithmic_axis_has_powers_of_ten():
    assert labels([1e-12, 1.0], log=True) == ["10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"]
    assert labels([3.0], log=True) == ["1", "10"]
    assert len(labels([5e-324, 1e308], log=True)) <= 8


def test_a_value_without_a_place_has_none():
    logarithmic = axis([1e-3, 1.0], log=True)
    assert logarithmic.places([0.0, -1.0, math.nan, math.inf, None]) == [None] * 5
    assert logarithmic.places([1e-3, 1.0]) == [0.0, 1.0]
    assert axis([0.0, 2.0]).places([1.0]) == [0.5]


@pytest.mark.parametrize("log", [False, True])
@given(values=st.lists(st.none() | st.floats(), max_size=8))
def test_whatever_the_values_the_axis_holds_them_and_has_few_distinct_ticks(log, values):
    found = axis(values, log=log)
    assert math.isfinite(found.low)
    assert found.low < found.high
    places = found.places(values)
    assert len(places) == len(values)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places if place is not None)
    assert len(found.ticks) <= 9
    assert all(-1e-6 <= place <= 1 + 1e-6 for place, _ in found.ticks)
    assert len(set(found.ticks)) == len(found.ticks)
