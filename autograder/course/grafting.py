"""Put functions in place of others of the same name, as mistakes and variants need it. In and out: source text and notebooks. Pure.

Only the course's own code comes here: it is parsed, which a student's never is outside the box.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from autograder.errors import AssignmentError
from autograder.model import Notebook

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Span:
    """Where a top-level statement stands: `first` to `last` line, counted from 1, decorators included."""

    first: int
    last: int
    text: str


def functions(source: str) -> dict[str, Span]:
    """The functions and classes that `source` defines at its top level, in its order; of several with one name the last, as in Python.

    Raises:
        AssignmentError: it is not Python.
    """
    lines = _lines(source)
    return {node.name: _span(node, lines) for node in _body(source) if isinstance(node, Definition)}


def graft(cell_source: str, replacement: str) -> str:
    """`cell_source` with the definitions of `replacement` in place of its own of the same names.

    What of `replacement` has no counterpart (imports, constants, helpers) comes first, in its order, so that it is there when the
    definitions are run.

    Raises:
        AssignmentError: either is not Python, or `replacement` binds a name to something that the cell would define again.
    """
    spans = functions(cell_source)
    ours, rest = _split(replacement, set(spans))
    return _joined(rest, _replaced(cell_source, ours))


def graft_notebook(notebook: Notebook, exercise_cells: Sequence[str], replacement: str) -> Notebook:
    """`notebook` with the definitions of `replacement` grafted into the cells whose grade_ids are `exercise_cells`.

    A definition replaces its counterpart in each of these cells that has one; what has no counterpart in any comes first in the first
    of them in the notebook that is changed.

    Raises:
        AssignmentError: as for `graft`; or nothing in `replacement` has a counterpart, so that nothing would be put to the test.
    """
    chosen = [cell.grade_id in exercise_cells for cell in notebook.cells]
    names = {name for cell, here in zip(notebook.cells, chosen, strict=True) if here for name in functions(cell.source)}
    ours, rest = _split(replacement, names)
    if not ours:
        raise AssignmentError(
            f"nothing to graft: {_listed(functions(replacement))} defined, but {', '.join(exercise_cells)} define {_listed(sorted(names))}"
        )
    cells = list(notebook.cells)
    for index, cell in enumerate(cells):
        if chosen[index] and not ours.keys().isdisjoint(functions(cell.source)):
            cells[index] = replace(cell, source=_joined(rest, _replaced(cell.source, ours)))
            rest = ""
    return replace(notebook, cells=tuple(cells))


def _split(replacement: str, names: set[str]) -> tuple[dict[str, str], str]:
    """The definitions that have a counterpart among `names`, and the text of all other statements."""
    lines = _lines(replacement)
    spans = functions(replacement)
    ours = {name: span.text for name, span in spans.items() if name in names}
    rest = []
    for node in _body(replacement):
        if isinstance(node, Definition) and node.name in ours:
            continue
        rebound = names.intersection(_bound(node))
        if rebound:
            raise AssignmentError(f"line {node.lineno}: '{min(rebound)}' must be defined by def or class to stand in for the notebook's")
        if not _is_docstring(node):
            rest.append(_span(node, lines).text)
    return ours, "\n".join(rest)


def _replaced(cell_source: str, texts: Mapping[str, str]) -> str:
    lines = _lines(cell_source)
    spans = {name: span for name, span in functions(cell_source).items() if name in texts}
    for name, span in sorted(spans.items(), key=lambda item: item[1].first, reverse=True):
        lines[span.first - 1 : span.last] = texts[name].split("\n")
    return "\n".join(lines)


def _joined(rest: str, source: str) -> str:
    return f"{rest}\n\n\n{source}" if rest else source


def _bound(node: ast.stmt) -> list[str]:
    """The names that a statement binds where it stands; those inside functions and comprehensions are their own affair."""
    if isinstance(node, Definition):
        return []
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    stored = [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
    return stored + [part.name for part in ast.walk(node) if isinstance(part, Definition)]  # such as one for each branch of an if


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _body(source: str) -> list[ast.stmt]:
    try:
        return ast.parse("\n".join(_lines(source))).body
    except SyntaxError as error:
        raise AssignmentError(f"line {error.lineno or 1}: it is not Python ({error.msg})") from None
    except ValueError as error:  # zero bytes, before Python 3.11.4
        raise AssignmentError(f"line 1: it is not Python ({error})") from None


def _span(node: ast.stmt, lines: Sequence[str]) -> Span:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    last = node.end_lineno or first
    return Span(first, last, "\n".join(lines[first - 1 : last]))


def _lines(source: str) -> list[str]:
    """The lines as Python counts them; str.splitlines would part at form feeds and other marks too."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _listed(names: Sequence[str] | Mapping[str, Span]) -> str:
    return ", ".join(names) or "nothing"
