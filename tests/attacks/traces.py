"""What an attack could leave behind on this machine: processes, files, shared memory, sockets, changes in the course."""

import hashlib
import os
import tempfile
import time
from pathlib import Path

from ..sandbox.processes import tree

MARK = "gradient-attack"
"""Hostile notebooks give this name to whatever they make."""
KEY = 0x67726164
"""And this key to System V's shared memory, queues and semaphores."""
PATIENCE_SECONDS = 3.0


def boxes(keeper_process, of_the_keeper):
    """Processes below the keeper that were not there when it was idle; waits a moment for those that are ending."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while (left := set(tree(keeper_process)) - of_the_keeper) and time.monotonic() < patience:
        time.sleep(0.01)
    return sorted(left)


def left_behind():
    """Whatever bears the mark or the key, in places that outlive a box."""
    places = ["/tmp", "/var/tmp", "/dev/shm", "/run", "/", "/etc", str(Path.home()), os.getcwd(), tempfile.gettempdir()]
    found = [f"{place}/{name}" for place in dict.fromkeys(places) for name in _names(place) if name.startswith(MARK)]
    for kind in ("shm", "msg", "sem"):
        found += [f"{kind}: {line}" for line in _lines(f"/proc/sysvipc/{kind}") if line.split()[0] == str(KEY)]
    found += [line for line in _lines("/proc/net/unix") if MARK in line]
    return found


def digest(course):
    """A fingerprint of the course: names, sizes, modes and times of change."""
    told = hashlib.sha256()
    for folder in ("solutions", "assignments"):
        for path in sorted((course / folder).rglob("*")):
            if "__pycache__" not in path.parts and path.is_file():
                status = path.stat()
                told.update(f"{path} {status.st_size} {status.st_mtime_ns} {status.st_mode}\n".encode())
    return told.hexdigest()


def _names(place):
    try:
        return os.listdir(place)
    except OSError:
        return []


def _lines(path):
    try:
        return Path(path).read_text(errors="replace").splitlines()
    except OSError:
        return []
