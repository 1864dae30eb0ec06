"""Which lines of the tested modules a set of inputs reaches."""

import importlib
import inspect
import sys
from contextlib import contextmanager, suppress


def told(target, inputs):
    """A line of text for each of the target's modules: how many lines of its functions are reached, and the numbers of the others."""
    modules = [importlib.import_module(name) for name in target.modules]
    wanted = {inspect.getsourcefile(module): _lines_of(module) for module in modules}
    reached = {file: set() for file in wanted}
    with _traced(reached):
        for data in inputs:
            with suppress(Exception):
                target.judge(data)
    for module in modules:
        file = inspect.getsourcefile(module)
        never = sorted(wanted[file] - reached[file])
        yield f"{module.__name__:<44} {len(wanted[file]) - len(never):>4} of {len(wanted[file]):>4} lines" + (
            f"; never {', '.join(map(str, never))}" if never else ""
        )


@contextmanager
def _traced(reached):
    def local(frame, event, _):
        if event == "line":
            reached[frame.f_code.co_filename].add(frame.f_lineno)
        return local

    def begin(frame, _event, _argument):
        return local if frame.f_code.co_filename in reached else None

    sys.settrace(begin)
    try:
        yield
    finally:
        sys.settrace(None)


def _lines_of(module):
    """Numbers of the lines in the module's functions; what runs at import does not count."""
    with open(inspect.getsourcefile(module)) as file:
        top = compile(file.read(), module.__name__, "exec")
    lines, pending = set(), [top]
    while pending:
        code = pending.pop()
        pending += [constant for constant in code.co_consts if inspect.iscode(constant)]
        if code.co_flags & inspect.CO_OPTIMIZED:  # a function's, not a module's or a class's
            lines |= {line for _, _, line in code.co_lines() if line and line != code.co_firstlineno}
    return lines
