"""Complete messages with the student's own words: taken from the notebook, never from the box, whose words could carry a secret. Pure."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from autograder.checks.sitting import CodeCell
from autograder.model import CellError, CheckResult, Message, Scalar
from autograder.sandbox.inside.hidden import is_hidden

NEAR = 0.5
"""difflib's ratio from which a name counts as another way to write the one that is missing."""
LONGEST_SIGNATURE = 200
_MISSING = ("call.missing", "call.not_callable")
_DEFINES = re.compile(r"^(?:def|class)[ \t]+(\w+)|^(\w+)[ \t]*=[ \t]*lambda\b", re.MULTILINE)
_Completer = Callable[[Mapping[str, Scalar]], Mapping[str, Scalar]]

MOST_NAMES, LONGEST_NAME = 300, 60
"""Of the notebook's own definitions that may be a misspelt one: comparing takes time that no deadline covers."""


class Words:
    """What a notebook's text can add to a message. Its code is searched, never parsed.

    Args:
        cells: the code cells that are run, in order.
        asked: names that the assignment hands out or asks for, none of which is another way to write one of them.
    """

    def __init__(self, cells: Sequence[CodeCell], asked: Collection[str]) -> None:
        self._sources = {cell.name: cell.source for cell in cells}
        self._text = "\n".join(self._sources.values())
        self._asked = frozenset(asked)
        defined = {found[1] or found[2]: None for found in _DEFINES.finditer(self._text)}
        others = [name for name in defined if name not in self._asked and len(name) <= LONGEST_NAME]
        self._other_names = {name.lower(): name for name in others[-MOST_NAMES:]}
        self._completers: dict[str, _Completer] = {
            "call.exception": self._with_code,
            "call.hidden": self._with_hidden,
            "call.missing": self._with_candidates,
            "call.signature": self._with_signature,
            "call.missing_module": self._with_module,
            "call.import": self._with_module,
        }

    def complete(self, result: CheckResult) -> CheckResult:
        """`result` with its messages completed; what the box said in their place goes."""
        messages = tuple(self._complete(message) for message in result.messages)
        return CheckResult(result.check, result.exercise, result.part, result.verdict, messages)

    def about_cell(self, result: CheckResult, cells: Collection[str], errors: Mapping[str, CellError]) -> CheckResult:
        """A function is missing because the cell that defines it did not run: say that instead, with the cell's verdict.

        Args:
            result: of a check.
            cells: names of the cells where the function should be defined.
            errors: cells that did not run to their end, by name.
        """
        missing = [str(message.params["name"]) for message in result.messages if message.id in _MISSING]
        for name in missing:
            defines = definition_of((name,))
            blamed = [errors[cell] for cell in self._sources if cell in errors and (cell in cells or defines.search(self._sources[cell]))]
            if blamed:
                return CheckResult(result.check, result.exercise, result.part, blamed[0].verdict, (blamed[0].message,))
        return result

    def _complete(self, message: Message) -> Message:
        completer = self._completers.get(message.id)
        return message if completer is None else Message(message.id, {**message.params, **completer(message.params)})

    def _with_code(self, params: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        line = params.get("line")
        lines = self._sources.get(str(params.get("cell")), "").split("\n")
        if not isinstance(line, int) or not 0 < line <= len(lines) or not lines[line - 1].strip():
            return {"cell": None, "line": None, "code": None}
        own = definition_of((str(params["name"]),)).search(self._sources[str(params["cell"])])
        return {"cell": None if own else params["cell"], "code": lines[line - 1].strip()}

    def _with_candidates(self, params: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        wanted = str(params["name"]).lower()
        near = difflib.get_close_matches(wanted, self._other_names, n=1, cutoff=NEAR)
        return {"candidates": self._other_names[near[0]] if near else ""}

    def _with_signature(self, params: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        name = str(params["name"])
        found = re.findall(rf"^[ \t]*def[ \t]+{re.escape(name)}[ \t]*\(([^()]*(?:\([^()]*\)[^()]*)*)\)", self._text, re.MULTILINE)
        return {"wanted": f"{name}({' '.join(found[-1].split())})"[:LONGEST_SIGNATURE] if found else None}

    def _with_hidden(self, params: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        told = is_hidden(str(params["module"]))  # else a forged one could name anything that the notebook mentions
        return {"module": None, **(self._with_module(params) if told else {}), **self._with_code(params)}

    def _with_module(self, params: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        return {"module": params["module"] if _mentions(self._text, str(params["module"])) else None}


def definition_of(names: Sequence[str]) -> re.Pattern[str]:
    """Finds a line that defines one of `names`: a def, a class, an assignment."""
    # No \s at the start: it would run over blank lines, from each of them to the last, and a megabyte of them would take hours.
    listed = "|".join(map(re.escape, names))
    return re.compile(rf"^[ \t]*(?:(?:async[ \t]+)?(?:def|class)[ \t]+(?:{listed})\b|(?:{listed})[ \t]*[=:,])", re.MULTILINE)


def _mentions(text: str, name: str) -> bool:
    return bool(name) and re.search(rf"\b{re.escape(name)}\b", text) is not None
