"""The other end of a socket, played by a script: what a hostile box sends, in which pieces, and how it ends. One thread, no waiting.

A fuzzer's input is such a script. Its header has three bytes: which conversation, how the bytes are dealt out, and a number for chance.
Parts follow, parted by SEPARATOR: what is sent before the first request, then after each. A part begins with a letter:

| letter | the rest |
|---|---|
| F | JSON, then a zero byte and buffers: sent as a frame, with its length in front |
| P | the same, with buffers made as long as the JSON announces them |
| R | sent as it is |
"""

import itertools
import json
import random
import socket
import struct
from dataclasses import dataclass, replace

SEPARATOR = b"\n----\n"
ID, EARLIER = b"the-request's-id", b"previous-ones-id"
"""Stand for the ids of the request at hand and of the one before it, which nobody can know beforehand; as long as those."""
ENDS = ("close", "close", "close", "close", "close", "stall", "urgent", "unread")
DEALS = ("whole", "whole", "bytes", "pieces", "pieces", "halves", "header first", "behind")
MOST_BYTES = 96 << 10
"""Of one part once it is made: within what a socket takes in one go."""


@dataclass(frozen=True)
class Part:
    """What is sent at one time."""

    letter: bytes
    header: bytes
    payload: bytes = b""

    @classmethod
    def of(cls, data):
        """The part that these bytes spell; all bytes do."""
        letter, rest = data[:1], data[1:]
        if letter not in (b"F", b"P"):
            return cls(b"R", rest if letter == b"R" else data)
        header, _, payload = rest.partition(b"\0")
        return cls(letter, header, payload)

    def spelt(self):
        """The bytes that `of` reads."""
        return self.letter + self.header + (b"\0" + self.payload if self.letter != b"R" else b"")

    def content(self, announced):
        """What goes over the wire. `announced` gives the bytes of buffers that a header asks for."""
        if self.letter == b"R":
            return self.header[:MOST_BYTES]
        payload = self.payload
        if self.letter == b"P":
            wanted = min(announced(self.header), MOST_BYTES)
            payload = (payload * (wanted // len(payload) + 1))[:wanted] if payload else bytes(wanted)
        return (struct.pack("<I", len(self.header)) + self.header + payload)[:MOST_BYTES]


@dataclass(frozen=True)
class Script:
    """A whole conversation from the hostile side."""

    plan: int
    deal: str
    end: str
    chance: int
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, data):
        """The script that these bytes spell; all bytes do."""
        plan, manner, chance = data[:3].ljust(3, b"\0")
        return cls(plan, DEALS[manner & 7], ENDS[manner >> 3 & 7], chance, tuple(map(Part.of, data[3:].split(SEPARATOR))))

    def spelt(self):
        """The bytes that `of` reads."""
        manner = DEALS.index(self.deal) | ENDS.index(self.end) << 3
        return bytes([self.plan, manner, self.chance]) + SEPARATOR.join(part.spelt() for part in self.parts)

    def with_part(self, place, part):
        """The script with another part at `place`."""
        return replace(self, parts=(*self.parts[:place], part, *self.parts[place + 1 :]))

    def pieces(self, content):
        """`content` in the pieces in which it is dealt out."""
        rng = random.Random(self.chance)
        if self.deal == "bytes":
            cuts = list(range(1, min(len(content), 200)))
        elif self.deal == "pieces":
            cuts = sorted(rng.randrange(len(content) + 1) for _ in range(rng.randint(1, 9)))
        elif self.deal == "halves":
            cuts = [len(content) // 2]
        elif self.deal == "header first":
            cuts = [4]
        elif self.deal == "behind":  # the last byte comes when nothing is waited for any more
            cuts = [len(content) - 1]
        else:
            cuts = []
        edges = [0, *(cut for cut in cuts if 0 < cut < len(content)), len(content)]
        return [content[low:high] for low, high in itertools.pairwise(edges) if low < high]


class Wired(socket.socket):
    """Our end of a socket whose other end answers by a script, whenever we would have to wait for it."""

    @classmethod
    def pair(cls, script, announced):
        """A new one. `announced`: see `Part.content`."""
        ours, theirs = socket.socketpair()
        wired = cls(fileno=ours.detach())
        wired.setblocking(False)
        wired.script, wired.announced, wired.peer = script, announced, theirs
        wired.rounds = iter(script.parts[1:])
        wired.coming, wired.ids, wired.said, wired.has_ended = [], [], b"", False
        return wired

    def say(self, content):
        """Put `content` on its way to us, in the script's pieces."""
        self.coming += self.script.pieces(content)

    def flush(self):
        """Let everything arrive that is still on its way."""
        while self.coming and self._arrive():
            pass

    def drain(self):
        """Read what is left, also of what is still on its way; gives how many bytes it was."""
        count = 0
        while True:
            self.flush()
            try:
                got = self.recv(1 << 16)
            except BlockingIOError:
                return count
            count += len(got)
            if not got:
                return count

    def sendmsg(self, *arguments):
        """Send; once the request is whole, the next part is on its way."""
        sent = super().sendmsg(*arguments)
        request = self.peer.recv(1 << 16)  # all of it: those that are made here are small
        (length,) = struct.unpack_from("<I", request)
        self.ids.append(json.loads(request[4 : 4 + length])["id"].encode())
        part = next(self.rounds, None)
        self.said = b"" if part is None else self.named(part.content(self.announced))
        self.say(self.said)
        return sent

    def named(self, content):
        """`content` with the ids that are known by now."""
        if self.ids:
            content = content.replace(ID, self.ids[-1])
        return content.replace(EARLIER, self.ids[-2]) if len(self.ids) > 1 else content

    def recv_into(self, *arguments):
        """Receive; where nothing has come yet, the next piece comes, or the end."""
        while True:
            try:
                return super().recv_into(*arguments)
            except BlockingIOError:
                if not self._arrive():
                    raise

    def _arrive(self):
        """Whether anything happened at the other end."""
        if self.coming:
            try:
                sent = self.peer.send(self.coming[0], socket.MSG_DONTWAIT)
            except BlockingIOError:  # nobody reads
                return False
            self.coming[0] = self.coming[0][sent:]
            if not self.coming[0]:
                del self.coming[0]
            return True
        if self.has_ended:
            return False
        self.has_ended = True
        if self.script.end == "urgent":
            self.peer.send(b"!", socket.MSG_OOB)
        if self.script.end == "unread":  # ends without having read what we sent: the kernel calls that a reset
            super().send(b"unread")
        if self.script.end in ("close", "unread"):
            self.peer.close()
        return self.script.end != "stall"

    def close(self):
        """Close both ends."""
        self.peer.close()
        super().close()
