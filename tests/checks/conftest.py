"""Checks that are run against students who answer in this process."""

from textwrap import dedent

import pytest

from autograder.checks.probe import Probe
from autograder.checks.student import Student
from autograder.checks.trusted import Solution

IMPORTS = "import numpy as np"


@pytest.fixture
def answering():
    """Return a function: source -> a student who answers by it, in this process."""
    return lambda source: Student(Solution([IMPORTS, dedent(source)]).session(), 1.0)


@pytest.fixture
def run_check(make_toy, answering):
    """Return a function: body of a check, a student's source -> how the check ends."""

    def run(body, source="", seed=1, head=""):
        lines = dedent(body).strip().splitlines()
        text = "import numpy as np, pytest\nfrom autograder.checks import *\n" + dedent(head)
        text += '\n@check("double")\ndef test_it(student, reference, probe):\n' + "".join(f"    {line}\n" for line in lines)
        suite = make_toy(checks=text).suite()
        return suite.run(suite.checks[0], answering(source), seed)

    return run


@pytest.fixture
def probe(answering):
    """Return a function: seed, example -> a probe."""
    return lambda seed=1, **options: Probe(seed, answering(""), **options)
