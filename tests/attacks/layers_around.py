"""What the layers around a box hold off: namespaces, mounts, Landlock, rights."""

from autograder.sandbox.inside.layers import Layer

from .shown import (
    CONNECTION,
    FILE,
    IN_A_USER_NAMESPACE,
    MEMORY,
    MOUNTING,
    NAME,
    NETWORK,
    REMOUNT,
    SIGNAL_TO_BOX,
    SIGNAL_TO_GROUP,
    THREADS,
    Shown,
)

NAMESPACES = (
    Shown(
        Layer.PID_NAMESPACE,
        "a signal to another box",
        SIGNAL_TO_BOX,
        succeeds=True,
        held=False,
        partners=(Layer.OWN_PROC, Layer.LANDLOCK),  # the first can't be had without it
    ),
    Shown(
        Layer.USER_NAMESPACE,
        "threads that leave none for another box",
        THREADS + "def neighbour():\n    start(50)\ndef attack(_):\n    return start(20) or 'enough'",
        succeeds="RuntimeError",
        held="enough",
        partners=IN_A_USER_NAMESPACE,
    ),
    Shown(Layer.NETWORK_NAMESPACE, "a name for another box", NAME, held="ECONNREFUSED", partners=(NETWORK, Layer.LANDLOCK)),
    Shown(Layer.NETWORK_NAMESPACE, "a connection to another box", CONNECTION, held="ENETUNREACH", partners=(NETWORK, Layer.LANDLOCK)),
    Shown(
        Layer.IPC_NAMESPACE,
        "memory shared with another box by a key",
        """
        def neighbour():
            kernel.call("shmget", 4711, 4096, 0o1600)

        def attack(_):
            kernel.call("shmget", 4711, 4096, 0o600)
        """,
        held="ENOENT",
        partners=(MEMORY,),
    ),
)

FILES = (
    Shown(Layer.PRIVATE_FOLDER, "a file left for another box", FILE.format(folder="/box"), succeeds="hello", held="ENOENT"),
    Shown(
        Layer.EMPTY_TMP,
        "a file left where libraries keep theirs",
        FILE.format(folder="/tmp"),
        succeeds="hello",
        held="ENOENT",
        partners=(Layer.READ_ONLY, Layer.LANDLOCK),
    ),
    Shown(
        Layer.READ_ONLY,
        "a file left in a folder all have",
        FILE.format(folder="/dev/shm"),
        succeeds="hello",
        held="EROFS",
        partners=(Layer.LANDLOCK,),
    ),
    Shown(
        Layer.LANDLOCK,
        "a file left in a folder all have",
        FILE.format(folder="/dev/shm"),
        succeeds="hello",
        held="EACCES",
        partners=(Layer.READ_ONLY,),
    ),
    Shown(
        Layer.OWN_PROC,
        "a look at the processes around it",
        "len([name for name in os.listdir('/proc') if name.isdigit()]) > 1",
        succeeds=True,
        held=False,
    ),
    Shown(Layer.OWN_PROC, "a look at how the machine was started", "open('/proc/cmdline').close()", held="ENOENT"),
    Shown(
        Layer.FOLDER_BYTES,
        "more bytes than it may keep",
        "[open('/box/x', 'wb', 0).write(bytes(1 << 20)), open('/box/y', 'wb', 0).write(b'y')][1]",
        succeeds=1,
        held="ENOSPC",
        limits={"box_bytes": 1 << 20},
    ),
    Shown(
        Layer.FOLDER_FILES,
        "more files than it may keep",
        "[open(f'/box/{number}', 'w').close() for number in range(3000)][0]",
        held="ENOSPC",
    ),
    Shown(
        Layer.CLOSED_FILES,
        "a word to the grader in the zygote's name",
        """
        def attack():
            for number in range(4, 64):
                try:
                    found = socket.socket(fileno=os.dup(number))
                    if found.type == socket.SOCK_SEQPACKET:
                        return found.send(b"forged")
                except OSError:
                    pass
            return "none is open"
        """,
        succeeds=6,
        held="none is open",
    ),
    Shown(
        Layer.CLOSED_FILES,
        "words of its own in what the zygote is quoted with",
        "os.path.basename(os.readlink('/proc/self/fd/2'))",
        succeeds="memfd:autograder (deleted)",
        held="null",
    ),
    Shown(
        Layer.LANDLOCK,
        "a look at the top of the tree",
        "os.listdir('/') and None",
        held="EACCES",
    ),
    Shown(Layer.LANDLOCK, "a terminal", "os.close(os.open('/dev/ptmx', os.O_RDWR))", held="EACCES"),
    Shown(Layer.LANDLOCK, "a name for another box", NAME, held="EPERM", partners=(NETWORK, Layer.NETWORK_NAMESPACE), landlock=6),
    Shown(
        Layer.LANDLOCK,
        "a connection to another box",
        CONNECTION,
        held="EACCES",
        partners=(NETWORK, Layer.NETWORK_NAMESPACE),
        landlock=4,
    ),
    Shown(
        Layer.LANDLOCK,
        "a signal to another box",
        SIGNAL_TO_BOX,
        succeeds=True,
        held=False,
        partners=(Layer.PID_NAMESPACE, Layer.OWN_PROC),
        landlock=6,
    ),
)

RIGHTS = (
    Shown(
        Layer.OWN_SESSION,
        "a signal to all who share a group with it",
        SIGNAL_TO_GROUP,
        succeeds=True,
        held=False,
        partners=(Layer.LANDLOCK,),
    ),
    Shown(Layer.CAPABILITIES, "a mount made writable again", REMOUNT, held="EPERM", partners=(MOUNTING, Layer.LANDLOCK)),
    Shown(MOUNTING, "a mount made writable again", REMOUNT, held="EPERM", partners=(Layer.CAPABILITIES, Layer.LANDLOCK)),
    Shown(
        Layer.LANDLOCK,
        "a mount of its own",
        "kernel.mount('tmpfs', '/dev', 'tmpfs')",
        held="EPERM",
        partners=(Layer.CAPABILITIES, MOUNTING),
    ),
)
