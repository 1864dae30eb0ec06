"""How a line of the table of layers is written, and texts that several lines share. Attacks are texts, for they run in boxes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from autograder.sandbox.inside.layers import Layer, refusals

WENT_THROUGH = "it went through"


@dataclass(frozen=True)
class Shown:
    """What one layer holds off.

    `attack` is an expression, or Python with a function `attack`; if need be also with `neighbour`, which another box runs first and whose
    result `attack` is given, and with `after`, which the other box runs last and whose result counts. `succeeds` is what comes of it
    without the layer and its partners, `held` with the partners alone missing: a value, the name of an error, or why the box ended.
    `lacking` is what comes of it where the kernel lacks what it would use; `landlock` the version of Landlock's interface that holds it.
    """

    layer: str
    name: str
    attack: str
    held: Any
    succeeds: Any = WENT_THROUGH
    partners: tuple[str, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    lacking: Any = None
    landlock: int = 0

    def source(self):
        """The attack as a cell."""
        return dedent(self.attack) if "def attack" in self.attack else f"def attack():\n    return {self.attack}\n"


FORK, DUMPS, MEMORY, MOUNTING, NETWORK = (refusals(group) for group in ("fork", "dumps", "memory", "mounts", "network"))
IN_A_USER_NAMESPACE = (
    *(Layer.PID_NAMESPACE, Layer.NETWORK_NAMESPACE, Layer.IPC_NAMESPACE, Layer.UTS_NAMESPACE, Layer.CGROUP_NAMESPACE),
    *(Layer.PRIVATE_FOLDER, Layer.EMPTY_TMP, Layer.READ_ONLY, Layer.OWN_PROC),
)
"""What can't be had without a user namespace of the box's own."""

SIGNAL = """
def neighbour():
    global struck
    struck = []
    signal.signal(signal.SIGWINCH, lambda *_: struck.append(True))  # which no other process minds
    return int(os.readlink("/proc/self"))

def attack(neighbour):
    try:
        os.kill({target}, signal.SIGWINCH)
    except OSError:
        pass

def after():
    time.sleep(0.05)
    return bool(struck)
"""
SIGNAL_TO_BOX, SIGNAL_TO_GROUP = SIGNAL.format(target="neighbour"), SIGNAL.format(target="0")
FILE = """
def neighbour():
    path = f"{folder}/{{time.monotonic_ns()}}"
    with open(path, "w") as file:
        file.write("hello")
    return path

def attack(path):
    return open(path).read()
"""
NAME = """
def neighbour():
    global server
    server = socket.socket(socket.AF_UNIX)
    server.bind("\\0meeting")
    server.listen()

def attack(_):
    socket.socket(socket.AF_UNIX).connect("\\0meeting")
"""
CONNECTION = """
def neighbour():
    global server
    server = socket.socket()
    server.bind(("", 0))
    server.listen()
    return server.getsockname()[1]

def attack(port):
    socket.socket().connect(("127.0.0.1", port))
"""
THREADS = """
def start(count):
    for _ in range(count):
        threading.Thread(target=time.sleep, args=(50,), daemon=True).start()
"""
LOCK = """
def neighbour():
    global file
    file = open({path!r}, {mode!r})
    fcntl.{lock}(file, fcntl.LOCK_EX)

def attack(_):
    fcntl.{lock}(open({path!r}, {mode!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)
"""
REMOUNT = "kernel.remount_writable('/dev')"
