"""The page that a worker and its watch share: which input runs, since when, and how many were run before it."""

import mmap
import struct
import time

_HEAD = struct.Struct("=QQQ")  # nanoseconds of time.monotonic_ns when it began, or 0 between inputs; runs; bytes of the input


class Page:
    """A file as shared memory.

    Args:
        path: of the file; made if it is not there.
        longest: bytes of an input.
    """

    def __init__(self, path, longest):
        with open(path, "a+b") as file:
            file.truncate(_HEAD.size + longest)
            self._memory = mmap.mmap(file.fileno(), _HEAD.size + longest)

    def begin(self, data, runs):
        """An input begins, the one after so many `runs`."""
        self._memory[_HEAD.size : _HEAD.size + len(data)] = data
        _HEAD.pack_into(self._memory, 0, time.monotonic_ns(), runs, len(data))

    def end(self, runs):
        """It is through."""
        _HEAD.pack_into(self._memory, 0, 0, runs, 0)

    def read(self):
        """Seconds since the input began (0 where none runs), runs before it, and the input."""
        begun, runs, size = _HEAD.unpack_from(self._memory, 0)
        seconds = (time.monotonic_ns() - begun) / 1e9 if begun else 0.0
        return seconds, runs, self._memory[_HEAD.size : _HEAD.size + size]
