"""What else a grader may want of a machine: nbgrader, torch, a GPU. None of it is needed to grade numpy assignments."""

import importlib.metadata
from collections.abc import Iterator

from autograder.config import cuda_devices
from autograder.sandbox.selftest import Finding


def look() -> Iterator[Finding]:
    """What is here, and the line that installs what is not."""
    for name, extra, use in (("nbgrader", "grade", "release"), ("torch", "torch", "torch assignments")):
        try:
            yield Finding(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "info", f"not installed; {use} would need it: pip install 'gradient-autograder[{extra}]'")
    count = cuda_devices()
    yield Finding("CUDA", "ok" if count else "info", f"{count} device{'s' if count != 1 else ''}" if count else "no device: --device cpu")
