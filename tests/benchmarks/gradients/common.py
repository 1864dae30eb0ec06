"""What the tables share: printing, figures that must hold, and the nets of the tests."""

import contextlib
import importlib.util
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_SPEC = importlib.util.spec_from_file_location("gradient_nets", Path(__file__).parents[2] / "gradients" / "nets.py")
_NETS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_NETS)
Net, ACTIVATIONS, LOSSES = _NETS.Net, _NETS.ACTIVATIONS, _NETS.LOSSES


@dataclass(frozen=True)
class Figure:
    """A number that must be at least, or at most, a bound."""

    name: str
    value: float
    bound: float
    at_most: bool = False

    @property
    def holds(self):
        return self.value <= self.bound if self.at_most else self.value >= self.bound


@contextlib.contextmanager
def quietly():
    """Peers overflow and divide by zero on their way; that's not what is measured."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def table(title, head, rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    print(f"\n{title}")
    for row in [head, *rows]:
        print(
            "  "
            + "  ".join(
                cell.ljust(width) if not column else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
        )
