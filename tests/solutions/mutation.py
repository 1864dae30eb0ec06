"""Change the solutions in one place at a time and see that each mutant loses points: `python tests/solutions/mutation.py [assignment ...]`.

A mutant stands in for the solution's function in a trusted session, as a catalogued mistake does, and the hidden checks of its own exercise
run against it. It is killed if with each seed one of them fails. What survives shows a check that is too weak, or is equivalent: what it
gives is right as well, and equivalent.toml says why.
"""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from autograder.checks.collection import Check
from autograder.checks.judging import Judge
from autograder.checks.trusted import EndlessError, bound_lines
from autograder.course import load
from autograder.course.assignment import Assignment
from autograder.course.loading import assignment_ids
from autograder.course.mistakes import Variant
from autograder.model import Verdict

COURSE = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
SEEDS = range(1, 9)
"""One is not enough: what kills a mutant may be an input that a draw has by chance."""
WIDEST = 60
"""Characters of the expression that a change is shown in."""

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.MatMult: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
PAIRS = (("max", "min"), ("maximum", "minimum"), ("sum", "mean"), ("ceil", "floor"), ("any", "all"), ("std", "var"), ("randn", "rand"))
ONE_WAY = {
    "array": "asarray",
    "zeros_like": "ones_like",
    "zeros": "ones",
    "exp": "expm1",
    "expm1": "exp",
    "log": "log1p",
    "isfinite": "isnan",
}
NAMES = {**ONE_WAY, **dict(PAIRS), **{right: left for left, right in PAIRS}}
SYMMETRIC = {"max", "min", "maximum", "minimum"}
SIGNLESS = {"abs", "norm", "zeros", "zeros_like", "ones_like", "empty", "empty_like", "isfinite", "array", "asarray", "ndindex"}
"""Functions in whose result or argument a sign is lost, or that nothing but the array they make tells from it."""


@dataclass(frozen=True)
class Mutant:
    """One change of a solution.

    Args:
        cell: grade_id of the solution cell.
        definition: the function or class that is replaced.
        function: where the change is: `definition`, or a method as "Class.method".
        change: "before -> after", and of several that read alike which one; with `function` it names the mutant.
        source: the definition with the change.
    """

    cell: str
    definition: str
    function: str
    change: str
    source: str


class Fate(Enum):
    """What became of a mutant."""

    VALUE = "wrong value"
    ERROR = "exception"
    SURVIVES = "survives"


# --- what may stand in a place ---


def _alternatives(node: ast.AST, parent: ast.AST, field: str) -> Iterator[ast.AST]:
    """What stands for `node` in its mutants. The new nodes share their parts with the old one."""
    match node:
        case ast.BinOp(left, op, right):
            yield ast.BinOp(left, OPERATORS[type(op)](), right)
            yield from (left, right)
            if isinstance(op, ast.MatMult):
                yield ast.BinOp(right, op, left)
                yield from (ast.BinOp(_transposed(left), op, right), ast.BinOp(left, op, _transposed(right)))
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield operand
        case ast.Compare(left, [op], [right]):
            yield from (ast.Compare(left, [other()], [right]) for other in COMPARISONS[type(op)])
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            yield from values
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(float(value)):
            yield from (ast.Constant(2 * value), ast.Constant(value + 1))
        case ast.Attribute(value, "T"):
            yield value
        case ast.Call():
            yield from _calls(node)
        case ast.IfExp(test, body, orelse):
            yield from (body, orelse, ast.IfExp(test, orelse, body))
        case ast.Tuple(elements, context) | ast.List(elements, context):
            yield from (type(node)(swapped, context) for swapped in _exchanged(elements))
        case ast.Dict(keys, values):
            yield from (ast.Dict(keys, swapped) for swapped in _exchanged(values))
        case ast.Slice(lower, upper, step):
            yield from (ast.Slice(None, upper, step), ast.Slice(lower, None, step), ast.Slice(lower, upper, None))
        case ast.AugAssign(target, op, value):
            yield ast.AugAssign(target, OPERATORS[type(op)](), value)
            yield ast.Assign([target], value, lineno=0)
    if isinstance(node, ast.expr) and field == "iter":
        yield from _loops(node)
    if isinstance(node, ast.expr) and field == "test" and not isinstance(node, ast.Compare):
        yield ast.UnaryOp(ast.Not(), node)
    if isinstance(node, ast.expr) and _has_a_sign(node, parent, field):
        yield ast.UnaryOp(ast.USub(), node)
    if isinstance(node, ast.stmt) and not isinstance(node, ast.Pass | ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        yield ast.Pass()


def _calls(call: ast.Call) -> Iterator[ast.expr]:
    """A function for another, an argument for the call, two arguments exchanged, an argument by name left out."""
    function, arguments, words = call.func, call.args, call.keywords
    name = _name(call)
    match function:
        case ast.Attribute(value, attribute) if attribute in NAMES:
            yield ast.Call(ast.Attribute(value, NAMES[attribute]), arguments, words)
        case ast.Name("max" | "min" | "any" | "all"):
            yield ast.Call(ast.Name(NAMES[name]), arguments, words)
    match arguments:
        case [argument] if name != "float" and not isinstance(argument, ast.Starred):  # float changes a number's kind alone
            yield argument
    if isinstance(function, ast.Attribute) and not arguments:
        yield function.value
    if name not in SYMMETRIC:
        yield from (ast.Call(function, swapped, words) for swapped in _exchanged(arguments))
    yield from (ast.Call(function, arguments, words[:place] + words[place + 1 :]) for place in range(len(words)))


def _loops(rounds: ast.expr) -> Iterator[ast.expr]:
    """A loop without its first round, without its last, and the other way round."""
    whole = rounds if isinstance(rounds, ast.Call) and _name(rounds) == "range" else ast.Call(ast.Name("list"), [rounds], [])
    less, back = ast.Constant(1), ast.UnaryOp(ast.USub(), ast.Constant(1))
    for part in (ast.Slice(less), ast.Slice(None, back), ast.Slice(None, None, back)):
        yield ast.Subscript(whole, part)


def _has_a_sign(node: ast.expr, parent: ast.AST, field: str) -> bool:
    """True for what is bound or returned, or given to a function of a library, if it may be a number other than 0."""
    if not isinstance(node, ast.Name | ast.Call | ast.BinOp | ast.Subscript) or (isinstance(node, ast.Call) and _name(node) in SIGNLESS):
        return False
    if isinstance(parent, ast.Call):
        return field == "args" and isinstance(parent.func, ast.Attribute) and _name(parent) not in SIGNLESS
    return field == "value" and isinstance(parent, ast.Return | ast.Assign | ast.AugAssign)


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


def _transposed(operand: ast.expr) -> ast.expr:
    return ast.Attribute(operand, "T")


def _exchanged(items: Sequence[ast.expr]) -> Iterator[list[ast.expr]]:
    """`items` with each two neighbours exchanged."""
    for place in range(len(items) - 1):
        yield [*items[:place], items[place + 1], items[place], *items[place + 2 :]]


# --- mutants ---


def mutants(source: str, cell: str = "") -> list[Mutant]:
    """All mutants of the functions and classes that `source` defines; each text of a definition once, and never the original's."""
    made: list[Mutant] = []
    for tree in ast.parse(source).body:
        if not isinstance(tree, ast.FunctionDef | ast.ClassDef):
            continue
        seen, named = {ast.unparse(tree)}, Counter[tuple[str, str]]()
        for node, parent, field, put, above in list(_places(tree, ())):
            within = [one for one in above if isinstance(one, ast.expr) and len(ast.unparse(one)) <= WIDEST]
            before = _text(within[0] if within else node)
            for other in _alternatives(node, parent, field):
                put(other)
                text = ast.unparse(tree)
                change = f"{before} -> {_text(within[0] if within else other)}"
                put(node)
                if text in seen:
                    continue
                seen.add(text)
                function = ".".join(one.name for one in above if isinstance(one, ast.FunctionDef | ast.ClassDef))
                named[function, change] += 1
                number = named[function, change]
                made.append(Mutant(cell, tree.name, function, change if number == 1 else f"{change} ({number})", text))
    return made


Place: TypeAlias = tuple[ast.AST, ast.AST, str, Callable[[ast.AST], None], tuple[ast.AST, ...]]


def _places(parent: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[Place]:
    """The nodes under `parent` that a student writes: each with its parent and field, what puts another in its place, and all above it."""
    above = (*above, parent)
    for field, value in ast.iter_fields(parent):
        if field in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for place, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr) or _is_text(node):
                continue
            yield node, parent, field, _putter(parent, field, place if isinstance(value, list) else None), above
            yield from _places(node, above)


def _putter(parent: ast.AST, field: str, place: int | None) -> Callable[[ast.AST], None]:
    def put(node: ast.AST) -> None:
        if place is None:
            setattr(parent, field, node)
        else:
            getattr(parent, field)[place] = node

    return put


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _text(node: ast.AST) -> str:
    """One line: of a statement with a body the first."""
    return "nothing" if isinstance(node, ast.Pass) else ast.unparse(node).strip().partition("\n")[0]


# --- what becomes of them ---


class Bench:
    """Where the mutants of an assignment are tried.

    Args:
        assignment: whose solution is mutated.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.judge = Judge(assignment)

    def mutants(self) -> list[Mutant]:
        """All mutants of the solution cells, in the order of the notebook."""
        return solution_mutants(self.assignment)

    def checks(self, mutant: Mutant) -> list[Check]:
        """The checks of the exercises that ask for what is mutated; for a helper those of the exercise in whose cell it stands."""
        exercises = self.assignment.exercises
        asking = {one.id for one in exercises if mutant.definition in one.functions}
        asking = asking or {one.id for one in exercises if one.solution_cell == mutant.cell}
        return [check for check in self.judge.suite.checks if check.exercise in asking]

    def fate(self, mutant: Mutant, seeds: Sequence[int] = SEEDS) -> Fate:
        """What becomes of `mutant`: one seed that lets it pass is enough to survive; else what ended it with the first."""
        checks, fates = self.checks(mutant), []
        for seed in seeds:
            fates.append(self._fate(mutant, checks, seed))
            if fates[-1] is Fate.SURVIVES:
                return Fate.SURVIVES
        return fates[0]

    def faults(self, seeds: Sequence[int] = SEEDS) -> list[str]:
        """Checks that the solution itself fails: what they say of a mutant means nothing."""
        checks, replay = self.judge.suite.checks, self.judge.diagnostician.replay
        return [check.id for check in checks if any(replay(check, seed, [])[0] is not Verdict.PASSED for seed in seeds)]

    def _fate(self, mutant: Mutant, checks: Sequence[Check], seed: int) -> Fate:
        for check in checks:
            try:
                with bound_lines():
                    verdict, _ = self.judge.diagnostician.replay(check, seed, [Variant(mutant.change, mutant.source)])
            except EndlessError:
                return Fate.ERROR
            if verdict is not Verdict.PASSED:
                return Fate.VALUE if verdict is Verdict.FAILED else Fate.ERROR
        return Fate.SURVIVES


def solution_mutants(assignment: Assignment) -> list[Mutant]:
    """All mutants of the solution cells of `assignment`, in the order of the notebook."""
    solved = {exercise.solution_cell for exercise in assignment.exercises}
    cells = [cell for cell in assignment.source.cells if cell.grade_id in solved]
    return [mutant for cell in cells for mutant in mutants(cell.source, cell.grade_id or "")]


def equivalents() -> dict[str, dict[str, dict[str, str]]]:
    """Why a mutant need not lose points, by assignment, function and change."""
    return tomllib.loads(EQUIVALENT.read_text())


@dataclass(frozen=True)
class Outcome:
    """What became of the mutants of one assignment.

    Args:
        faults: checks that the solution itself fails.
        fates: of each mutant.
        excused: reasons of those listed as equivalent, by function and change.
    """

    faults: Sequence[str]
    fates: Mapping[Mutant, Fate]
    excused: Mapping[str, Mapping[str, str]]

    @property
    def survivors(self) -> list[str]:
        """Those that lose no points and are not listed."""
        return [_named(one) for one, fate in self.fates.items() if fate is Fate.SURVIVES and not self._is_excused(one)]

    @property
    def stale(self) -> list[str]:
        """Those that are listed, and are killed or not there."""
        surviving = {_named(one) for one, fate in self.fates.items() if fate is Fate.SURVIVES}
        return [
            name
            for function, changes in self.excused.items()
            for name in (f"{function}: {one}" for one in changes)
            if name not in surviving
        ]

    def rows(self) -> Iterator[tuple[str, list[int]]]:
        """For each function, and for all together: mutants, killed by a value, killed by an exception, equivalent, survivors."""
        for function in [*dict.fromkeys(one.function for one in self.fates), "all"]:
            fates = {one: fate for one, fate in self.fates.items() if function in (one.function, "all")}
            count = Counter(fates.values())
            excused = sum(fate is Fate.SURVIVES and self._is_excused(one) for one, fate in fates.items())
            yield function, [len(fates), count[Fate.VALUE], count[Fate.ERROR], excused, count[Fate.SURVIVES] - excused]

    def _is_excused(self, mutant: Mutant) -> bool:
        return mutant.change in self.excused.get(mutant.function, {})


def outcome(assignment: Assignment) -> Outcome:
    """Try all mutants of `assignment`."""
    bench = Bench(assignment)
    return Outcome(bench.faults(), {mutant: bench.fate(mutant) for mutant in bench.mutants()}, equivalents().get(assignment.id, {}))


def _named(mutant: Mutant) -> str:
    return f"{mutant.function}: {mutant.change}"


def program(ids: Sequence[str]) -> int:
    """Print a table of the assignments `ids`, and what is wrong; 1 if anything is."""
    lines, wrong = [f"{'assignment':20}{'function':28}{'mutants':>8}{'by value':>10}{'raises':>8}{'equivalent':>12}{'survivors':>11}"], []
    for id in ids:  # noqa: A001 - what the folder is called everywhere
        found = outcome(load(COURSE, id))
        for function, (made, value, error, excused, left) in found.rows():
            lines.append(f"{id:20}{function:28}{made:8}{value:10}{error:8}{excused:12}{left:11}")
        wrong += [f"{id} fails with the solution itself: {name}" for name in found.faults]
        wrong += [f"{id} survives: {name}" for name in found.survivors]
        wrong += [f"{id} listed as equivalent, but killed or not there: {name}" for name in found.stale]
    print("\n".join(lines + wrong))  # noqa: T201 - a program of its own
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(program(sys.argv[1:] or assignment_ids(COURSE)))
