"""Which paths of this machine a box may not show, and where in it they would be seen. Below policy; looks at paths, changes nothing."""

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.sandbox.inside.hidden import NAMES, is_hidden

_METADATA = (".dist-info", ".egg-info")
_LIBRARIES = tuple(f"lib{name}" for name in NAMES)


@dataclass(frozen=True)
class Bind:
    """A host path that the box sees, read-only, at `target`."""

    source: str
    target: str


def inside(path: str, folder: str) -> bool:
    """True if `path` is `folder` or lies below it; both absolute."""
    return os.path.commonpath([path, folder]) == folder


def seen_at(paths: Iterable[str], binds: Sequence[Bind]) -> dict[str, str]:
    """Those of `paths` that are there, by every path in the box at which they would appear: one bind may show what another does.

    Args:
        paths: on this machine, without links in them.
        binds: of the box.
    """
    there = [path for path in dict.fromkeys(paths) if os.path.exists(path)]
    seen = {bind.target + path[len(bind.source) :]: path for path in there for bind in binds if inside(path, bind.source)}
    return {place: path for place, path in seen.items() if not any(place != other and inside(place, other) for other in seen)}


def differentiating(prefix: str, sites: Sequence[str]) -> list[str]:
    """Paths of what would differentiate for a student, and of installed packages that no box asks for: these could hold some too.

    The packages of `hidden.NAMES` in `sites`, with what is compiled of them; all other folders of packages; libraries of those names; and
    what conda and pyenv keep below `prefix`: environments, archives. At known places: to look through all of /usr takes half a second.

    Args:
        prefix: of the interpreter.
        sites: folders of packages that the box sees.
    """
    found = [f"{prefix}/envs", f"{prefix}/pkgs"]
    for site in sites:
        found += [f"{site}/{name}" for name in _names_in(site) if is_hidden(name) and not name.endswith(_METADATA)]
        found += [f"{site}/__pycache__/{name}" for name in _names_in(f"{site}/__pycache__") if is_hidden(name)]
    for root in dict.fromkeys(("/usr", "/usr/local", prefix)):
        for folder in glob.glob(f"{root}/lib*"):
            others = [os.path.realpath(place) for kind in ("site", "dist") for place in glob.glob(f"{folder}/py*/{kind}-packages")]
            found += [place for place in others if place not in sites]
            for libraries in (folder, *glob.glob(f"{folder}/*-linux-*")):
                names = [name for name in _names_in(libraries) if name.startswith(_LIBRARIES)]
                found += [f"{libraries}/{name}" for name in names if is_hidden(name.removeprefix("lib"))]
    # A link can't be covered. What it leads to can, where a bind shows that.
    return list(dict.fromkeys(map(os.path.realpath, found)))


def _names_in(folder: str) -> list[str]:
    return os.listdir(folder) if os.path.isdir(folder) else []
