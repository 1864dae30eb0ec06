"""How good the gradient checks and bands are, beside others: `python tests/benchmarks/gradients [--full]`.

Prints every table and the figures that must hold; exit code 0 only if all of them do. Some minutes as it is, several times as long with
--full, which takes the full numbers of blocks and nets. Set OMP_NUM_THREADS=1, or threads cost more than they bring.
"""

import argparse
import sys
import time

import bands
import hard
import nets
import tables
from common import table

PARTS = {
    "cost": nets.cost,
    "table": tables.false_results,
    "small": tables.small_nets,
    "right": nets.right_code,
    "wrong": nets.wrong_code,
    "hard": hard.hard_places,
    "law": bands.from_the_law,
    "nets": bands.from_real_nets,
    "mix-up": bands.mix_up,
    "samples": bands.from_samples,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="the full numbers of blocks and nets")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=list(PARTS), help="these tables alone")
    options = parser.parse_args()
    figures, started = [], time.perf_counter()
    for name in options.only:
        figures += PARTS[name](options.full)
    rows = [
        [
            figure.name,
            f"{figure.value:.4g}",
            f"{'at most' if figure.at_most else 'at least'} {figure.bound:g}",
            "ok" if figure.holds else "NO",
        ]
        for figure in figures
    ]
    table(f"figures that must hold ({time.perf_counter() - started:.0f} s)", ["figure", "found", "bound", ""], rows)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
