"""What a fuzzer demands of any message and text; a demand that is not met is a finding."""

from autograder.model import Message
from autograder.report.messages import render
from autograder.report.plain import visible

LONGEST_SENTENCE = 4000


class FindingError(AssertionError):
    """Something came out that must not."""


def demand(condition, what, *values):
    """Raise unless `condition` holds; `values` say with what."""
    if not condition:
        raise FindingError(f"{what}: {', '.join(repr(value)[:300] for value in values)}" if values else what)


def demand_text(text, longest, what):
    """A str that any file can hold, of at most `longest` characters."""
    demand(type(text) is str, f"{what} is no text", text)
    demand(len(text) <= longest, f"{what} has {len(text)} characters", text[:80])
    try:
        text.encode()
    except UnicodeEncodeError:
        raise FindingError(f"{what} can't be written in UTF-8: {text[:80]!r}") from None


def demand_message(message):
    """One of the catalogue, with plain parameters that any reader of the report can hold, and a sentence fit to print."""
    demand(type(message) is Message, "no message", message)
    for name, value in message.params.items():
        demand(value is None or type(value) in (str, int, float, bool), "a parameter of no plain type", message.id, name, value)
        if type(value) is int:
            demand(-(2**63) <= value < 2**64, "a parameter beyond 64 bits", message.id, name, value)
        if type(value) is float:
            demand(value - value == 0, "a parameter that is not finite", message.id, name, value)
        if type(value) is str:
            demand_text(value, LONGEST_SENTENCE, f"parameter {name} of {message.id}")
    sentence = render(message)
    demand_text(sentence, LONGEST_SENTENCE, f"the sentence of {message.id}")
    demand(visible(sentence) == sentence, "a sentence with hidden characters", sentence)
