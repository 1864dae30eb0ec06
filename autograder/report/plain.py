"""Make untrusted text fit to print. In: any str. Out: a str without terminal sequences or hidden characters; no format's own escapes."""

import re
import unicodedata

# CSI and OSC sequences, then two-character escapes (ECMA-48, section 5.4); an unterminated OSC is left to `_HIDDEN`, which shows it.
_TERMINAL = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]")
_NEWLINES = re.compile(r"\r\n?")
_CANDIDATES = re.compile(r"[^\n\t\x20-\x7e]")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Joiners and variation selectors shape honest names and emoji: they go without a trace instead of leaving a mark in the middle.
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
MOST_ACCENTS = 6
"""On one letter. Honest writing has up to four; a pile of them reaches over the lines above and below."""
_ACCENTS = frozenset({"Mn", "Me"})
# Letters by category, blank on the page: Hangul fillers, the Braille blank, the Mongolian vowel separator.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u180e")


def _is_hidden(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _BLANKS or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    )


def _mark(match: re.Match[str]) -> str:
    character = match.group()
    if character in _JOINERS:
        return ""
    return f"[U+{ord(character):04X}]" if _is_hidden(character) else character


def _drop(match: re.Match[str]) -> str:
    character = match.group()
    return "" if character in _JOINERS or _is_hidden(character) else character


def _without_sequences(text: str) -> str:
    return _NEWLINES.sub("\n", _TERMINAL.sub("", text))


def _unpiled(text: str) -> str:
    """`text` with at most `MOST_ACCENTS` on each letter."""
    if text.isascii():
        return text
    kept, accents = [], 0
    for character in text:
        accents = accents + 1 if unicodedata.category(character) in _ACCENTS else 0
        if accents <= MOST_ACCENTS:
            kept.append(character)
    return "".join(kept)


def visible(text: str) -> str:
    """`text` with each control, bidirectional, zero-width or unpaired character shown as [U+202E]; newlines and tabs stay."""
    return _unpiled(_CANDIDATES.sub(_mark, _without_sequences(text)))


def stripped(text: str) -> str:
    """`text` without the characters that `visible` would show as marks; newlines and tabs stay."""
    return _unpiled(_CANDIDATES.sub(_drop, _without_sequences(text)))


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of `text`; an ellipsis is the last of them where something was left out."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
