"""An instructor's course: assignments described, loaded, linted and released. All of it is trusted; nothing of a student's comes in.

Here: where a course is and what an assignment holds. `lint`, `release`, `grafting` and `mistakes` are modules of their own.
"""

from autograder.course.assignment import Assignment
from autograder.course.loading import assignment_ids, find, load

__all__ = ["Assignment", "assignment_ids", "find", "load"]
