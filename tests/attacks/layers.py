"""The table of layers: what each holds off, and which hold nothing off on this kernel."""

from autograder.sandbox.inside.layers import Layer, refusals

from .layers_around import FILES, NAMESPACES, RIGHTS
from .layers_of_calls import CALLS
from .layers_of_limits import LIMITS
from .shown import IN_A_USER_NAMESPACE, Shown

SHOWN = (*NAMESPACES, *FILES, *RIGHTS, *LIMITS, *CALLS)

AROUND = (Layer.USER_NAMESPACE, *IN_A_USER_NAMESPACE, Layer.LANDLOCK)
OF_THE_ZYGOTE = (
    Shown(
        Layer.HIDDEN_ZYGOTE,
        "the memory of the zygote",
        """
        def attack():
            status = open(f"/proc/{os.getppid()}/status").read()
            zygote = status.split("PPid:")[1].split()[0]
            first = open(f"/proc/{zygote}/maps").read().split("-")[0]
            with open(f"/proc/{zygote}/mem", "rb") as memory:
                memory.seek(int(first, 16))
                return memory.read(4)[1:].decode()
        """,
        succeeds="ELF",
        held="EACCES",
        partners=AROUND,
    ),
)

SHOWN_ELSEWHERE = {
    Layer.FIRST_TO_END: "test_when_memory_runs_out_a_box_ends_before_the_grader",
}
"""What is not seen from inside, and the test that shows it."""

WITHOUT_EFFECT = (
    Shown(
        Layer.UTS_NAMESPACE,
        "the machine's names can be read with it as without; to set them takes a capability over the namespace, and over the one that"
        " bubblewrap made nobody in a box can have one",
        "kernel.call('sethostname', b'gradient', 8)",
        held="EPERM",
        partners=(Layer.CAPABILITIES, refusals("namespaces")),
    ),
    Shown(
        Layer.CGROUP_NAMESPACE,
        "a box sees its cgroup below the one that bubblewrap started in, which says no more than its own; bubblewrap's namespace holds",
        "{line.split(':', 2)[2].strip() for line in open('/proc/self/cgroup')} == {'/'}",
        held=True,
    ),
    Shown(
        Layer.NO_NEW_PRIVILEGES,
        "bubblewrap has set it before, for good; Landlock and the filter of calls could not be put on without it",
        "'NoNewPrivs:\\t1' in open('/proc/self/status').read()",
        held=True,
    ),
    Shown(
        refusals("unknown"),
        "this kernel lacks the calls that it refuses; those before 5.4 took 512 to 547 for calls of x32",
        "check(libc.syscall(ctypes.c_long(520), 0, 0, 0))",
        held="ENOSYS",
    ),
)
"""Layers that no attack tells from their absence on this kernel: why, and what an attack comes to without them and their partners."""
