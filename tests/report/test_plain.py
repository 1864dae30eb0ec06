import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.report.plain import MOST_ACCENTS, shortened, stripped, visible


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("plain text, naïve 漢字 😀", "plain text, naïve 漢字 😀"),
        ("a\tb\nc\r\nd\re", "a\tb\nc\nd\ne"),
        ("\x1b[1;31mred\x1b[0m \x9b2Jgone \x1b]0;title\x07kept \x1b]8;;http://x\x1b\\link", "red gone kept link"),
        ("\x1b]no end", "[U+001B]]no end"),
        ("nul\x00bell\x07del\x7fnel\x85", "nul[U+0000]bell[U+0007]del[U+007F]nel[U+0085]"),
        ("abc\u202efed\u2066x\u200b\ufeff\u00ad", "abc[U+202E]fed[U+2066]x[U+200B][U+FEFF][U+00AD]"),
        ("line\u2028end\u2029", "line[U+2028]end[U+2029]"),
        ("lone\ud800 half\udfff", "lone[U+D800] half[U+DFFF]"),
        ("none\ufffe\uffff\ufdd0\U0001ffff", "none[U+FFFE][U+FFFF][U+FDD0][U+1FFFF]"),
        ("blank\u3164\u2800", "blank[U+3164][U+2800]"),
        ("tag\U000e0041", "tag[U+E0041]"),
        ("family 👩\u200d👧 می\u200cشود ❤\ufe0f", "family 👩👧 میشود ❤"),
    ],
)
def test_hidden_characters_are_shown(raw, seen):
    assert visible(raw) == seen


def test_stripping_leaves_what_is_not_hidden():
    assert stripped("a\x00b\u202ec\x1b[31md\ne\t") == "abcd\ne\t"


@given(st.text(st.characters()))
def test_nothing_hidden_is_left(raw):
    for shown in (visible(raw), stripped(raw)):
        assert not any(unicodedata.category(character) in {"Cf", "Cs", "Zl", "Zp"} for character in shown)
        assert not any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in shown)
        assert shown.encode("utf-8").decode("utf-8") == shown
        assert visible(shown) == shown


@given(st.text(), st.integers(1, 20))
def test_shortened_text_keeps_to_its_limit_and_says_so(text, limit):
    short = shortened(text, limit)
    assert len(short) <= limit
    assert short == text if len(text) <= limit else short == text[: limit - 1] + "…"


def test_accents_do_not_pile_up_on_a_letter():
    assert visible("Z" + "\u0300" * 60 + "oe\u0308") == "Z" + "\u0300" * MOST_ACCENTS + "oe\u0308"
    assert stripped("Z" + "\u0300\u200d" * 60) == "Z" + "\u0300" * MOST_ACCENTS
