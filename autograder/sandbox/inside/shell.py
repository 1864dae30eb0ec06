"""The IPython shell that student cells run in: no history, no shell escapes, and tracebacks kept as facts instead of printed."""

import ast
import sys
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.sandbox.inside.facts import CELL_FILE, describe


class _Compiler(CachingCompiler):
    """Names compiled code after the cell it stands in, so that a traceback points into the student's notebook."""

    cell = ""

    def get_code_name(self, *_: object) -> str:
        return CELL_FILE.format(self.cell)


class Shell(InteractiveShell):
    """An InteractiveShell that changes nothing outside itself and prints no traceback."""

    def run_source(self, source: str, name: str) -> dict[str, Any] | None:
        """Run one cell; None when it ran to its end, else what went wrong, as `facts.describe` tells it."""
        self.compile.cell = name
        result = self.run_cell(source, store_history=False)
        error = result.error_before_exec or result.error_in_exec
        return None if error is None else describe(error)

    def transform_cell(self, raw_cell: str) -> str:
        """Have IPython look for its own syntax only in what is no Python as it stands: that takes longer than to run most cells."""
        source = raw_cell if raw_cell.endswith("\n") else f"{raw_cell}\n"
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return str(super().transform_cell(raw_cell))
        return source

    def should_run_async(self, raw_cell: str, **options: Any) -> bool:
        """A cell that has neither word needs no event loop; to find that out by compiling takes longer."""
        return ("await" in raw_cell or "async" in raw_cell) and bool(super().should_run_async(raw_cell, **options))

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Say nothing: formatting a traceback costs tens of milliseconds and prints the grader's own files."""

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Say nothing, as above."""

    def ask_exit(self) -> None:
        """`exit` and `quit` in a cell end that cell, as in a notebook they would end the kernel."""
        raise SystemExit

    def enable_gui(self, _gui: str | None = None) -> None:
        """`%matplotlib inline` and its kin choose a window system; there is none to choose."""

    def system(self, _cmd: str) -> None:
        """`!command`: processes can't be started here; a notebook that tries goes on without."""
        sys.stderr.write("shell commands do nothing while grading\n")

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str | None, str]:
        """Keep the Agg backend whatever is asked for."""
        return gui, "agg"


def make_shell() -> Shell:
    """The one shell of this process, without history (whose thread would forbid forking) and without startup files."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.autocall = 0
    config.InteractiveShell.colors = "nocolor"
    shell: Shell = Shell.instance(config=config, compiler_class=_Compiler)
    for name in ("bash", "sh", "script"):
        shell.register_magic_function(_no_process, "cell", name)
    for name in ("pip", "conda", "system", "sx"):
        shell.register_magic_function(_no_process, "line", name)
    return shell


def _no_process(*_: Any) -> None:
    sys.stderr.write("shell commands do nothing while grading\n")
