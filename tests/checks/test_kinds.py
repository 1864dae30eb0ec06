import tracemalloc

import numpy as np
import pytest

from autograder.checks.kinds import ARRAY, HANDLE, INTEGER, MOST_NUMBERS, NUMBER, bounded, convert, describe, returns
from autograder.checks.outcome import CheckEndedError
from autograder.model import Verdict
from autograder.sandbox.inside.values import Handle, Opaque, Tensor
from autograder.sandbox.session import Outcome

SECRET = 0.123456789


def refused(value, wanted=ARRAY):
    """The message for a value that is refused: its id, and what it says was got."""
    with pytest.raises(CheckEndedError) as ended:
        convert(value, wanted, "f")
    assert ended.value.verdict is Verdict.FAILED
    [message] = ended.value.messages
    assert message.params["name"].startswith("f")
    return message.id, message.params.get("got"), message.params.get("wanted")


@pytest.mark.parametrize(
    "value",
    [
        np.array([1.0, 2.0]),
        np.array([1, 2]),
        np.array([1, 2], np.uint8),
        np.array([1, 2], np.float16),
        Tensor("float32", np.array([1, 2], np.float32)),
        [1, 2],
        (1.0, 2),
        [np.array(1.0), np.array(2)],
    ],
    ids=repr,
)
def test_an_array_is_float64_however_it_came(value):
    got = convert(value, ARRAY, "f")
    assert got.dtype == np.float64
    assert got.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("value", [3, 3.0, True, np.array(3), np.array(3.0, np.float32), Tensor("int64", np.array(3))], ids=repr)
def test_a_number_is_a_float_however_it_came(value):
    assert convert(value, NUMBER, "f") == (1.0 if value is True else 3.0)
    assert type(convert(value, NUMBER, "f")) is float
    assert convert(value, ARRAY, "f").shape == ()


@pytest.mark.parametrize("value", [20, 20.0, np.array(20.0), np.array(20)], ids=repr)
def test_a_whole_number_is_an_int_however_it_came(value):
    assert convert(value, INTEGER, "f") == 20
    assert type(convert(value, INTEGER, "f")) is int


@pytest.mark.parametrize("value", [20.5, float("nan"), float("inf"), np.array([20]), "20", None, np.array(20.5)], ids=repr)
def test_what_is_not_whole_is_no_whole_number(value):
    refused(value, INTEGER)


def test_an_array_of_one_is_no_number():
    assert refused(np.array([3.0]), NUMBER) == ("value.kind", "an array of float64 with shape (1,)", "a number")
    assert refused([3.0], NUMBER) == ("value.kind", "a list of 1", "a number")


def test_nan_is_a_number_and_left_to_the_comparison():
    assert np.isnan(convert(float("nan"), NUMBER, "f"))


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("text", "a string"),
        (np.array([1j]), "an array of complex128 with shape (1,)"),
        (np.array(1j), "a single complex128"),
        ({"a": 1}, "a dict of 1"),
        ([[1, 2], [3]], "a list of 2"),
        ([1, None], "a list of 2"),
        ([1, "2"], "a list of 2"),
        (Handle(3), "an object"),
        (Opaque("set"), "a value of type set"),
        (Opaque("array of dtype object"), "an array of dtype object"),
        (Opaque("array of dtype str96"), "an array of dtype str"),
        (Opaque("array of dtype float128"), "an array of dtype float128"),
        (Opaque("int beyond 64 bits"), "an int beyond 64 bits"),
        (Opaque("list nested too deep"), "a list nested too deep"),
        (Opaque("dict with keys that are not short strings"), "a dict with keys that are not short strings"),
        (Opaque("a collection of more than 20000 values"), "a collection of more than 20000 values"),
        (Opaque("more than 64 MiB of values"), "more than 64 MiB of values"),
        (Tensor("bool", np.array([[True]]).astype(complex)), "a tensor of bool with shape (1, 1)"),
    ],
)
def test_what_is_no_array_is_refused_by_its_kind(value, got):
    assert refused(value) == ("value.kind", got, "an array of real numbers")


def test_none_has_a_message_of_its_own():
    assert refused(None)[0] == refused(None, NUMBER)[0] == refused((1, None), (NUMBER, NUMBER))[0] == "value.none"


def test_a_list_may_hold_tensors():
    norms = [Tensor("float64", np.array(2.0)), 3.0, Tensor("float32", np.array(0.5, np.float32))]
    assert convert(norms, ARRAY, "f").tolist() == [2.0, 3.0, 0.5]
    assert convert(tuple(norms), (NUMBER, ARRAY, NUMBER), "f")[2] == 0.5
    assert convert([[Tensor("int64", np.array([1, 2]))]], ARRAY, "f").shape == (1, 1, 2)
    assert refused([Tensor("complex64", np.array(1j))], ARRAY)[0] == "value.kind"


def test_a_list_of_strings_is_refused_before_each_is_made_as_long_as_the_longest():
    tracemalloc.start()
    try:
        assert refused(["x" * 60_000] + [""] * 1000, ARRAY) == ("value.kind", "a list of 1001", "an array of real numbers")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20  # a string of numpy's has four bytes for each letter of the longest
    finally:
        tracemalloc.stop()


def test_a_tuple_of_kinds_takes_a_list_as_well():
    assert convert([2, [1, 2]], (INTEGER, ARRAY), "f")[0] == 2
    number, (handle, array) = convert((2.0, [Handle(1), 3]), (NUMBER, (HANDLE, ARRAY)), "f")
    assert (number, handle, array.shape) == (2.0, Handle(1), ())


@pytest.mark.parametrize("value", [3.0, (1, 2), (1, 2, 3, 4), np.zeros(3), {"a": 1}, "abc"], ids=repr)
def test_another_count_of_values_is_refused(value):
    assert refused(value, (NUMBER, NUMBER, NUMBER))[::2] == ("value.kind", "3 values")


def test_of_several_values_the_wrong_one_is_named():
    with pytest.raises(CheckEndedError) as ended:
        convert((1, "x"), (NUMBER, NUMBER), "f")
    assert ended.value.messages[0].params["name"] == "f[1]"


def test_a_dictionary_of_kinds_takes_its_keys_in_any_order():
    wanted = {"W": ARRAY, "rest": (NUMBER, {"b": INTEGER})}
    got = convert({"rest": [1, {"b": 2.0}], "W": [1, 2]}, wanted, "f")
    assert got["W"].tolist() == [1.0, 2.0]
    assert got["rest"] == (1.0, {"b": 2})
    assert list(got) == ["W", "rest"]
    assert returns(wanted) == "value"
    assert returns((HANDLE, wanted)) == ["handle", "value"]


@pytest.mark.parametrize("value", [{"W": 1}, {"W": 1, "b": 2, "c": 3}, {}, [("W", 1), ("b", 2)], np.zeros(2)], ids=str)
def test_a_dictionary_with_other_keys_is_refused(value):
    assert refused(value, {"W": NUMBER, "b": NUMBER})[::2] == ("value.kind", "a dictionary with the keys 'W', 'b'")


def test_of_a_dictionary_the_wrong_value_is_named():
    with pytest.raises(CheckEndedError) as ended:
        convert((1, {"W": "x"}), (NUMBER, {"W": NUMBER}), "f")
    assert ended.value.messages[0].params["name"] == "f[1]['W']"


def test_a_handle_is_nothing_else():
    assert convert(Handle(5), HANDLE, "f") == Handle(5)
    assert refused(3.0, HANDLE) == ("value.kind", "a number", "an object")


@pytest.mark.parametrize(
    "value",
    [
        str(SECRET),
        SECRET,
        [SECRET],
        {str(SECRET): SECRET},
        np.array([SECRET]),
        Opaque(f"Secret{SECRET}"),
        Opaque(f"array of dtype {SECRET}"),
        Opaque("array of dtype object" + str(SECRET)),
        Opaque(f"secret\n{SECRET}"),
        np.zeros((0, 123456789)),
        np.zeros((1,) * 12),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_contents_of_a_value_never_stand_in_its_description(value):
    assert "12345" not in describe(value)
    assert "1, 1, 1, 1, 1, 1, 1" not in describe(value)


def test_what_travels_is_asked_for_as_the_wire_has_it():
    assert returns(ARRAY) == returns(NUMBER) == "value"
    assert returns((ARRAY, (HANDLE, NUMBER))) == ["value", ["handle", "value"]]


@pytest.mark.parametrize(
    "value", [np.zeros(MOST_NUMBERS + 1, bool), [np.zeros(MOST_NUMBERS), 1.0], {"a": (np.zeros((MOST_NUMBERS, 2), np.int8),)}]
)
def test_an_answer_of_too_many_numbers_is_let_go_before_it_is_widened(value):
    held = bounded(Outcome(value, after=(value,)))
    assert held.value == Opaque(f"more than {MOST_NUMBERS} numbers")
    assert held.after is None
    with pytest.raises(CheckEndedError) as refused:
        convert(held.value, ARRAY, "f")
    assert refused.value.messages[0].params["got"] == f"more than {MOST_NUMBERS} numbers"


def test_an_answer_of_just_so_many_numbers_is_kept():
    outcome = Outcome(np.zeros(MOST_NUMBERS))
    assert bounded(outcome) is outcome
