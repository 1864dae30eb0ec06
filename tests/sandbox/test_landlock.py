import errno
import os

import pytest

from autograder.sandbox.inside import kernel, landlock

# What Python itself needs to go on working.
SYSTEM = "[path for path in ('/usr', '/lib', '/lib64', '/etc', '/proc', sys.base_prefix) if os.path.exists(path)]"


@pytest.fixture
def folders(shared):
    """Two folders with a file each, open to every user as far as modes go."""
    for name in ("given", "kept"):
        (shared / name).mkdir()
        (shared / name).chmod(0o777)
        (shared / name / "file").write_text(name)
        (shared / name / "file").chmod(0o777)
    return shared


def restricted(folders, *, readable="", writable=""):
    """The opening lines of a script that keeps to these folders."""
    return f"""
given, kept = {str(folders / "given")!r}, {str(folders / "kept")!r}
kernel.set_no_new_privileges()
landlock.restrict(readable={SYSTEM} + [{readable}], writable=[{writable}])
def reads(path):
    return attempt(lambda: open(path).read())
def writes(path):
    return attempt(lambda: open(path, "w").close())
"""


def test_this_kernel_has_landlock(alone):
    assert alone("answer(landlock.abi())") >= 1


def test_what_is_listed_can_be_read_and_nothing_else(alone, folders):
    outcome = alone(
        restricted(folders, readable="given")
        + """
answer([reads(given + "/file"), attempt(os.listdir, given), reads(kept + "/file"), attempt(os.listdir, kept), attempt(os.listdir, "/")])
"""
    )
    assert outcome == ["ok", "ok", "EACCES", "EACCES", "EACCES"]


def test_a_single_file_can_be_listed(alone, folders):
    (folders / "given" / "second").write_text("second")
    outcome = alone(
        restricted(folders, readable="given + '/file'")
        + "answer([reads(given + '/file'), reads(given + '/second'), attempt(os.listdir, given)])"
    )
    assert outcome == ["ok", "EACCES", "EACCES"]


def test_what_is_readable_can_not_be_changed(alone, folders):
    outcome = alone(
        restricted(folders, readable="given")
        + """
answer([
    writes(given + "/file"), writes(given + "/new"), attempt(os.remove, given + "/file"), attempt(os.mkdir, given + "/folder"),
    attempt(os.rename, given + "/file", given + "/renamed"), attempt(os.truncate, given + "/file", 0),
])
"""
    )
    assert outcome[:5] == ["EACCES"] * 5
    assert outcome[5] == ("EACCES" if landlock.abi() >= 3 else "ok")
    assert (folders / "given" / "file").read_text() == "given" or landlock.abi() < 3


def test_in_a_writable_folder_files_can_be_made_changed_and_removed(alone, folders):
    outcome = alone(
        restricted(folders, writable="given")
        + """
os.mkdir(given + "/folder")
answer([
    writes(given + "/file"), reads(given + "/file"), writes(given + "/folder/new"), attempt(os.truncate, given + "/folder/new", 9),
    attempt(os.rename, given + "/folder/new", given + "/moved"), attempt(os.symlink, "moved", given + "/link"),
    attempt(os.remove, given + "/moved"), attempt(os.rmdir, given + "/folder"), writes(kept + "/file"),
])
"""
    )
    assert outcome == ["ok"] * 4 + ["ok" if landlock.abi() >= 2 else "EXDEV"] + ["ok"] * 3 + ["EACCES"]


def test_no_way_round_by_link_or_parent_folder(alone, folders):
    outcome = alone(
        restricted(folders, writable="given")
        + """
os.symlink(kept + "/file", given + "/link")
answer([reads(given + "/link"), reads(given + "/../kept/file"), attempt(os.link, kept + "/file", given + "/hard")])
"""
    )
    assert outcome[:2] == ["EACCES", "EACCES"]
    assert outcome[2] in {"EACCES", "EXDEV", "EPERM"}


def test_no_file_can_be_run_wherever_it_lies_and_libraries_still_load(alone, folders):
    outcome = alone(
        restricted(folders, readable="given", writable="kept")
        + """
import decimal
with open(kept + "/script", "w") as file:
    file.write("#!/bin/sh")
os.chmod(kept + "/script", 0o755)
answer([attempt(os.execv, path, ["x"]) for path in ("/usr/bin/env", given + "/file", kept + "/script")] + [str(decimal.Decimal(1))])
"""
    )
    assert outcome == ["EACCES", "EACCES", "EACCES", "1"]


def test_dev_null_is_always_there_and_other_devices_only_when_listed(alone, folders):
    outcome = alone(
        restricted(folders, readable="'/dev/urandom'", writable="'/dev/zero'")
        + """
answer({
    "null": [reads("/dev/null"), writes("/dev/null")],
    "urandom": [attempt(lambda: os.read(os.open("/dev/urandom", os.O_RDONLY), 1)), writes("/dev/urandom")],
    "zero": [attempt(lambda: os.read(os.open("/dev/zero", os.O_RDONLY), 1)), writes("/dev/zero")],
    "full": [attempt(lambda: os.read(os.open("/dev/full", os.O_RDONLY), 1)), writes("/dev/full")],
})
"""
    )
    assert outcome == {"null": ["ok", "ok"], "urandom": ["ok", "EACCES"], "zero": ["ok", "ok"], "full": ["EACCES", "EACCES"]}


def test_requests_reach_a_device_that_is_writable_and_no_other(alone, folders):
    outcome = alone(
        restricted(folders, readable="'/dev/random'", writable="'/dev/urandom'")
        + """
import fcntl
RNDGETENTCNT = 0x80045200
answer([attempt(fcntl.ioctl, os.open(path, os.O_RDONLY), RNDGETENTCNT, bytes(4)) for path in ("/dev/random", "/dev/urandom")])
"""
    )
    assert outcome == ["EACCES" if landlock.abi() >= 5 else "ok", "ok"]


def test_requests_do_not_reach_devices_in_a_writable_folder(alone, folders):
    script = """
import fcntl
answer([writes("/dev/full"), attempt(fcntl.ioctl, os.open("/dev/urandom", os.O_RDONLY), 0x80045200, bytes(4))])
"""
    outcome = alone(restricted(folders, writable="'/dev'") + script)
    assert outcome == ["ok", "EACCES" if landlock.abi() >= 5 else "ok"]


def test_a_file_opened_before_stays_usable(alone, folders):
    outcome = alone(f"file = open({str(folders / 'kept' / 'file')!r})\n" + restricted(folders) + "answer(file.read())")
    assert outcome == "kept"


def test_signals_reach_oneself_but_no_process_outside(alone, folders):
    outcome = alone(
        """
outside = neighbour()
before = attempt(os.kill, outside, 0)
"""
        + restricted(folders)
        + """
after = [attempt(os.kill, outside, 0), attempt(os.kill, outside, signal.SIGKILL), attempt(os.kill, os.getpid(), 0)]
answer([before, after])
"""
    )
    held_off = "EPERM" if landlock.abi() >= 6 else "ok"
    assert outcome == ["ok", [held_off, held_off, "ok"]]


def test_abstract_sockets_lead_to_no_process_outside(alone, folders):
    outcome = alone(
        """
name = "\\0test-%d" % os.getpid()
def serve():
    server = socket.socket(socket.AF_UNIX)
    server.bind(name)
    server.listen()
    return server
neighbour(serve)
before = attempt(socket.socket(socket.AF_UNIX).connect, name)
"""
        + restricted(folders)
        + """
own = socket.socket(socket.AF_UNIX)
own.bind(name + "-own")
own.listen()
answer([before, attempt(socket.socket(socket.AF_UNIX).connect, name), attempt(socket.socket(socket.AF_UNIX).connect, name + "-own")])
"""
    )
    assert outcome == ["ok", "EPERM" if landlock.abi() >= 6 else "ok", "ok"]


def test_tcp_is_refused_to_connect_and_to_bind(alone, folders):
    outcome = alone(
        """
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen()
address = server.getsockname()
before = attempt(socket.socket().connect, address)
"""
        + restricted(folders)
        + """
answer([before, attempt(socket.socket().connect, address), attempt(socket.socket().bind, ("127.0.0.1", 0))])
"""
    )
    held_off = "EACCES" if landlock.abi() >= 4 else "ok"
    assert outcome == ["ok", held_off, held_off]


def test_a_path_that_is_not_there_is_named_and_nothing_is_restricted(alone, folders):
    outcome = alone(
        """
kernel.set_no_new_privileges()
words = [refusal(landlock.restrict, readable=["/no/such/file"], writable=[]), refusal(landlock.restrict, readable=[], writable=["/no/box"])]
answer([*words, attempt(os.listdir, "/")])
"""
    )
    assert outcome == [
        "[Errno 2] allow a path by Landlock: No such file or directory: '/no/such/file'",
        "[Errno 2] allow a path by Landlock: No such file or directory: '/no/box'",
        "ok",
    ]


def test_it_leaves_no_file_open(alone, folders):
    lines = restricted(folders, readable="given", writable="kept")
    outcome = alone(
        "def opened(): return len(os.listdir('/proc/self/fd'))\nbefore = opened()\n" + lines + "answer([before, opened()])",
    )
    assert outcome[0] == outcome[1]


def test_it_is_refused_before_new_privileges_are_given_up(ordinary):
    words = ordinary("answer(refusal(landlock.restrict, readable=[], writable=[]))")
    assert words == "[Errno 1] restrict files by Landlock: Operation not permitted"


def test_a_kernel_without_landlock_is_a_fault(monkeypatch):
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with pytest.raises(OSError, match="restrict files by Landlock: this kernel has no Landlock, or it is switched off") as fault:
        landlock.restrict(readable=["/"], writable=[])
    assert fault.value.errno == errno.EOPNOTSUPP


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM])
def test_absent_switched_off_and_blocked_are_version_zero(monkeypatch, code):
    def refuse(*_):
        raise OSError(code, "refused")

    monkeypatch.setattr(kernel, "call", refuse)
    assert landlock.abi() == 0


def test_another_fault_is_not_taken_for_absence(monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOMEM, "refused for want of memory")

    monkeypatch.setattr(kernel, "call", refuse)
    with pytest.raises(OSError, match="refused for want of memory"):
        landlock.abi()


def test_no_path_gets_the_right_to_be_run_or_to_hold_new_devices(monkeypatch, tmp_path):
    granted = []

    def note(name, *arguments, doing=None):
        if name == "landlock_add_rule":
            granted.append(arguments[2].rights)
        if name == "landlock_restrict_self":
            raise OSError(errno.EINVAL, "far enough")
        return os.open(os.devnull, os.O_RDONLY)

    monkeypatch.setattr(landlock, "abi", lambda: 7)
    monkeypatch.setattr(kernel, "call", note)
    with pytest.raises(OSError, match="far enough"):
        landlock.restrict(readable=["/", str(tmp_path)], writable=[str(tmp_path), "/dev/zero"])
    execute, make_char, make_block = 1 << 0, 1 << 6, 1 << 11
    assert len(granted) == 5
    assert not any(rights & (execute | make_char | make_block) for rights in granted)


def test_older_kernels_are_asked_only_for_what_they_know(monkeypatch):
    asked = {}

    def note(name, *arguments, doing=None):
        if name == "landlock_create_ruleset" and arguments[0] is not None:
            asked[version] = [arguments[0].files, arguments[0].network, arguments[0].scopes]
            raise OSError(errno.EINVAL, "far enough")

    monkeypatch.setattr(kernel, "call", note)
    for version in range(1, 9):
        monkeypatch.setattr(landlock, "abi", lambda: version)  # noqa: B023 - used at once
        with pytest.raises(OSError, match="far enough"):
            landlock.restrict(readable=[], writable=[])
    assert [asked[version][0].bit_length() for version in range(1, 9)] == [13, 14, 15, 15, 16, 16, 16, 16]
    assert [asked[version][1] for version in range(1, 9)] == [0, 0, 0, 3, 3, 3, 3, 3]
    assert [asked[version][2] for version in range(1, 9)] == [0, 0, 0, 0, 0, 3, 3, 3]
