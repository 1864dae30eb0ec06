"""Find where on this machine a grader may make cgroups. In: /proc. Out: `Tree`s to try; nothing is changed here."""

import contextlib
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from autograder.sandbox.cgroup_trees import CONTROLLERS, GRADERS, SEAT, Tree, has_controllers, is_root, read

_ESCAPED = re.compile(r"\\([0-7]{3})")  # proc_pid_mountinfo(5): a blank in a path


class _Mount(NamedTuple):
    kind: str
    point: str
    root: str
    options: tuple[str, ...]


def trees() -> list[Tree]:
    """Places to try, best first; whether one may be used shows when `open_up` and `make` are."""
    seat = read(SEAT)
    mounts, own = _mounts(), _own_paths(seat)
    unified = [mount for mount in mounts if mount.kind == "cgroup2"]
    found = [
        Tree(2, (parent,), home, seat)
        for mount in unified
        if has_controllers(mount.point)
        for parent, home in _unified(mount, own.get("", "/"))
    ]
    each = {name: mount for name in CONTROLLERS for mount in mounts if mount.kind == "cgroup" and name in mount.options}
    if len(each) == len(CONTROLLERS):
        ours = [_below(mount, own.get(name, "/")) for name, mount in each.items()]
        places = dict.fromkeys((tuple(mount.point for mount in each.values()), tuple(ours)))
        found += [Tree(1, tuple(dict.fromkeys(parents)), ours[-1], seat) for parents in places]
    return found


def _unified(mount: _Mount, own: str) -> Iterator[tuple[str, str]]:
    """Parent and home in a tree of version 2: a part marked as given to us, else the root; a container's own part, or one all ours."""
    home = _below(mount, own)
    part, name = os.path.split(home)
    settled = name == GRADERS
    part = part if settled else home
    marked = _is_marked(part)
    if is_root(mount.point) and not marked:
        yield mount.point, home
    if not is_root(part) and (marked or settled or part == mount.point or _is_one_job(home)):
        yield part, home


def _is_marked(folder: str) -> bool:
    """True where systemd says that the folder is its user's to arrange; see its CGROUP_DELEGATION."""
    with contextlib.suppress(OSError):
        return os.getxattr(folder, "user.delegate") == b"1"
    return False


def _is_one_job(folder: str) -> bool:
    """True when all processes there are of our process group: moving them away surprises nobody else, such as the shell of a terminal."""
    with contextlib.suppress(OSError):
        return {os.getpgid(int(process)) for process in read(f"{folder}/cgroup.procs").split()} == {os.getpgrp()}
    return False


def _mounts() -> list[_Mount]:
    """The mounts of cgroups that this process sees; see proc_pid_mountinfo(5)."""
    found = []
    for line in read("/proc/self/mountinfo").splitlines():
        where, _, what = line.partition(" - ")
        kind, _, options = what.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            root, point = (_ESCAPED.sub(lambda octal: chr(int(octal[1], 8)), path) for path in where.split(" ")[3:5])
            found.append(_Mount(kind, point, root, tuple(options.split(","))))
    return found


def _own_paths(seat: str) -> dict[str, str]:
    """Where this process is, by controller; version 2 under the empty name."""
    lines = [line.split(":", 2) for line in seat.splitlines()]
    return {name: path for _, names, path in lines for name in names.split(",")}


def _below(mount: _Mount, path: str) -> str:
    """The folder of `path`, a place in the hierarchy, as seen below `mount`; that itself where the place lies outside."""
    path = os.path.relpath(path, mount.root)
    return mount.point if path.startswith(".") else f"{mount.point}/{path}"
