"""Where submissions come from: files, folders, nbgrader courses and archives -> `model.Submission`. Looks inside none of them."""

from autograder.sources.collecting import collect
from autograder.sources.names import clean_name

__all__ = ["clean_name", "collect"]
