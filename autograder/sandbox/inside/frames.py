"""Frames over a socket: u32 length, JSON header, raw buffers. Used on both sides; only the outer side sets deadlines.

A header is {"id": str, ..., "values": [tree, ...]}; the buffers that the trees announce follow in order. A frame stands alone: whoever
sends the next one before it was asked for breaks the protocol.
"""

import itertools
import json
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.sandbox.inside.values import MAX_HEADER_BYTES, WireError, buffer_sizes

_LENGTH = struct.Struct("<I")
_READ_AHEAD_BYTES = 16 << 10  # a usual frame is in with one call; of a large array little is copied twice
_SMALL_BYTES = 4 << 10
_MOST_PIECES = 512  # of IOV_MAX, 1024
# As numbers: to join two members of an enumeration takes as long as the call that they are for.
_NEVER_WAIT = int(socket.MSG_DONTWAIT)
_NO_SIGNAL = int(socket.MSG_NOSIGNAL)


class Closed(Exception):  # noqa: N818 - an end, not an error
    """The other side is gone."""


class DeadlinePassed(Exception):  # noqa: N818 - an end, not an error
    """The deadline passed before the frame was through."""


def send(sock: socket.socket, header: dict[str, Any], buffers: Sequence[memoryview] = (), deadline: float | None = None) -> None:
    """Send one frame.

    Args:
        sock: a stream socket.
        header: JSON values.
        buffers: raw bytes, each one byte an item.
        deadline: time.monotonic() by which the last byte must be taken; None waits for ever.

    Raises:
        WireError: the header is longer than the other side would read. Nothing was sent.
        DeadlinePassed: the other side did not read in time.
        Closed: the other side is gone.
    """
    # A lone surrogate, from a notebook's source or an exception's text, becomes a question mark.
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    if len(text) > MAX_HEADER_BYTES:
        raise WireError(f"header of {len(text)} bytes, allowed {MAX_HEADER_BYTES}")
    _send_all(sock, _joined([memoryview(_LENGTH.pack(len(text)) + text), *buffers]), deadline)


def _joined(pieces: Sequence[memoryview]) -> list[memoryview]:
    """The same bytes in fewer pieces: small neighbours are copied together, which costs less than to send them one by one."""
    joined: list[memoryview] = []
    for small, run in itertools.groupby(pieces, lambda piece: piece.nbytes < _SMALL_BYTES):
        neighbours = list(run)
        joined += [memoryview(b"".join(neighbours))] if small else neighbours
    return [piece for piece in joined if piece.nbytes]


def receive(sock: socket.socket, deadline: float | None = None) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Receive one frame: its header and the buffers that its values announce.

    Raises:
        WireError: it is not a well-formed frame, is larger than allowed, or more than a frame came.
        DeadlinePassed: it was not complete in time.
        Closed: the other side ended before it was complete.
    """
    reader = _Reader(sock, deadline)
    (length,) = _LENGTH.unpack(reader.take(_LENGTH.size).tobytes())
    if length > MAX_HEADER_BYTES:
        raise WireError(f"header of {length} bytes, allowed {MAX_HEADER_BYTES}")
    header = _parse(reader.take(length).tobytes())
    values = header.get("values", [])
    if type(values) is not list:
        raise WireError("values is not a list")
    buffers = reader.take_each(list(buffer_sizes(*values)))
    if reader.ahead.nbytes:
        raise WireError("bytes after the end of the frame")
    return header, buffers


def _parse(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode())
        if b"\\u" in text:  # an escape may spell a lone surrogate, which nothing could write down later
            json.dumps(header, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:  # ValueError covers bad UTF-8, bad JSON and huge integers
        raise WireError("header is not JSON") from error
    if type(header) is not dict:
        raise WireError("header is not an object")
    return header


def pending(sock: socket.socket) -> bool:
    """True if bytes, or the end, wait unread: between two frames that is a breach of the protocol."""
    poll = select.poll()  # select fails for descriptors from 1024 on
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def ended(sock: socket.socket) -> bool:
    """True if the other side is gone and nothing from it is left to read. Never waits, whatever `pending` said."""
    try:
        return not sock.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
    except BlockingIOError:  # urgent data make a socket readable with nothing to read
        return False
    except ConnectionError:
        return True


def _wait(sock: socket.socket, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(sock, event)
    if not poll.poll(max(deadline - time.monotonic(), 0) * 1000):
        raise DeadlinePassed


def _send_all(sock: socket.socket, pieces: list[memoryview], deadline: float | None) -> None:
    # A child that never reads must not hold us in send: try, then wait no longer than the deadline.
    flags = _NO_SIGNAL if deadline is None else _NO_SIGNAL | _NEVER_WAIT
    place = 0
    while place < len(pieces):
        _check(deadline)
        try:
            sent = sock.sendmsg(pieces[place : place + _MOST_PIECES], (), flags)
        except BlockingIOError:
            assert deadline is not None
            _wait(sock, select.POLLOUT, deadline)
            continue
        except ConnectionError as error:
            raise Closed from error
        while sent:
            piece = pieces[place]
            if sent < piece.nbytes:
                pieces[place] = piece[sent:]
                break
            sent -= piece.nbytes
            place += 1


def _check(deadline: float | None) -> None:
    """At every turn and not only when nothing moves: one byte at a time, always ready, would stretch a frame for minutes."""
    if deadline is not None and time.monotonic() >= deadline:
        raise DeadlinePassed


class _Reader:
    """Takes byte counts off a socket, reading ahead where that saves calls; `ahead` is what was read and not taken."""

    def __init__(self, sock: socket.socket, deadline: float | None) -> None:
        self._sock, self._deadline = sock, deadline
        self._flags = 0 if deadline is None else _NEVER_WAIT
        self.ahead = memoryview(b"")

    def take(self, size: int) -> np.ndarray:
        """The next `size` bytes, in an array of their own. Memory is not touched before bytes come to fill it."""
        taken = np.empty(size, np.uint8)
        rest = taken.data
        while rest.nbytes:
            if not self.ahead.nbytes and rest.nbytes < _READ_AHEAD_BYTES:
                buffer = memoryview(bytearray(_READ_AHEAD_BYTES))
                self.ahead = buffer[: self._read_into(buffer)]
            count = min(rest.nbytes, self.ahead.nbytes)
            if count:
                rest[:count] = self.ahead[:count]
                self.ahead = self.ahead[count:]
            else:
                count = self._read_into(rest)
            rest = rest[count:]
        return taken

    def take_each(self, sizes: Sequence[int]) -> list[np.ndarray]:
        """Arrays of these sizes, each with memory of its own; small ones are read together."""
        taken: list[np.ndarray] = []
        small: list[int] = []
        for size in sizes:
            if size < _SMALL_BYTES:
                small.append(size)
                continue
            taken += self._take_small(small)
            small = []
            taken.append(self.take(size))
        return taken + self._take_small(small)

    def _take_small(self, sizes: Sequence[int]) -> list[np.ndarray]:
        together = self.take(sum(sizes))
        ends = itertools.accumulate(sizes)
        return [together[end - size : end].copy() for end, size in zip(ends, sizes, strict=True)]

    def _read_into(self, target: memoryview) -> int:
        while True:
            _check(self._deadline)
            try:
                # recv_into, never recvmsg: file descriptors that a student attaches are dropped by the kernel.
                got = self._sock.recv_into(target, 0, self._flags)
            except BlockingIOError:
                assert self._deadline is not None
                _wait(self._sock, select.POLLIN, self._deadline)
                continue
            except ConnectionError as error:
                raise Closed from error
            if not got:
                raise Closed
            return got
