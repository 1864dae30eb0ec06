"""A small class made from a course's own solution, variants and mistakes, to see the whole thing work."""

from collections.abc import Sequence

from autograder.course.assignment import Assignment
from autograder.verify import Case, cases

MISTAKES_SHOWN = 12


def classroom(assignment: Assignment, *, mistakes: int = MISTAKES_SHOWN) -> list[Case]:
    """The solution, the blank, the variants, and mistakes spread evenly over the catalogue.

    Args:
        assignment: to make the class for.
        mistakes: at most so many.
    """
    everyone = cases(assignment)
    wrong = [case for case in everyone if case.mistake is not None]
    return [case for case in everyone if case.mistake is None] + _spread(wrong, mistakes)


def _spread(items: Sequence[Case], count: int) -> list[Case]:
    if len(items) <= count:
        return list(items)
    return [items[number * len(items) // count] for number in range(count)]
