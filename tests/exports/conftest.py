import dataclasses
from enum import Enum
from pathlib import Path

import pytest

from autograder.model import Message
from autograder.report import codec

GOLDEN = Path(__file__).parents[1] / "golden"
CLASSROOM = ("report", "all_right", "fault", "alpha", "rejected")


def read(name):
    return codec.loads((GOLDEN / f"{name}.json").read_bytes())


def with_text(value, text):
    """`value` with every text that comes from outside replaced by `text`, ids of messages left."""
    if isinstance(value, Message):
        return Message(value.id, {name: text if isinstance(param, str) else param for name, param in value.params.items()})
    if isinstance(value, Enum):
        return value
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(
            value, **{field.name: with_text(getattr(value, field.name), text) for field in dataclasses.fields(value)}
        )
    if isinstance(value, tuple):
        return tuple(with_text(item, text) for item in value)
    if isinstance(value, dict):
        return {text if isinstance(item, str) else name: with_text(item, text) for name, item in value.items()}
    return text if isinstance(value, str) else value


@pytest.fixture(scope="session")
def report():
    """One fixed report that uses every field."""
    return read("report")


@pytest.fixture(scope="session")
def classroom():
    """A fixed class: mistakes named, all right, our fault, out of time, turned away."""
    return [read(name) for name in CLASSROOM]


@pytest.fixture(
    params=[
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        '"\' onmouseover=alert(1) x="</style></title></textarea>-->',
        "]]>&amp;&#x3c;script&#x3e;<![CDATA[",
        "=cmd|' /C calc'!A0",
        "@SUM(1)\n+1\r-2\t=3",
        "\x1b[31mred\x1b]0;t\x07\x9b2J\x00\x08\x85\ufffe\uffff",
        "\u202eevil\u2066\u200b\ufeff\u2028\U000e0041",
        "\ud800 half \udfff",
        "`code` `</code><script>` ../../..%2f javascript:alert(1)",
        "long" * 2_000,
        "",
    ],
    ids=["script", "attribute", "entity", "formula", "lines", "control", "bidi", "surrogate", "backtick", "long", "empty"],
)
def hostile(request, classroom):
    """The class, with one hostile string in the place of every text from outside."""
    return [with_text(report, request.param) for report in classroom]
