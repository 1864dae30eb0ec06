"""A zygote that makes boxes without the layers it is told to leave out. Runs in a box, put there by tests; the package has none."""

import os
import socket

from autograder.sandbox.inside import zygote
from autograder.sandbox.inside.facts import describe
from autograder.sandbox.inside.layers import EVERY
from autograder.sandbox.inside.warm import Warmed


class Bare:
    """As much of a shell as an attack needs, which is there at once."""

    def __init__(self):
        self.user_ns = {"__name__": "__main__"}

    def run_source(self, source, name):
        try:
            exec(compile(source, f"<cell {name}>", "exec"), self.user_ns)
        except BaseException as error:  # noqa: BLE001 - an attack may raise anything
            return describe(error)
        return None


def main(control_fd, without):
    """Fork what is asked for; this process itself is made without the layers in `without`."""
    control = socket.socket(fileno=control_fd)
    zygote.settle(EVERY - frozenset(without))
    control.send(str(os.getpid()).encode())
    while request := zygote.receive(control):
        limits, left_out = request.asked
        assert EVERY.issuperset(left_out)
        zygote.bear(request, limits, Warmed(Bare(), {}), EVERY - frozenset(left_out))
