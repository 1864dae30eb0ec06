"""Fuzz what opens archives: the bytes of a zip, tar or gzipped tar, as the submissions that are collected from it.

The first byte of an input is the format (zip, tar, tar packed here, gzip as it comes) and whether the checksums of tar headers are put
right first, without which no change would get past them. The rest is the archive. A finding is
  - an exception, or a message unfit to print;
  - no submission at all, not even one that says what is wrong;
  - a submission with both content and fault or neither, with more content than a notebook may have, from a place outside the archive,
    under a name that is unsafe as a folder's, or under another's;
  - anything written beside the archive.
"""

import gzip
import os
import tempfile
import unicodedata
import warnings
from pathlib import Path

import archive_inputs
from archive_inputs import GZIP, PACKED, RIGHT_SUMS, TAR, ZIP, with_right_sums
from demands import demand, demand_message, demand_text
from harness import instrumented, program

with instrumented("autograder.sources", "zipfile", "tarfile"):
    from autograder.model import Submission
    from autograder.sources import clean_name, collect
    from autograder.sources.found import MAX_BYTES

NAMES = {ZIP: "class.zip", TAR: "class.tar", PACKED: "class.tar.gz", GZIP: "class.tgz"}
FAULTS = ("source.", "notebook.too_large")


class Archives:
    """The target; see `harness.program`."""

    name, unit, longest = "archives", "archive", 32 << 10
    modules = tuple(
        f"autograder.sources.{name}"
        for name in ("archives", "archive_limits", "zip_entries", "tar_entries", "collecting", "placed", "nbgrader", "names", "found")
    )

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-archives-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self._place = Path(self._folder.name)

    def seeds(self):
        """See `archive_inputs`."""
        return archive_inputs.seeds()

    def changed(self, data, rng):
        """Another archive: fields of its headers set to what readers stumble over, entries moved, or bytes changed."""
        return archive_inputs.changed(data, rng)

    def grown(self, rng):
        """An archive of entries with telling names, in any format, perhaps with changes in its headers."""
        return archive_inputs.grown(rng)

    def judge(self, data):
        """Write the archive down and collect it."""
        kind, packed = (data[:1] or b"\0")[0], data[1:]
        if kind & RIGHT_SUMS and kind & 3 in (TAR, PACKED):
            packed = with_right_sums(packed)
        if kind & 3 == PACKED:
            packed = gzip.compress(packed, compresslevel=1, mtime=0)
        path = self._place / NAMES[kind & 3]
        path.write_bytes(packed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                submissions = collect([path])
            demand(os.listdir(self._place) == [path.name], "something was written", os.listdir(self._place))
        finally:
            path.unlink()
        return _judge_submissions(submissions)


def _judge_submissions(submissions):
    demand(type(submissions) is list and submissions, "nothing at all", submissions)
    names = set()
    for one in submissions:
        demand(type(one) is Submission, "no submission", one)
        demand((one.content is None) != (one.fault is None), "both content and fault, or neither", one)
        demand_text(one.student, 200, "a student's name")
        demand(one.student == clean_name(one.student) or len(one.student.encode()) > 100, "a name unsafe as a folder's", one.student)
        demand(not set(one.student) & set('/\\:*?"<>|\0\n') and one.student.strip(" .") == one.student != "", "an unsafe name", one.student)
        demand(not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in one.student), "hidden characters", one.student)
        demand(one.student.casefold() not in names, "two under one name", one.student)
        names.add(one.student.casefold())
        demand_text(one.name, 70_000, "a submission's name")
        if one.fault is None:
            demand(".." not in one.name.split("/"), "taken from outside the archive", one.name)
            demand(type(one.content) is bytes and len(one.content) <= MAX_BYTES, "content that is none, or too much", type(one.content))
        else:
            demand(one.fault.id.startswith(FAULTS), "another kind of message", one.fault.id)
            demand_message(one.fault)
    faults = {one.fault.id for one in submissions if one.fault}
    if any(one.fault is None for one in submissions):
        return "taken in part" if faults else "taken"
    return min(faults)


if __name__ == "__main__":
    program(Archives())
