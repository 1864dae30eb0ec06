"""The command line: one file a verb. Heavy imports stay inside the commands, so that --help answers at once."""

import sys
import traceback
from typing import NoReturn

from autograder.errors import EXIT_FAULT, EXIT_INTERRUPTED, EXIT_USAGE, AutograderError, SandboxError

_EXTRA = "the command line needs what grading needs: pip install 'gradient-autograder[grade]'"


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    try:
        from autograder.cli.app import app  # noqa: PLC0415 - typer comes with the extra
    except ModuleNotFoundError as error:
        sys.stderr.write(f"autograder: {error.name} is not installed; {_EXTRA}\n")
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        _say_interrupted()
    try:
        app()
    except SandboxError as error:
        from autograder.sandbox.advice import for_problem  # noqa: PLC0415

        found = for_problem(str(error))
        mend = f"missing: {found.layer}; to mend it: {found.mend}\n" if found.mend else ""
        sys.stderr.write(f"autograder: nothing can be graded here: {error}\n{mend}`autograder doctor` tries every layer\n")
        sys.exit(error.exit_code)
    except AutograderError as error:
        sys.stderr.write(f"autograder: {error}\n")
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if _is_silent_interrupt(ended):
            _say_interrupted()
        raise
    except KeyboardInterrupt:
        _say_interrupted()
    except Exception:  # noqa: BLE001 - the outermost edge: whatever it is, it gets its exit code
        sys.stderr.write("autograder: this is a fault of ours; please report it with what follows\n")
        traceback.print_exc()
        sys.exit(EXIT_FAULT)


def _is_silent_interrupt(ended: SystemExit) -> bool:
    """True where typer made Ctrl-C an exit, of which it says nothing; a command that said what is done ends by an exit of its own."""
    return ended.__context__ is not None and isinstance(ended.__context__.__cause__, KeyboardInterrupt)


def _say_interrupted() -> NoReturn:
    sys.stderr.write("autograder: interrupted\n")
    sys.exit(EXIT_INTERRUPTED)
