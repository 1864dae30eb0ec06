"""Fuzz what reads the wire: every answer that a hostile box could send, from bytes on the socket to the verdict that follows from them.

An input is a conversation from the box's side (see peer.py), of one to five frames: what it sends before and after each real request of a
`Session`, with the right id, an earlier or a wrong one, in any pieces, more than was asked for, too early, too late or never, and how it
ends.

A finding is
  - an exception other than WireError, Closed and DeadlinePassed from `frames`, or BoxEndedError from a `Session`;
  - a frame that reads differently in pieces than whole, or is called cut off when it is not, or the other way round;
  - a value of a type that the format does not have, or that does not re-encode to the tree and the bytes that came;
  - an answer taken that came before its request or does not bear its id; a field of an outcome out of its bounds;
  - a box that lives on after a breach, or that is waited for beyond the deadline; an honest one that is not believed;
  - NaN, inf, another shape or another number that passes as the right one; a message unfit to print.
"""

from dataclasses import replace

import wire_inputs
from demands import demand
from harness import program
from peer import DEALS, EARLIER, ENDS, ID, Part, Script
from wire_frames import announced, judge_frame
from wire_inputs import DOES, PLANS, changed_part, recorded
from wire_talk import converse


class Wire:
    """The target; see `harness.program`."""

    name, unit, longest = "wire", "conversation", 64 << 10
    modules = (
        *(f"autograder.sandbox.inside.{name}" for name in ("frames", "decoding", "nouns")),
        *("autograder.sandbox.session", "autograder.checks.kinds"),
    )

    def seeds(self):
        """What the box's own program answers to each plan, for functions that do all there is to do; and some dishonest ones."""
        for number, does in enumerate(DOES * 2):
            plan = number % len(PLANS) if number < len(DOES) else 0
            yield self._believed(Script(plan, "whole", "close", 0, (Part.of(b""), *recorded(PLANS[plan], does))))
        honest = Script(len(PLANS) - 1, "whole", "close", 0, (Part.of(b""), *recorded(PLANS[-1], DOES[0])))
        for number, deal in enumerate(dict.fromkeys(DEALS)):
            yield self._believed(replace(honest, deal=deal, end=ENDS[number - 4], chance=7))
        first, *others = honest.parts[1:]
        wrong = replace(first, header=first.header.replace(ID, b"0123456789abcdef"))
        earlier = replace(others[0], header=others[0].header.replace(ID, EARLIER))
        for parts in ((first,), (Part.of(b""), wrong), (Part.of(b""), first, earlier), (Part.of(b""), Part.of(b"R{}")), (Part.of(b""),)):
            yield replace(honest, parts=parts).spelt()

    def _believed(self, honest):
        patient = replace(honest, end="close")  # where it ends in another way, little time is given
        demand(self.judge(patient.spelt()) == "answered", "an honest box is not believed", honest)
        return honest.spelt()

    def changed(self, data, rng):
        """Another conversation: changed in how it goes, or in one of its parts."""
        script = Script.of(data)
        how = rng.randrange(10)
        if how == 0:
            script = replace(script, plan=rng.randrange(256), chance=rng.randrange(256))
        elif how == 1:
            script = replace(script, deal=rng.choice(DEALS), end=rng.choice(ENDS))
        elif how == 2:
            parts = list(script.parts)
            parts.insert(rng.randrange(len(parts) + 1), rng.choice(parts))
            script = replace(script, parts=tuple(parts[:6]))
        elif how == 3 and len(script.parts) > 1:
            place = rng.randrange(len(script.parts))
            script = replace(script, parts=script.parts[:place] + script.parts[place + 1 :])
        else:
            place = max(range(len(script.parts)), key=lambda i: rng.random() + (i > 0) + bool(script.parts[i].header))
            script = script.with_part(place, changed_part(script.parts[place], rng))
        return script.spelt()

    def grown(self, rng):
        """A conversation made of the format's words, with buffers of the sizes that its headers announce."""
        return wire_inputs.grown(rng).spelt()

    def judge(self, data):
        """Read each part as a frame, then have the conversation."""
        script = Script.of(data)
        for part in script.parts[:4]:
            judge_frame(script, part.content(announced))
        return converse(script)


if __name__ == "__main__":
    program(Wire())
