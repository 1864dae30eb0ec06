"""Judges one conversation of a `Session` with a scripted box, from the first request to the verdict on every value."""

import json
import math
import select
import struct
import time
from contextlib import suppress
from types import SimpleNamespace

from demands import FindingError, demand, demand_message, demand_text
from harness import instrumented
from peer import Wired
from wire_frames import PATIENT_SECONDS, announced, written
from wire_inputs import CELL, DEFINE, PLANS, RIGHT, ask

with instrumented("autograder.sandbox", "autograder.checks"):
    import numpy as np

    from autograder.checks.kinds import ARRAY, HANDLE, INTEGER, NUMBER, bounded, convert
    from autograder.checks.outcome import CheckEndedError
    from autograder.checks.probe import Probe
    from autograder.checks.student import Exchange
    from autograder.sandbox.box import Box
    from autograder.sandbox.inside.values import Handle
    from autograder.sandbox.session import BoxEndedError, BoxLine, Call, Outcome, Session

TOLERANCE = 1e-9
SHORT_SECONDS, SLACK_SECONDS = 0.003, 1.0
WANTED = (ARRAY, NUMBER, INTEGER, (ARRAY, NUMBER, INTEGER, HANDLE))


class CountedBox(Box):
    """A box without a process."""

    kills = 0

    def kill(self):
        """End it, and count."""
        self.kills += 1
        super().kill()


def converse(script):
    """Have the conversation; gives how it ended."""
    wired = Wired.pair(script, announced)
    box = CountedBox(wired, -1)
    seconds = SHORT_SECONDS if script.end in ("stall", "urgent") else PATIENT_SECONDS
    session = Session(BoxLine(box, time.monotonic() + 60), seconds)
    try:
        wired.say(script.parts[0].content(announced))
        return _talk(script, wired, box, session, seconds)
    finally:
        session.close()
        wired.close()


def _talk(script, wired, box, session, seconds):
    for answered, request in enumerate(PLANS[script.plan % len(PLANS)]):
        wired.flush()
        waits, asked = _is_readable(wired), len(wired.ids)
        begun = time.monotonic()
        try:
            got = ask(session, request, seconds)
        except BoxEndedError as ended:
            demand(time.monotonic() - begun < seconds + SLACK_SECONDS, "waited beyond the deadline", time.monotonic() - begun)
            _demand_end(script, wired, box, session, ended.reason, early=waits and len(wired.ids) == asked)
            return f"{ended.reason} after {answered}" if answered else ended.reason
        demand(not waits, "an answer taken from a box that spoke before it was asked")
        answer = wired.said
        length = struct.unpack_from("<I", answer)[0]
        demand(json.loads(answer[4 : 4 + length])["id"].encode() == wired.ids[-1], "an answer taken that bears another id", answer[:200])
        _judge_answer(request, got)
    return "answered"


def _is_readable(wired):
    poll = select.poll()
    poll.register(wired, select.POLLIN)
    return bool(poll.poll(0))


def _demand_end(script, wired, box, session, reason, *, early):
    demand(reason in ("time", "died", "protocol"), "another reason", reason)
    demand(reason != "time" or script.end in ("stall", "urgent"), "a deadline passed with nothing to wait for")
    demand(reason != "died" or script.end in ("close", "unread"), "a box that lives is called dead")
    demand(not early or reason in ("protocol", "died"), "words before a request are no breach", reason)
    demand(box.kills == 1 and wired.fileno() == -1, "the box lives on", reason, box.kills)
    with suppress(BoxEndedError):
        session.call(Call("f"))
        raise FindingError("a box that has ended answers")


def _judge_answer(request, got):
    if request == DEFINE:
        demand(type(got) is Handle and type(got.id) is int, "no handle", got)
        return
    outcomes = [got] if request == CELL else got
    demand(type(outcomes) is list and len(outcomes) == (1 if request == CELL else len(request)), "more or fewer outcomes than calls", got)
    for call, outcome in zip([None] if request == CELL else request, outcomes, strict=True):
        _judge_outcome(call, outcome)


def _judge_outcome(call, outcome):
    demand(type(outcome) is Outcome, "no outcome", outcome)
    demand(type(outcome.printed) is int and 0 <= outcome.printed <= 1 << 62, "printed beyond its bounds", outcome.printed)
    failure = outcome.failure
    if failure is not None:
        demand(outcome.value is None and outcome.after is None, "a failed call with a value", outcome)
        demand_text(failure.type, 80, "a type's name")
        demand(failure.type.isidentifier() and type(failure.known) is bool, "a failure out of its bounds", failure)
        demand_text(failure.text, 500, "an exception's text")
        for text, longest in ((failure.cell, 200), (failure.module, 80), (failure.misfit, 200)):
            if text is not None:
                demand_text(text, longest, "a field of a failure")
        demand(failure.line is None or (type(failure.line) is int and 0 < failure.line < 1_000_000), "a line out of bounds", failure.line)
        return
    written(outcome.value, [])
    demand(outcome.after is None or type(outcome.after) is tuple, "arguments afterwards that are no tuple", outcome.after)
    if call is None:
        demand(outcome.value is None and outcome.after is None, "a cell with a value", outcome)
        return
    demand((outcome.after is not None) == call.after, "arguments afterwards that nobody asked for, or none", outcome)
    if call.after:
        demand(len(outcome.after) == len(call.args) + len(call.kwargs), "more or fewer arguments afterwards", outcome.after)
    for wanted in WANTED:
        _judge_verdict(call, outcome, wanted)


def _judge_verdict(call, outcome, wanted):
    """What a check makes of the value: converts it to what it wants, and compares that with the right one."""
    try:
        value = convert(bounded(outcome).value, wanted, "f")
    except CheckEndedError as refused:
        for message in refused.messages:
            demand_message(message)
        return
    first, right = (value, RIGHT) if wanted is ARRAY else (value[0], RIGHT) if isinstance(wanted, tuple) else (value, 1.0)
    demand(type(first) is {NUMBER: float, INTEGER: int}.get(wanted, np.ndarray), "a value of another kind than wanted", value)
    student = SimpleNamespace(exchanges=[Exchange(call, outcome, value)])
    for entrywise in (False, True):
        try:
            Probe(1, student).compare(first, right, entrywise=entrywise)
        except CheckEndedError as ended:
            for message in ended.messages:
                demand_message(message)
        else:
            demand(_is_right(first, right), "a wrong value passes", first, right)


def _is_right(got, right):
    """Whether a value is the right one, told by plain arithmetic."""
    got, right = np.asarray(got), np.asarray(right)
    if got.shape != right.shape:
        return False
    pairs = list(zip(map(float, got.ravel()), map(float, right.ravel()), strict=True))
    off, size = math.hypot(*(one - other for one, other in pairs)), math.hypot(*(other for _, other in pairs))
    return all(math.isfinite(one) for one, _ in pairs) and off <= 1.001 * TOLERANCE * size
