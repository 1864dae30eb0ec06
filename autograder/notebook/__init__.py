"""Bytes of an .ipynb file -> a validated, repaired `model.Notebook`. Pure; runs and parses none of the student's code.

`read` validates and touches nothing, `repair` puts the release's structure back, `submission_hash` names what was handed in.
"""

from autograder.notebook.hashing import submission_hash
from autograder.notebook.reading import read
from autograder.notebook.repairing import repair

__all__ = ["read", "repair", "submission_hash"]
