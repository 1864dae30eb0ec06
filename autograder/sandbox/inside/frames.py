"""Frames over a socket: u32 length, JSON header, raw buffers. Used on both sides; only the outer side sets deadlines.

A header is {"id": str, ..., "values": [tree, ...]}; the buffers that the trees announce follow in order.
"""

import json
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.sandbox.inside.values import WireError, buffer_sizes

MAX_HEADER_BYTES = 1 << 20
_LENGTH = struct.Struct("<I")


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
        WireError: the header is longer than the other side would read.
        DeadlinePassed: the other side did not read in time.
        Closed: the other side is gone.
    """
    text = json.dumps(header, separators=(",", ":")).encode()
    if len(text) > MAX_HEADER_BYTES:
        raise WireError(f"header of {len(text)} bytes, allowed {MAX_HEADER_BYTES}")
    _send_all(sock, memoryview(_LENGTH.pack(len(text)) + text), deadline)
    for buffer in buffers:
        _send_all(sock, buffer, deadline)


def receive(sock: socket.socket, deadline: float | None = None) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Receive one frame: its header and the buffers that its values announce.

    Raises:
        WireError: it is not a well-formed frame or is larger than allowed.
        DeadlinePassed: it was not complete in time.
        Closed: the other side ended before it was complete.
    """
    (length,) = _LENGTH.unpack(_receive_exactly(sock, 4, deadline).tobytes())
    if length > MAX_HEADER_BYTES:
        raise WireError(f"header of {length} bytes, allowed {MAX_HEADER_BYTES}")
    header = _parse(_receive_exactly(sock, length, deadline).tobytes())
    values = header.get("values", [])
    if type(values) is not list:
        raise WireError("values is not a list")
    sizes = list(buffer_sizes(["l", values]))
    return header, [_receive_exactly(sock, size, deadline) for size in sizes]


def _parse(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError covers bad UTF-8, bad JSON and huge integers
        raise WireError("header is not JSON") from error
    if type(header) is not dict:
        raise WireError("header is not an object")
    return header


def pending(sock: socket.socket) -> bool:
    """True if bytes, or the end, wait unread: between two frames that is a breach of the protocol."""
    readable, _, _ = select.select([sock], [], [], 0)
    return bool(readable)


def _wait(sock: socket.socket, event: int, deadline: float | None) -> None:
    poll = select.poll()
    poll.register(sock, event)
    left = None if deadline is None else (deadline - time.monotonic()) * 1000
    if (left is not None and left <= 0) or not poll.poll(left):
        raise DeadlinePassed


def _send_all(sock: socket.socket, data: memoryview, deadline: float | None) -> None:
    # A child that never reads must not hold us in send: try, then wait no longer than the deadline.
    flags = socket.MSG_NOSIGNAL | (0 if deadline is None else socket.MSG_DONTWAIT)
    while data.nbytes:
        try:
            data = data[sock.send(data, flags) :]
        except BlockingIOError:
            _wait(sock, select.POLLOUT, deadline)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error


def _receive_exactly(sock: socket.socket, size: int, deadline: float | None) -> np.ndarray:
    data = np.empty(size, np.uint8)  # not zeroed first, as a bytearray would be
    view = data.data
    flags = socket.MSG_WAITALL if deadline is None else socket.MSG_DONTWAIT
    while view.nbytes:
        try:
            # recv_into, never recvmsg: file descriptors that a student attaches are dropped by the kernel.
            got = sock.recv_into(view, 0, flags)
        except BlockingIOError:
            _wait(sock, select.POLLIN, deadline)
            continue
        except ConnectionResetError as error:
            raise Closed from error
        if not got:
            raise Closed
        view = view[got:]
    return data
