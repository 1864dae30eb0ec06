"""Where cgroups are looked for, what is written there in either version, and what a grader of few rights does in a part given to it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from autograder.errors import SandboxError
from autograder.model import Limits
from autograder.sandbox import cgroup_places, cgroup_trees, cgroups, policy
from autograder.sandbox.cgroup_trees import GRADERS, SEAT, Tree
from autograder.sandbox.inside import kernel
from autograder.sandbox.keeper import Keeper

from .conftest import ORDINARY_UID

# ---- where they are looked for

UNIFIED = "/sys/fs/cgroup / cgroup2 rw,nsdelegate"
V1 = "/sys/fs/cgroup/memory {root} cgroup rw,memory", "/sys/fs/cgroup/pids {root} cgroup rw,pids"
SESSION = "/user.slice/user-1000.slice/session-3.scope"
SCOPE = "/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope"


@pytest.fixture
def machine(monkeypatch):
    """Return a function: what a machine's files say -> the places that are tried there, with the home."""

    def look(mounts, seat, *, root_seen=True, marked=False, one_job=False, controllers="cpu memory pids"):
        lines = []
        for number, mount in enumerate(mounts):
            point, root, kind, options = mount.split(" ")
            lines.append(f"{number} 1 0:{number} {root} {point} rw,nosuid shared:9 - {kind} cgroup {options}")
        files = {"/proc/self/mountinfo": "1 0 8:1 / / rw - ext4 /dev/sda rw\n" + "\n".join(lines), SEAT: seat}
        monkeypatch.setattr(cgroup_places, "read", files.__getitem__)
        monkeypatch.setattr(cgroup_places, "has_controllers", lambda folder: "memory" in controllers)
        monkeypatch.setattr(cgroup_places, "is_root", lambda folder: root_seen and folder == "/sys/fs/cgroup")
        monkeypatch.setattr(cgroup_places, "_is_marked", lambda folder: marked)
        monkeypatch.setattr(cgroup_places, "_is_one_job", lambda folder: one_job)
        return [(tree.version, *(parent.removeprefix("/sys/fs/cgroup") for parent in tree.parents)) for tree in cgroup_places.trees()]

    return look


def test_in_version_2_the_root_is_tried_and_then_a_part_that_is_ours_alone(machine):
    assert machine([UNIFIED], f"0::{SESSION}\n") == [(2, "")]
    assert machine([UNIFIED], f"0::{SCOPE}\n", one_job=True) == [(2, ""), (2, SCOPE)]
    assert cgroup_places.trees()[1].home == f"/sys/fs/cgroup{SCOPE}"


def test_a_part_that_systemd_marks_as_given_to_us_is_the_place(machine):
    assert machine([UNIFIED], f"0::{SCOPE}\n", marked=True) == [(2, SCOPE)]


def test_a_grader_that_has_settled_finds_its_part_again(machine):
    assert machine([UNIFIED], f"0::{SCOPE}/{GRADERS}\n") == [(2, ""), (2, SCOPE)]
    assert cgroup_places.trees()[1].home == f"/sys/fs/cgroup{SCOPE}/{GRADERS}"


def test_in_a_container_its_own_part_is_the_place(machine):
    assert machine([UNIFIED], "0::/\n", root_seen=False) == [(2, "")]
    bound = "/sys/fs/cgroup /docker/0a1b cgroup2 rw"
    assert machine([bound], "0::/docker/0a1b\n", root_seen=False) == [(2, "")]
    assert machine([bound], "0::/docker/0a1b/inner\n", root_seen=False) == []
    assert machine([bound], "0::/docker/0a1bc\n", root_seen=False) == [(2, "")]  # outside: all that is seen is the mount


def test_in_version_1_the_top_of_both_trees_is_tried_and_then_our_own_place(machine):
    mounts = [mount.format(root="/") for mount in V1]
    both = "8:pids:/\n4:memory:/jobs/7\n1:name=systemd:/\n0::/\n"
    assert machine(mounts, both) == [(1, "/memory", "/pids"), (1, "/memory/jobs/7", "/pids")]
    assert cgroup_places.trees()[0].home == "/sys/fs/cgroup/pids"
    assert machine([mount.format(root="/docker/7") for mount in V1], "8:pids:/docker/7\n4:memory:/docker/7\n") == [(1, "/memory", "/pids")]


def test_version_1_with_both_controllers_in_one_tree_is_one_place(machine):
    assert machine(["/sys/fs/cgroup/all / cgroup rw,cpu,memory,pids"], "2:cpu,memory,pids:/\n") == [(1, "/all")]


def test_on_a_machine_of_both_versions_the_one_with_the_controllers_counts(machine):
    mounts = [mount.format(root="/") for mount in V1]
    assert machine([*mounts, "/sys/fs/cgroup/unified / cgroup2 rw"], "0::/\n", controllers="hugetlb") == [(1, "/memory", "/pids")]
    assert machine([mounts[0], UNIFIED], "0::/\n", controllers="hugetlb") == []


def test_blanks_in_a_path_are_read(machine):
    assert machine([r"/a\040b/memory / cgroup rw,memory,pids"], "2:memory,pids:/x\n") == [(1, "/a b/memory"), (1, "/a b/memory/x")]


def test_a_mount_that_is_covered_is_passed_over(tmp_path):
    assert not cgroup_trees.has_controllers(str(tmp_path))


def test_a_part_with_somebody_else_s_processes_is_not_ours_alone(tmp_path):
    procs = tmp_path / "cgroup.procs"
    procs.write_text(f"{os.getpid()}\n")
    assert cgroup_places._is_one_job(str(tmp_path))
    with subprocess.Popen(["sleep", "100"], process_group=0) as other:
        procs.write_text(f"{os.getpid()}\n{other.pid}\n")
        assert not cgroup_places._is_one_job(str(tmp_path))
        other.kill()
    assert not cgroup_places._is_one_job(str(tmp_path / "absent"))
    assert not cgroup_places._is_marked(str(tmp_path))


# ---- what is written


class Pretence:
    """Folders that behave as the kernel's do: files come with a folder, and only processes keep it from being removed."""

    FILES = ("cgroup.procs", "cgroup.controllers", "cgroup.subtree_control", "cgroup.type")

    def __init__(self, top, files):
        self.top, self.files, self.mkdir, self.rmdir = str(top), files, os.mkdir, os.rmdir
        self.populate(self.top)

    def populate(self, folder):
        for name in (*self.FILES, *self.files):
            Path(folder, name).write_text("")
        Path(folder, "cgroup.controllers").write_text("cpu memory pids")

    def make(self, folder, mode=0o777):
        self.mkdir(folder, mode)
        if str(folder).startswith(self.top):
            self.populate(folder)

    def remove(self, folder):
        if str(folder).startswith(self.top):
            for entry in Path(folder).iterdir():
                if entry.is_file():
                    entry.unlink()
        self.rmdir(folder)


V2_FILES = ("memory.max", "memory.swap.max", "memory.oom.group", "memory.events", "pids.max")
V1_FILES = ("memory.swappiness", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "pids.max")


@pytest.fixture
def pretended(tmp_path, monkeypatch):
    """Return a function: the limit files there are -> a tree of version 2 in tmp_path, or one of version 1."""

    def pretend(files, version=2):
        kernel_like = Pretence(tmp_path, files)
        monkeypatch.setattr(os, "mkdir", kernel_like.make)
        monkeypatch.setattr(os, "rmdir", kernel_like.remove)
        return Tree(version, (str(tmp_path),), str(tmp_path), Path(SEAT).read_text())

    return pretend


def limits_of(cgroup):
    return {name: Path(cgroup.folders[0], name).read_text() for name in (*V2_FILES, *V1_FILES) if Path(cgroup.folders[0], name).exists()}


def test_version_2_is_opened_up_and_limited(pretended, tmp_path):
    tree = pretended(V2_FILES)
    (tmp_path / "cgroup.type").unlink()  # the root has none
    found = cgroups.Cgroups(tree.open_up())
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory +pids"
    cgroup = found.make(Limits(memory_bytes=1 << 30))
    grader = Path(cgroup.folders[0]).parent
    assert grader.name.startswith(f"gradient-autograder-{os.getpid()}-")
    assert (grader / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert limits_of(cgroup) == {
        "memory.max": str((1 << 30) + cgroups.MARGIN_BYTES),
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "memory.events": "",
        "pids.max": str(cgroups.TASKS),
    }
    pidfd = os.pidfd_open(os.getpid())
    cgroup.admit(pidfd)
    os.close(pidfd)
    assert Path(cgroup.folders[0], "cgroup.procs").read_text() == str(os.getpid())
    cgroup.remove()
    found.close()
    assert not grader.exists()


def test_version_1_is_limited(pretended):
    found = cgroups.Cgroups(pretended(V1_FILES, version=1).open_up())
    memory = str(Limits().memory_bytes + cgroups.MARGIN_BYTES)
    assert limits_of(found.make(Limits())) == {
        "memory.swappiness": "0",
        "memory.limit_in_bytes": memory,
        "memory.memsw.limit_in_bytes": memory,
        "pids.max": str(cgroups.TASKS),
    }
    found.close()


@pytest.mark.parametrize(("version", "files"), [(2, ("memory.max", "pids.max")), (1, ("memory.limit_in_bytes", "pids.max"))])
def test_kernels_that_keep_no_account_of_swap_will_do(pretended, version, files):
    found = cgroups.Cgroups(pretended(files, version=version))
    assert set(limits_of(found.make(Limits()))) == set(files)
    found.close()


@pytest.mark.parametrize("absent", ["memory.max", "pids.max"])
def test_a_limit_that_can_not_be_put_on_is_an_error_and_leaves_nothing(pretended, tmp_path, absent):
    found = cgroups.Cgroups(pretended([name for name in V2_FILES if name != absent]))
    with pytest.raises(SandboxError, match=rf"a cgroup for a box could not be made: \[Errno 2\] .*box-[0-9a-f]+/{absent}"):
        found.make(Limits())
    assert list(tmp_path.glob("*/box-*")) == []
    found.close()


def test_a_part_without_the_controllers_is_refused_by_name(pretended, tmp_path):
    tree = pretended(V2_FILES)
    (tmp_path / "cgroup.controllers").write_text("cpu pids")
    with pytest.raises(FileNotFoundError, match="no controllers memory and pids"):
        tree.open_up()


def test_a_folder_that_can_not_hand_controllers_on_is_removed_again(pretended, tmp_path, monkeypatch):
    tree = pretended(V2_FILES)

    def refuse(path, value):
        raise OSError(16, "Device or resource busy", path)

    monkeypatch.setattr(cgroup_trees, "write", refuse)
    with pytest.raises(OSError, match="busy"):
        tree.make("gradient-autograder-1-a")
    assert not (tmp_path / "gradient-autograder-1-a").exists()


@pytest.mark.parametrize(
    ("events", "at_limit"),
    [
        ("low 0\nhigh 0\nmax 812\noom 1\noom_kill 1\noom_group_kill 1\n", True),
        ("low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\n", False),  # by the machine's shortage
        ("low 0\nhigh 0\nmax 9\noom 3\noom_kill 0\n", False),  # it was refused memory, and lives
        ("low 0\nhigh 0\nmax 0\n", False),
    ],
)
def test_in_version_2_the_limit_and_the_kill_are_both_needed(tmp_path, events, at_limit):
    (tmp_path / "memory.events").write_text(events)
    assert Tree(2, (), "", "").ended_at_limit(str(tmp_path)) is at_limit


@pytest.mark.parametrize(
    ("most", "kills", "at_limit"),
    [(1 << 30, 1, True), ((1 << 30) - 32768, 1, True), (200 << 20, 1, False), (1 << 30, 0, False)],
)
def test_in_version_1_the_limit_and_the_kill_are_both_needed(tmp_path, most, kills, at_limit):
    (tmp_path / "memory.max_usage_in_bytes").write_text(f"{most}\n")
    (tmp_path / "memory.limit_in_bytes").write_text(f"{1 << 30}\n")
    (tmp_path / "memory.oom_control").write_text(f"oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n")
    assert Tree(1, (), "", "").ended_at_limit(str(tmp_path)) is at_limit


def test_no_evidence_is_no_proof(tmp_path):
    assert not cgroups.BoxCgroup(Tree(2, (), "", ""), (str(tmp_path / "gone"),), []).ended_at_limit()


def test_the_kernel_is_got_ready_by_a_move_to_where_we_are_and_to_nowhere_else(tmp_path):
    procs = tmp_path / "cgroup.procs"
    procs.write_text("")
    Tree(2, (), str(tmp_path), "0::/where/we/were\n").announce_move()
    assert procs.read_text() == ""
    Tree(2, (), str(tmp_path), Path(SEAT).read_text()).announce_move()
    assert procs.read_text() == "0"
    Tree(2, (), str(tmp_path / "absent"), Path(SEAT).read_text()).announce_move()


# ---- where there are none


def test_without_cgroups_the_tier_is_b_and_why_is_told(monkeypatch):
    monkeypatch.setattr(cgroups, "trees", list)
    with Keeper("numpy", solo=False) as keeper:
        assert keeper.tier == "B"
        assert keeper.without_cgroups == "no hierarchy with the controllers memory and pids is mounted"
        box = keeper.spawn(Limits())
        assert box.cgroup is None
        assert not box.is_out_of_memory()
        box.kill()


def test_a_place_that_can_not_be_used_is_passed_over_and_named(pretended, tmp_path):
    bad = Tree(2, (str(tmp_path / "absent"),), "", "")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cgroups, "trees", lambda: [bad])
        with pytest.raises(cgroups.CgroupsMissingError, match=r"no controllers memory and pids: '.*absent'"):
            cgroups.find()
        patched.setattr(cgroups, "trees", lambda: [bad, pretended(V1_FILES, version=1)])
        cgroups.find().close()


# ---- a real tree of version 2, with whatever controller it has


@pytest.fixture
def part(monkeypatch):
    """A part of the machine's tree of version 2, which hands a controller on to it. Hybrid machines have none there but hugetlb's."""
    points = [mount.point for mount in cgroup_places._mounts() if mount.kind == "cgroup2" and cgroup_trees.is_root(mount.point)]
    if os.geteuid() != 0 or not points:
        pytest.skip("needs root and the root of a tree of cgroup v2")
    given = Path(points[0], "cgroup.controllers").read_text().split()
    controllers = ("memory", "pids") if {"memory", "pids"} <= set(given) else tuple({"hugetlb", "memory"} & set(given))[:1]
    if not controllers:
        pytest.skip(f"the tree of cgroup v2 has no controller to try this with, only {given}")
    monkeypatch.setattr(cgroup_trees, "CONTROLLERS", controllers)
    monkeypatch.setattr(cgroup_places, "CONTROLLERS", controllers)
    if controllers != ("memory", "pids"):
        monkeypatch.setattr(cgroup_trees, "_LIMITS", {2: {}})
    control = Path(points[0], "cgroup.subtree_control")
    added = [name for name in controllers if name not in control.read_text().split()]
    for name in added:
        control.write_text(f"+{name}")
    folder = Path(points[0], f"gradient-test-{os.getpid()}")
    folder.mkdir()
    yield folder
    for inside in [*folder.glob("*/*/"), *folder.glob("*/"), folder]:
        inside.rmdir()
    for name in added:
        control.write_text(f"-{name}")


def in_a_process(action, *given):
    """What `action` gives in a process of its own that leads a process group, or the traceback."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def run():
        os.setpgrp()
        try:
            theirs.send(action(*given))
        except BaseException:  # noqa: BLE001 - told to the test
            theirs.send(traceback.format_exc())

    process = context.Process(target=run)
    process.start()
    told = ours.recv()
    process.join()
    assert not isinstance(told, str), told
    return told


def use_cgroups(part):
    """Find cgroups, put a process into one, end it, close; what the tree looked like on the way."""
    found = cgroups.find()
    cgroup = found.make(Limits())
    with subprocess.Popen(["/usr/bin/sleep", "100"]) as idle:
        pidfd = os.pidfd_open(idle.pid)
        found.tree.announce_move()
        cgroup.admit(pidfd)
        during = {
            "parents": found.tree.parents,
            "home": found.tree.home,
            "in the box": Path(cgroup.folders[0], "cgroup.procs").read_text() == f"{idle.pid}\n",
            "in the home": Path(found.tree.home, "cgroup.procs").read_text().split() == [str(os.getpid())],
            "again": [tree.parents for tree in cgroup_places.trees()][-1],
        }
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        idle.wait()
        os.close(pidfd)
    cgroup.remove()
    found.close()
    return during, Path(SEAT).read_text(), [one.name for one in os.scandir(part) if one.is_dir()]


def test_root_makes_folders_below_the_root(part):
    def run():
        return use_cgroups(part)

    during, _, left = in_a_process(run)
    assert during["parents"] == (str(part.parent),)
    assert during["in the box"]
    assert left == []
    assert not list(part.parent.glob("gradient-autograder-*"))


def test_an_ordinary_user_uses_the_part_given_to_it_and_leaves_it_as_it_was(part, monkeypatch):
    (reachable, *_) = [python for python in (sys.executable, "/usr/bin/python3") if not policy.unreachable([python])]
    monkeypatch.setattr(cgroups.sys, "executable", reachable)  # root's own may lie in a closed home

    def run():
        (part / "cgroup.procs").write_text("0")
        for path in (part, part / "cgroup.procs", part / "cgroup.subtree_control"):
            os.chown(path, ORDINARY_UID, ORDINARY_UID)
        _become_ordinary()
        return use_cgroups(part)

    during, seat, left = in_a_process(run)
    assert during == {
        "parents": (str(part),),
        "home": str(part / GRADERS),
        "in the box": True,
        "in the home": True,
        "again": (str(part),),
    }
    assert f"0::/{part.name}\n" in seat
    assert left == []
    assert (part / "cgroup.subtree_control").read_text().strip() == ""


def test_an_ordinary_user_beside_a_shell_moves_nobody_and_has_none(part):
    def run():
        (part / "cgroup.procs").write_text("0")
        with subprocess.Popen(["/usr/bin/sleep", "100"], process_group=0, user=ORDINARY_UID) as shell:
            for path in (part, part / "cgroup.procs", part / "cgroup.subtree_control"):
                os.chown(path, ORDINARY_UID, ORDINARY_UID)
            _become_ordinary()
            try:
                with pytest.raises(cgroups.CgroupsMissingError, match="Permission denied") as missing:
                    cgroups.find()
                members = set(Path(part, "cgroup.procs").read_text().split())
                return str(missing.value), members == {str(os.getpid()), str(shell.pid)}, os.listdir(part)
            finally:
                os.kill(shell.pid, signal.SIGKILL)

    _, stayed, entries = in_a_process(run)
    assert stayed
    assert GRADERS not in entries


def test_in_a_container_the_processes_there_make_room(part, tmp_path):
    def run():
        (part / "cgroup.procs").write_text("0")
        kernel.unshare(kernel.Namespace.CGROUP | kernel.Namespace.MOUNT)
        kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
        for mount in cgroup_places._mounts():
            subprocess.run(["umount", mount.point], check=True)
        kernel.mount("cgroup2", str(tmp_path), "cgroup2", 0)
        return use_cgroups(tmp_path)

    during, seat, left = in_a_process(run)
    assert during["parents"] == (str(tmp_path),)
    assert during["home"] == str(tmp_path / GRADERS)
    assert during["in the box"]
    assert during["in the home"]
    assert "0::/\n" in seat
    assert left == []


def test_a_part_that_holds_other_folders_is_left_open(part):
    (part / "neighbour").mkdir()

    def run():
        (part / "cgroup.procs").write_text("0")
        opened = Tree(2, (str(part),), str(part), "").open_up()
        opened.leave()
        still = Path(SEAT).read_text()
        (part / "neighbour").rmdir()
        opened.leave()
        return still, Path(SEAT).read_text()

    still, after = in_a_process(run)
    assert f"0::/{part.name}/{GRADERS}\n" in still
    assert f"0::/{part.name}\n" in after


def test_a_part_that_can_not_be_opened_up_is_left_as_it_was(part, monkeypatch):
    def run():
        (part / "cgroup.procs").write_text("0")
        monkeypatch.setattr(cgroup_trees, "has_controllers", lambda folder: True)
        monkeypatch.setattr(cgroup_trees, "CONTROLLERS", ("nonesuch",))
        with pytest.raises(OSError, match="Invalid argument"):
            Tree(2, (str(part),), str(part), "").open_up()
        return Path(SEAT).read_text(), os.listdir(part)

    seat, entries = in_a_process(run)
    assert f"0::/{part.name}\n" in seat
    assert GRADERS not in entries


def _become_ordinary():
    os.setgroups([])
    os.setresgid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    os.setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    kernel.set_dumpable(True)  # else /proc/self is root's
