"""Import and touch once what every notebook will use, so that a fork finds it done."""

import importlib
import io
import platform
import random
import sys
from dataclasses import dataclass
from typing import Any

from autograder.sandbox.inside import hidden
from autograder.sandbox.inside.shell import make_shell


@dataclass(frozen=True)
class Warmed:
    """A shell with an empty namespace, and the versions of Python and the libraries around it."""

    shell: Any
    versions: dict[str, str]


def warm(kind: str) -> Warmed:
    """Import the libraries of `kind` ("numpy" or "torch"), run a cell and draw a figure; from then on a numpy box has no torch."""
    numpy = importlib.import_module("numpy")
    importlib.import_module("autograder.gradients.examples")
    pyplot = importlib.import_module("matplotlib.pyplot")
    figure = pyplot.figure()
    figure.add_subplot().plot([1, 2])
    figure.savefig(io.BytesIO())  # loads the fonts and the renderer
    pyplot.close("all")
    # It holds the font's file open, and a box closes all files. A fork forgets it by itself, a box that is no fork does not.
    importlib.import_module("matplotlib.font_manager")._get_font.cache_clear()  # noqa: SLF001
    numpy.random.default_rng(0).normal(size=3) @ numpy.ones(3)
    versions = {"python": platform.python_version(), "numpy": numpy.__version__}
    if kind == "torch":
        versions["torch"] = _warm_torch()
    shell = make_shell()
    shell.run_source("import numpy as np\nimport matplotlib.pyplot as plt", "warm-up")
    shell.reset()
    if kind == "numpy":
        hidden.install()
    return Warmed(shell, versions)


def seed_global_generators() -> None:
    """Give every box the same start: a notebook that draws without a seed gets the same report twice.

    Not before the fork, after which Python draws a fresh seed for its own generator.
    """
    random.seed(0)
    importlib.import_module("numpy").random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


def start_cuda() -> None:
    """Have torch use the GPU, as exactly and as repeatably as it can. Not before a fork, which CUDA does not survive.

    Raises:
        OSError: it can't; holds torch's words.
    """
    torch = sys.modules["torch"]
    torch.use_deterministic_algorithms(mode=True, warn_only=True)  # what has no such way may be right all the same
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False  # 10 bits of a float32's 23
    try:
        torch.zeros(1, device="cuda")
    except (RuntimeError, AssertionError) as error:  # the latter from a torch without CUDA
        raise OSError(str(error)) from error


def _warm_torch() -> str:
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)  # a second thread before the fork hangs the first parallel operation after it
    layer = torch.nn.Linear(3, 3)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)  # the first step of a process costs seconds: take it here
    layer(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    return str(torch.__version__)
