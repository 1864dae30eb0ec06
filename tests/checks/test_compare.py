"""What probe.compare passes, what it refuses, and which pattern it tells."""

import numpy as np
import pytest

from autograder.checks.outcome import CheckEndedError
from autograder.model import Verdict


def compared(probe, got, want, **options):
    """None when it passes, else the ids and the params of what is said."""
    try:
        probe().compare(np.asarray(got, float), np.asarray(want, float), **options)
    except CheckEndedError as ended:
        return {message.id: message.params for message in ended.messages} if ended.verdict is Verdict.FAILED else ended.verdict
    return None


RIGHT = np.array([[1.0, -2.0], [0.5, 4.0]])


def test_right_to_nine_digits_passes(probe):
    assert compared(probe, RIGHT * (1 + 9e-10), RIGHT) is None
    assert compared(probe, RIGHT * (1 + 2e-9), RIGHT) is not None
    assert compared(probe, RIGHT * 1.001, RIGHT, rtol=0.01) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("options", [{}, {"rtol": 1e300}, {"entrywise": True}])
def test_what_is_not_finite_is_never_a_pass(probe, bad, options):
    got = RIGHT.copy()
    got[0, 1] = bad
    said = compared(probe, got, RIGHT, **options)
    assert said["value.not_finite"] == {"name": "the result", "what": "NaN" if np.isnan(bad) else "inf", "count": 1, "total": 4}


def test_the_shape_comes_first(probe):
    said = compared(probe, np.full((2, 3), np.nan), RIGHT)
    assert said == {"value.shape": {"name": "the result", "got": "(2, 3)", "wanted": "(2, 2)"}}
    assert compared(probe, [1.0], 1.0)["value.shape"] == {"name": "the result", "got": "(1,)", "wanted": "a single number"}


def test_broadcasting_never_makes_a_match(probe):
    assert "value.shape" in compared(probe, 1.0, np.ones((3, 3)))


def test_where_the_right_value_is_0_a_billionth_is_not_near(probe):
    assert compared(probe, np.zeros(3), np.zeros(3)) is None
    assert compared(probe, np.full(3, 1e-13), np.zeros(3)) is None
    assert compared(probe, np.full(3, 1e-9), np.zeros(3)) is not None


def test_tiny_values_are_compared_by_their_own_size(probe):
    tiny = np.array([1e-200, 3e-200])
    assert compared(probe, tiny, tiny, entrywise=True) is None
    assert compared(probe, tiny * 1.1, tiny, entrywise=True) is not None
    assert compared(probe, tiny * 1.1, tiny) is not None


def test_huge_values_are_compared_by_their_own_size(probe):
    huge = np.array([1e200, -3e200])
    assert compared(probe, huge * (1 + 1e-12), huge) is None
    assert compared(probe, huge * 1.1, huge) is not None


def test_entry_by_entry_a_small_one_counts_as_much_as_a_large_one(probe):
    want = np.array([1e6, 1e-6])
    got = np.array([1e6, 2e-6])
    assert compared(probe, got, want) is None
    assert compared(probe, got, want, entrywise=True)["value.wrong_entries"] == {"name": "the result", "wrong": 1, "total": 2}


def test_nothing_to_compare_passes(probe):
    assert compared(probe, np.zeros((0, 3)), np.zeros((0, 3))) is None


@pytest.mark.parametrize("factor", [2.0, 1 / 7, -0.5])
def test_a_constant_factor_is_told(probe, factor):
    said = compared(probe, factor * RIGHT, RIGHT)
    assert list(said) == ["value.factor"]
    assert said["value.factor"]["factor"] == pytest.approx(factor, rel=1e-5)


def test_the_wrong_sign_and_the_transpose_are_told(probe):
    assert list(compared(probe, -RIGHT, RIGHT)) == ["value.sign"]
    assert list(compared(probe, RIGHT.T, RIGHT)) == ["value.transposed"]


def test_a_factor_of_a_single_number_is_no_pattern(probe):
    assert list(compared(probe, 3.0, 2.0)) == ["value.wrong_number"]


def test_a_factor_needs_three_entries_other_than_zero_and_each_of_them(probe):
    assert "value.factor" not in compared(probe, np.array([2.0, 4.0, 0.0]), np.array([1.0, 2.0, 0.0]))
    assert "value.factor" not in compared(probe, np.array([2.0, 4.0, 2e-12]), np.array([1.0, 2.0, 3e-12]))
    assert "value.factor" in compared(probe, np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))


def test_a_huge_error_is_far_off_and_no_number(probe):
    assert compared(probe, RIGHT * np.array([1e45, 2e45]), RIGHT)["value.far_off"] == {"name": "the result"}


def test_how_many_entries_are_wrong_is_told_unless_all_are(probe):
    assert compared(probe, RIGHT + np.diag([0, 1]), RIGHT)["value.wrong_entries"] == {"name": "the result", "wrong": 1, "total": 4}
    said = compared(probe, RIGHT + 1, RIGHT)["value.wrong"]
    assert said["error"] == pytest.approx(0.43, abs=0.01)
    assert said["allowed"] == 1e-9


def test_a_narrow_type_is_told_only_where_values_are_wrong(run_check):
    body = "z = np.array([0.1, 0.3])\nprobe.compare(student.double(z), 2 * z)"
    ids = [message.id for message in run_check(body, "double = lambda z: (2 * z).astype(np.float32)").messages]
    assert ids == ["value.wrong", "value.dtype"]
    assert [message.id for message in run_check(body, "double = lambda z: np.ones(3, np.float32)").messages] == ["value.shape"]
    assert run_check(body, "double = lambda z: 2 * z").verdict is Verdict.PASSED


def test_the_call_whose_result_is_wrong_is_the_one_that_is_told(run_check):
    body = "a = student.one(1.0)\nb = student.two(2.0)\nprobe.compare(a, 2)"
    ended = run_check(body, "one = lambda z: np.array(1.0)\ntwo = lambda z: z")
    assert ended.exchange == 0
    assert ended.messages[0].params["name"] == "one"


def test_of_several_values_the_wrong_one_is_told(run_check):
    body = """
    number, (array, rest) = student.f(returns=(NUMBER, (ARRAY, {"W": ARRAY})))
    probe.compare(array, np.ones(2))
    probe.compare(rest["W"], np.ones(3))
    """
    [said, *_] = run_check(body, "f = lambda: (1, [np.ones(2), {'W': np.zeros(3)}])").messages
    assert said.params["name"] == "f[1][1]['W']"


def test_a_reference_that_is_not_finite_is_no_students_fault(probe):
    with pytest.raises(ValueError, match="the right values are not finite"):
        probe().compare(RIGHT, RIGHT * np.nan)


def test_require_ends_the_check_with_its_sentence(run_check):
    ended = run_check('probe.require(1 > 2, "One is not more than two.")')
    assert ended.verdict is Verdict.FAILED
    assert [(message.id, message.params) for message in ended.messages] == [("value.require", {"text": "One is not more than two."})]
    assert run_check('probe.require(np.bool_(True), "")').verdict is Verdict.PASSED
