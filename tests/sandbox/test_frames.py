import contextlib
import json
import os
import resource
import socket
import struct
import threading
import time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.sandbox.inside import frames
from autograder.sandbox.inside.values import MAX_BUFFER_BYTES, MAX_HEADER_BYTES, WireError, decode, encode

SOON = 0.3


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@contextlib.contextmanager
def doing(action, *arguments):
    """`action` in a thread beside the test."""
    thread = threading.Thread(target=action, args=arguments)
    thread.start()
    yield
    thread.join()


def framed(header, payload=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text + payload


def deadline(seconds=SOON):
    return time.monotonic() + seconds


def taken_by(action):
    started = time.monotonic()
    action()
    return time.monotonic() - started


@pytest.mark.parametrize("blocking", [True, False])
def test_a_frame_comes_through_whole_with_large_and_small_buffers(pair, blocking):
    ours, theirs = pair
    sent = [np.zeros(0), np.arange(3.0), np.arange(1 << 18), np.float64(1), np.arange(600), np.ones((3, 1 << 12), bool)] + [1.5] * 700
    buffers = []
    trees = [encode(value, buffers) for value in sent]
    until = None if blocking else deadline(20)
    with doing(frames.send, ours, {"id": "7", "values": trees}, buffers, until):
        header, raw = frames.receive(theirs, until)
    rest = iter(raw)
    came = [decode(tree, rest) for tree in header["values"]]
    assert header["id"] == "7"
    assert all(np.array_equal(one, other) for one, other in zip(came, sent, strict=True))
    assert not frames.pending(theirs)


def test_arrays_of_one_frame_do_not_share_memory(pair):
    ours, theirs = pair
    buffers = []
    trees = [encode(np.zeros(4), buffers) for _ in range(3)]
    frames.send(ours, {"values": trees}, buffers)
    _, raw = frames.receive(theirs)
    for one in raw:
        one[:] = one.max() + 1
    assert [one.max() for one in raw] == [1, 1, 1]
    assert all(one.flags.owndata and one.flags.aligned for one in raw)


def test_text_of_any_kind_goes_into_a_header_and_surrogates_become_question_marks(pair):
    ours, theirs = pair
    frames.send(ours, {"source": "梯度 \0 \x7f \u2028 😀 \ud800"})
    assert frames.receive(theirs)[0] == {"source": "梯度 \0 \x7f \u2028 😀 ?"}


def test_a_header_that_the_other_side_would_refuse_is_not_sent(pair):
    ours, theirs = pair
    with pytest.raises(WireError, match=f"header of {MAX_HEADER_BYTES + 8} bytes, allowed {MAX_HEADER_BYTES}"):
        frames.send(ours, {"s": "x" * MAX_HEADER_BYTES})
    assert not frames.pending(theirs)


REFUSED = {
    "not JSON": (framed(b"{"), "header is not JSON"),
    "nothing": (framed(b""), "header is not JSON"),
    "bad UTF-8": (framed(b'{"a": "\xff"}'), "header is not JSON"),
    "a raw surrogate": (framed(b'{"a": "\xed\xa0\x80"}'), "header is not JSON"),
    "an escaped surrogate": (framed(rb'{"a": "\ud800"}'), "header is not JSON"),
    "a surrogate in a key": (framed(rb'{"\udfff": 1}'), "header is not JSON"),
    "too deep": (framed(b"[" * 100_000), "header is not JSON"),
    "too deep, with an escape": (framed(b'{"a":' * 700 + rb'"\u0041"' + b"}" * 700 + b"x"), "header is not JSON"),
    "a huge integer": (framed(b'{"a":' + b"1" * 10_000 + b"}"), "header is not JSON"),
    "a list": (framed([1]), "header is not an object"),
    "values that are none": (framed({"values": None}), "values is not a list"),
    "values by name": (framed({"values": {"a": 1}}), "values is not a list"),
    "a malformed tree": (framed({"values": [["q"]]}), "a value is not described by a known tag"),
    "a negative side": (framed({"values": [["a", "int8", [-1]]]}), "impossible shape"),
    "too many bytes": (framed({"values": [["a", "int8", [MAX_BUFFER_BYTES]], ["f"]]}), f"more than {MAX_BUFFER_BYTES} bytes of values"),
    "a huge header": (struct.pack("<I", MAX_HEADER_BYTES + 1), f"header of {MAX_HEADER_BYTES + 1} bytes, allowed {MAX_HEADER_BYTES}"),
    "the hugest header": (b"\xff\xff\xff\xff", f"header of {2**32 - 1} bytes"),
    "more than a frame": (framed({}, b"x"), "bytes after the end of the frame"),
    "two frames": (framed({}) * 2, "bytes after the end of the frame"),
    "more than announced": (framed({"values": [["f"]]}, bytes(9)), "bytes after the end of the frame"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_frame_is_refused_by_name(pair, name):
    ours, theirs = pair
    content, words = REFUSED[name]
    ours.sendall(content)
    with pytest.raises(WireError, match=words):
        frames.receive(theirs, deadline())


@given(st.binary(max_size=300))
@example(framed({"values": [["a", "float64", [0, 2**26, 2**26, 2**26]]]}))
@example(framed(b"NaN"))
@example(framed(b'{"values":[["i",1e999]]}'))
@example(b"\0\0\0\0")
def test_arbitrary_bytes_are_a_frame_or_one_of_three_ends(content):
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(content)
        with contextlib.suppress(WireError, frames.Closed):
            frames.receive(theirs, deadline())


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda of: st.lists(of) | st.dictionaries(st.text(), of))
)
def test_arbitrary_json_is_a_frame_or_one_of_three_ends(tree):
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(framed({"values": tree}))
        with contextlib.suppress(WireError, frames.Closed):
            frames.receive(theirs, deadline())


def test_bytes_that_are_announced_and_never_come_take_no_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        first, second = socket.socketpair()
        with first, second:
            first.sendall(framed({"values": [["a", "int8", [MAX_BUFFER_BYTES]]]}, b"x" * 100))
            with pytest.raises(frames.DeadlinePassed):
                frames.receive(second, deadline(0.05))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 << 10  # KiB


# ---- deadlines


@pytest.mark.parametrize("sent", [b"", b"\x01", framed({})[:-1], framed({"values": [["f"]]}, b"1234567")])
def test_a_peer_that_stops_is_waited_for_no_longer_than_the_deadline(pair, sent):
    ours, theirs = pair
    ours.sendall(sent)

    def receive():
        with pytest.raises(frames.DeadlinePassed):
            frames.receive(theirs, deadline())

    assert SOON <= taken_by(receive) < SOON + 0.3


def test_a_peer_that_never_reads_is_waited_for_no_longer_than_the_deadline(pair):
    ours, _ = pair

    def send():
        with pytest.raises(frames.DeadlinePassed):
            frames.send(ours, {}, [memoryview(bytes(8 << 20))], deadline())

    assert SOON <= taken_by(send) < SOON + 0.3


@pytest.mark.parametrize("pause", [0.0, 0.01])
def test_one_byte_at_a_time_stretches_nothing(pair, pause):
    ours, theirs = pair
    ours.sendall(framed({"values": [["a", "int8", [MAX_BUFFER_BYTES]]]}))
    stop = threading.Event()

    def trickle():
        while not stop.is_set():
            with contextlib.suppress(OSError):
                ours.send(b"x", socket.MSG_DONTWAIT)
            if pause:
                time.sleep(pause)

    def receive():
        with pytest.raises(frames.DeadlinePassed):
            frames.receive(theirs, deadline())
        stop.set()

    with doing(trickle):
        assert SOON <= taken_by(receive) < SOON + 0.3


def test_one_byte_taken_at_a_time_stretches_nothing(pair):
    ours, theirs = pair
    stop = threading.Event()

    def sip():
        theirs.settimeout(0.01)
        while not stop.is_set():
            with contextlib.suppress(OSError):
                theirs.recv(1)

    def send():
        with pytest.raises(frames.DeadlinePassed):
            frames.send(ours, {}, [memoryview(bytes(8 << 20))], deadline())
        stop.set()

    with doing(sip):
        assert SOON <= taken_by(send) < SOON + 0.3


def test_a_deadline_that_has_passed_is_told_at_once(pair):
    ours, theirs = pair
    frames.send(theirs, {})
    with pytest.raises(frames.DeadlinePassed):
        frames.send(ours, {}, (), time.monotonic() - 1)
    with pytest.raises(frames.DeadlinePassed):
        frames.receive(ours, time.monotonic() - 1)


# ---- ends


@pytest.mark.parametrize("until", [None, 5])
@pytest.mark.parametrize("sent", [b"", b"\x01\x02", framed({})[:-1], framed({"values": [["a", "int8", [100_000]]]}, b"x" * 50_000)])
def test_a_peer_that_ends_midway_is_closed(pair, sent, until):
    ours, theirs = pair
    ours.sendall(sent)
    ours.close()
    with pytest.raises(frames.Closed):
        frames.receive(theirs, until and deadline(until))


def test_a_peer_that_ends_with_our_bytes_unread_is_closed(pair):
    ours, theirs = pair
    ours.sendall(b"unread")
    theirs.close()
    assert frames.pending(ours)
    assert frames.ended(ours)
    with pytest.raises(frames.Closed):
        frames.receive(ours, deadline())


@pytest.mark.parametrize("until", [None, 5])
def test_sending_to_a_peer_that_is_gone_is_closed(pair, until):
    ours, theirs = pair
    theirs.close()
    with pytest.raises(frames.Closed):
        frames.send(ours, {}, [memoryview(bytes(8 << 20))], until and deadline(until))


def test_pending_tells_of_bytes_and_of_the_end_and_ended_of_the_end_alone(pair):
    ours, theirs = pair
    assert not frames.pending(ours)
    assert not frames.ended(ours)
    theirs.sendall(b"x")
    assert frames.pending(ours)
    assert not frames.ended(ours)
    assert ours.recv(2) == b"x"
    theirs.close()
    assert frames.pending(ours)
    assert frames.ended(ours)


def test_urgent_data_hang_nobody(pair):
    """A socket with nothing but urgent data counts as readable, and a plain recv on it would wait for ever."""
    ours, theirs = pair
    theirs.send(b"!", socket.MSG_OOB)

    def look():
        frames.pending(ours)
        assert not frames.ended(ours)
        with pytest.raises((frames.DeadlinePassed, WireError)):
            frames.receive(ours, deadline())

    assert taken_by(look) < SOON + 0.3


def test_descriptors_beyond_1023_work_too(pair):
    ours, theirs = pair
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard <= 1100:
        pytest.fail(f"this machine allows {hard} open files, too few to try a high descriptor: raise the limit")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1100), hard))
    try:
        os.dup2(ours.fileno(), 1050)
        with socket.socket(fileno=1050) as high:
            assert not frames.pending(high)
            with pytest.raises(frames.DeadlinePassed):
                frames.receive(high, deadline(0.05))
            frames.send(theirs, {"id": "1"})
            assert frames.receive(high, deadline())[0] == {"id": "1"}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_descriptors_that_a_peer_attaches_are_dropped(pair):
    ours, theirs = pair
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        socket.send_fds(theirs, [framed({"id": "1"})], [0, 1, 2])
        assert frames.receive(ours, deadline())[0] == {"id": "1"}
    assert len(os.listdir("/proc/self/fd")) == before
