"""Names of students: safe as folders, distinct in one batch."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.sources.names import clean_name, distinct


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna", "anna"),
        ("Zoë Müller", "Zoë Müller"),
        ("李雷", "李雷"),
        ("../../etc", "_.._etc"),
        ("a/b\\c:d", "a_b_c_d"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (".hidden. ", "hidden"),
        ("a\u202egnp", "a_gnp"),
        ("a\u200bb\u2066", "a_b_"),
        ("a\nb\x00\x1b[", "a_b__["),
        ("\ud800x", "_x"),
        ("\ufb01n", "fin"),
        ("\uff0e\uff0e\uff0fetc", "_etc"),
        ("Zoe\u0308", "Zoë"),
        ("con", "_con"),
        ("LPT1.old", "_LPT1.old"),
        ("constance", "constance"),
    ],
)
def test_a_name_is_made_safe_as_documented(text, name):
    assert clean_name(text) == name


@given(st.text() | st.text(alphabet="./\\ \u202e\u0301\uff0fa"))
def test_any_text_becomes_one_safe_folder_name(text):
    name = clean_name(text)
    assert 0 < len(name.encode()) <= 120
    assert name not in (".", "..")
    assert not set(name) & set('/\\:*?"<>|')
    assert not [letter for letter in name if unicodedata.category(letter)[0] == "C"]


def test_a_long_name_is_cut_between_letters():
    assert clean_name("é" * 100) == "é" * 60


def test_places_that_differ_in_the_stem_are_named_by_it():
    assert distinct([("a", "anna"), ("b", "bert")]) == ["anna", "bert"]


def test_places_alike_are_told_apart_by_their_parents_all_of_them():
    assert distinct([("x", "anna", "hw"), ("x", "bert", "hw"), ("x", "carl")]) == ["anna-hw", "bert-hw", "carl"]
    assert distinct([("1", "a", "hw"), ("2", "a", "hw")]) == ["1-a-hw", "2-a-hw"]


def test_names_that_differ_by_case_only_are_alike():
    assert distinct([("a", "Anna"), ("b", "anna")]) == ["a-Anna", "b-anna"]


def test_a_name_does_not_depend_on_the_order():
    places = [("a", "hw"), ("b", "hw"), ("c", "x")]
    assert dict(zip(places, distinct(places), strict=True)) == dict(zip(places[::-1], distinct(places[::-1]), strict=True))


def test_what_the_parents_can_not_tell_apart_is_numbered():
    assert distinct([("a?", "hw"), ("a*", "hw"), ("hw-2",)]) == ["hw", "hw-3", "hw-2"]
    assert distinct([("b", "a?", "hw"), ("b", "a*", "hw"), ("b", "c", "hw")]) == ["a_-hw", "a_-hw-2", "c-hw"]
    assert distinct([("x",), ("x",), ("x-2",), ("X",)]) == ["x", "x-3", "x-2", "X-4"]


@given(st.lists(st.lists(st.text(alphabet="aAé./?", max_size=3), min_size=1, max_size=3), max_size=12))
def test_no_two_places_ever_share_a_name(places):
    names = [name.casefold() for name in distinct(places)]
    assert len(set(names)) == len(places)
    assert [clean_name(name) for name in distinct(places)] == distinct(places)  # else one's report could take another's place


def test_names_that_only_their_ends_tell_apart_are_numbered_within_the_length():
    names = distinct([("x", "W" * 130 + end) for end in "abc"])
    assert names == ["W" * 120, "W" * 118 + "-2", "W" * 118 + "-3"]
    assert [clean_name(name) for name in names] == names


def test_places_that_nothing_tells_apart_get_no_parents():
    assert distinct([("secret", "place", "Anna"), ("secret", "place", "anna")]) == ["Anna", "anna-2"]


def test_many_names_that_are_alike_take_no_time():
    began = time.perf_counter()
    assert len(set(distinct([("x", "W" * 130 + str(number)) for number in range(5_000)]))) == 5_000
    assert len(set(distinct([(first, *"a" * 2_000, "x") for first in "bc"]))) == 2
    assert time.perf_counter() - began < 5
