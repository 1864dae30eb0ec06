"""Strict JSON: what is taken, what is refused and why, and that refusing is quick."""

import contextlib
import json
import math
import pickle
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder import jsonio
from autograder.jsonio import JsonError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def loads(data, max_bytes=1 << 20, max_depth=50):
    return jsonio.loads(data, max_bytes=max_bytes, max_depth=max_depth)


def refusal(data, **caps):
    with pytest.raises(JsonError) as caught:
        loads(data, **caps)
    return caught.value


@given(JSON)
def test_what_is_dumped_loads_as_the_same_value(value):
    assert loads(jsonio.dumps(value), max_depth=200) == value


@given(JSON)
def test_dumps_is_canonical(value):
    assert jsonio.dumps(loads(jsonio.dumps(value), max_depth=200)) == jsonio.dumps(value)


@given(st.binary())
@example(b"\xff\xfe[\x00]\x00")
def test_any_bytes_give_a_value_or_a_json_error(data):
    with contextlib.suppress(JsonError):
        assert isinstance(loads(data), str | int | float | list | dict | None)


@given(JSON.map(lambda value: json.dumps(value).encode()))
def test_what_python_writes_is_read_as_python_reads_it(data):
    assert loads(data, max_depth=200) == json.loads(data)


def test_names_are_sorted_and_nothing_stands_between_tokens():
    assert jsonio.dumps({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'.encode()


def test_a_text_over_the_byte_cap_is_refused_unread():
    error = refusal(b"[" * 11, max_bytes=10)
    assert (error.reason, str(error)) == ("too_large", "it has 11 bytes; at most 10 are taken")


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"\xef\xbb\xbf{}", "it starts with a byte order mark"),
        ("{}".encode("utf-16"), "it is not UTF-8 (byte 0)"),
        ("{}".encode("utf-16-le"), "it holds zero bytes, as UTF-16 does"),
        (b'"\xff"', "it is not UTF-8 (byte 1)"),
        (b'"\xed\xa0\x80"', "it is not UTF-8 (byte 1)"),
    ],
)
def test_only_utf8_without_a_mark_is_taken(data, detail):
    error = refusal(data)
    assert (error.reason, str(error)) == ("encoding", detail)


def test_depth_is_counted_outside_strings_only():
    assert loads(b'["[[[[", "\\"[[[["]', max_depth=1) == ["[[[[", '"[[[[']
    assert loads(b"[[]]", max_depth=2) == [[]]
    assert str(refusal(b"[[[]]]", max_depth=2)) == "lists and objects stand more than 2 deep in one another"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_hundred_thousand_levels_are_refused_at_once(opening):
    began = time.perf_counter()
    assert refusal(opening * 100_000).reason == "too_deep"
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("depth", [0, 201])
def test_a_depth_cap_that_could_exhaust_the_stack_is_refused(depth):
    with pytest.raises(ValueError, match=rf"max_depth must be in 1 to 200 \(got {depth}\)"):
        loads(b"[]", max_depth=depth)


def test_a_number_of_ten_million_digits_is_refused_at_once():
    began = time.perf_counter()
    error = refusal(b"[" + b"9" * 10_000_000 + b"]", max_bytes=32 << 20)
    assert (error.reason, str(error)) == ("number", "a number has more than 1000 digits")
    assert time.perf_counter() - began < 2


def test_many_numbers_just_under_the_digit_cap_take_linear_time():
    began = time.perf_counter()
    assert len(loads(b"[" + b",".join([b"9" * 999] * 2000) + b"]", max_bytes=32 << 20)) == 2000
    assert time.perf_counter() - began < 2


def test_an_unclosed_string_full_of_escaped_quotes_takes_linear_time():
    began = time.perf_counter()
    assert refusal(b'"' + b'\\"' * 1_000_000, max_bytes=32 << 20).reason == "syntax"
    assert time.perf_counter() - began < 2


def test_more_values_than_the_cap_are_refused_before_they_are_built():
    error = refusal(b"[" + b"[]," * 1_500_000 + b"[]]", max_bytes=32 << 20)
    assert (error.reason, str(error)) == ("too_many_values", "it holds more than 2000000 strings, lists and objects")


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_json_lacks_are_refused(name):
    error = refusal(f"[{name}]".encode())
    assert (error.reason, str(error)) == ("number", f"{name} is not JSON")


def test_a_float_that_overflows_is_refused_not_infinite():
    assert str(refusal(b"1e999")) == "1e999 is too large for a float"


def test_a_name_twice_is_refused_whichever_value_it_has():
    error = refusal(b'{"a": 1, "b": {"c": 1, "c": 1}}')
    assert (error.reason, str(error)) == ("duplicate_key", "an object holds the name 'c' twice")


@pytest.mark.parametrize("data", [b'"\\ud800"', b'["\\uDC00"]', b'{"\\ud83d": 1}', b'{"a": "\\ud83dx"}'])
def test_half_a_surrogate_pair_is_refused(data):
    error = refusal(data)
    assert (error.reason, str(error)) == ("surrogate", "a string holds half of a surrogate pair")


def test_a_whole_surrogate_pair_and_an_escaped_backslash_are_read():
    assert loads(b'["\\ud83d\\ude00", "\\\\ud800"]') == ["\U0001f600", "\\ud800"]


@pytest.mark.parametrize("data", [b"", b"[1,]", b"{'a': 1}", b'"\n"', b"[1] 2", b"01", b"[", b'"abc\\'])
def test_what_is_not_json_is_told_with_its_place(data):
    error = refusal(data)
    assert error.reason == "syntax"
    assert "line 1" in str(error) or "line 2" in str(error)


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
def test_dumps_refuses_what_is_not_a_number(value):
    with pytest.raises(JsonError, match="NaN and infinities have no place in JSON"):
        jsonio.dumps(value)


def test_dumps_refuses_half_a_surrogate_pair():
    with pytest.raises(JsonError, match="a string holds half of a surrogate pair"):
        jsonio.dumps("\ud800")


def test_the_error_survives_pickling():
    error = pickle.loads(pickle.dumps(JsonError("number", "a number")))
    assert (error.reason, str(error)) == ("number", "a number")
