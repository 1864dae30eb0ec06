"""The mounts of a box: a private writable /box, everything else read-only, and a /proc that shows this box alone.

`main` is a program of its own: bubblewrap runs it once to find out if this machine lets what it starts do so.
"""

from autograder.sandbox.inside import kernel
from autograder.sandbox.inside.layers import EVERY, Layer

BOX_FILES = 2048
MOUNTS = frozenset({Layer.PRIVATE_FOLDER, Layer.EMPTY_TMP, Layer.READ_ONLY, Layer.OWN_PROC})
"""The layers that need a mount namespace."""
_PLAIN = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC


def furnish(box_bytes: int, layers: frozenset[str] = EVERY) -> None:
    """Make the mounts, in a mount namespace of this process's own.

    Args:
        box_bytes: the most that files in /box may hold together.
        layers: see `layers`.
    """
    if not layers & MOUNTS:
        return
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    if Layer.PRIVATE_FOLDER in layers:
        bounds = [f"size={box_bytes}"] if Layer.FOLDER_BYTES in layers else []
        bounds += [f"nr_inodes={BOX_FILES}"] if Layer.FOLDER_FILES in layers else []
        kernel.mount("tmpfs", "/box", "tmpfs", _PLAIN, ",".join([*bounds, "mode=700"]))
    if Layer.EMPTY_TMP in layers:
        kernel.mount("tmpfs", "/tmp", "tmpfs", _PLAIN, "size=4k,mode=755")  # noqa: S108 - the zygote's caches are not for students
    if Layer.READ_ONLY in layers:
        kernel.remount_tree_read_only("/")
        kernel.remount_writable("/box")
    if Layer.OWN_PROC in layers:
        # subset=pid, proc(5): nothing of this machine, whose command line, load and hardware are no business of a box
        kernel.mount("proc", "/proc", "proc", _PLAIN | kernel.MS_RDONLY, "subset=pid")


def furnish_solo(box_bytes: int) -> None:
    """The same in a bubblewrap of one's own. /proc stays as bubblewrap made it, but read-only: its namespace is not ours."""
    furnish(box_bytes, EVERY - {Layer.OWN_PROC})


def main(box_bytes: int) -> None:
    """Try the latter in earnest, and give up every capability as a box would; ends with an error where either is refused."""
    kernel.unshare(kernel.Namespace.MOUNT)
    furnish_solo(box_bytes)
    kernel.drop_capabilities()
