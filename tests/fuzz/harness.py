"""What every fuzzer here is made of: `program(target)` reads the command line, starts a worker under a watch, and prints the figures.

The worker is a process of its own, for atheris never gives its process back and a crash in C would take the figures along. It notes each
input in memory shared with the watch before it runs it, so that the input is known whatever becomes of the worker: one that takes longer
than the deadline is a hang, even where the interpreter itself stands still.
"""

import argparse
import contextlib
import importlib.util
import os
import random
import sys
import tempfile
from pathlib import Path

import lines
from watch import watched
from worker import ENGINES, again, work

MEGABYTE = 1 << 20
MOST_GROWTH = 50 * MEGABYTE
"""Bytes by which a worker's memory may exceed what it is after warm-up."""
EPILOG = """
examples:
  python tests/fuzz/{name}.py --seconds 60                 as far as a minute gets
  python tests/fuzz/{name}.py --runs 100000 --corpus DIR   start from DIR as well, and keep there what reached something new
  python tests/fuzz/{name}.py --again FILE                 one input once more, with the traceback of what it finds

exit code: 0 nothing found; 1 a crash, a hang or memory that grew by more than {most} MB; 2 a wrong command line
"""


def instrumented(*packages):
    """Where the targets import what they test: atheris rewrites the modules of `packages`, so that it sees which branch an input took."""
    if "--worker=atheris" not in sys.argv:
        return contextlib.nullcontext()
    import atheris

    return atheris.instrument_imports(include=list(packages))


def program(target):
    """Run `target` as the command line says; never returns.

    A target has `name`, `unit` (what an input is called), `longest` (bytes of an input), `modules` (whose lines are counted), and

    - `seeds()`: inputs as honest peers and students make them;
    - `changed(data, rng)`: an input near `data`, changed with knowledge of its structure;
    - `grown(rng)`: an input made from nothing, by the format's grammar;
    - `judge(data)`: runs one input and gives a word for what came of it; any exception is a finding.
    """
    options = _options(target)
    if options.again:
        sys.exit(again(target, options.again))
    if options.worker == "lines":
        kept = [path.read_bytes() for path in sorted((options.corpus or options.folder / "corpus").iterdir())]
        print(*lines.told(target, [*target.seeds(), *kept]), sep="\n")
        sys.exit(0)
    if options.worker:
        work(target, options)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        figures = watched(target, options, Path(folder))
    print(_told(target, options, figures))
    sys.exit(_is_bad(figures))


def _options(target):
    parser = argparse.ArgumentParser(
        description=sys.modules[type(target).__module__].__doc__,
        epilog=EPILOG.format(name=target.name, most=MOST_GROWTH // MEGABYTE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    has_atheris = importlib.util.find_spec("atheris") is not None
    parser.add_argument("--runs", type=_positive(int), metavar="N", help=f"stop after so many {target.unit}s")
    parser.add_argument("--seconds", type=_positive(float), metavar="S", help="stop after so long (default: 20, if --runs is not given)")
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="atheris" if has_atheris else "hypothesis",
        help="atheris keeps what reaches new branches and changes that; hypothesis makes small what it finds "
        "(default: %(default)s" + ("" if has_atheris else ", as atheris is not installed") + ")",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="repeat a run (default: drawn, and printed)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="atheris: start from the files in DIR too, and add to them")
    parser.add_argument(
        "--findings", type=Path, metavar="DIR", help="where inputs that find something go (default: a new folder in TMPDIR)"
    )
    parser.add_argument("--first", action="store_true", help="stop at the first finding")
    parser.add_argument("--deadline", type=_positive(float), default=5.0, metavar="S", help="an input that takes longer is a hang (5)")
    parser.add_argument("--lines", action="store_true", help="atheris: also tell which lines of the tested modules were never reached")
    parser.add_argument("--again", type=Path, metavar="FILE", help="run the input in FILE once more, in this process, and nothing else")
    parser.add_argument("--worker", choices=(*ENGINES, "lines"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine == "atheris" and not has_atheris:
        parser.error("atheris is not installed: pip install atheris (Linux on x86-64), or --engine hypothesis")
    if (options.corpus or options.lines) and options.engine != "atheris":
        parser.error("--corpus and --lines need --engine atheris")
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1 << 31)
    if not options.runs and not options.seconds:
        options.seconds = 20.0
    if not options.findings:
        options.findings = Path(tempfile.gettempdir()) / f"fuzz-{target.name}-{os.getpid()}"
    return options


def _positive(kind):
    def read(text):
        number = kind(text)
        if not number > 0:
            raise ValueError
        return number

    read.__name__ = f"positive {kind.__name__}"
    return read


def _is_bad(figures):
    return int(bool(figures["crashes"] or figures["hangs"] or figures["died"] or figures["growth_bytes"] > MOST_GROWTH))


def _told(target, options, figures):
    came = ", ".join(f"{word} {count:,}" for word, count in sorted(figures["came"].items(), key=lambda item: -item[1]))
    growth = figures["growth_bytes"] / MEGABYTE
    speed = f"{figures['seconds']:.1f} s ({figures['runs'] / max(figures['seconds'], 1e-9):,.0f} a second)"
    lines = [
        f"{target.name}: {figures['runs']:,} {target.unit}s by {options.engine}, seed {options.seed}, in {speed}",
        f"  came of them      {came or 'nothing'}",
        f"  crashes           {len(figures['crashes'])}",
        f"  hangs             {figures['hangs']} past {options.deadline:g} s",
        f"  slowest           {figures['slowest'] * 1000:,.0f} ms",
        f"  memory            {figures['warm_bytes'] / MEGABYTE:.1f} MB after warm-up, at most {growth:+.1f} MB",
    ]
    if figures["kept"]:
        lines.append(f"  kept              {figures['kept']:,} inputs that reached something new")
    lines += [f"  {line}" for line in figures["lines"]]
    if figures["died"]:
        lines += [f"  THE WORKER ENDED  {figures['died']}"]
    for number, crash in enumerate(figures["crashes"], 1):
        lines += [f"\ncrash {number}: {crash['what']}", *(f"  {line}" for line in crash["where"]), f"  input: {crash['file']}"]
    if figures["hangs"]:
        lines += ["\nhang, at:", *(f"  {line}" for line in figures["hung"]["where"]), f"  input: {figures['hung']['file']}"]
    if figures["crashes"] or figures["hangs"]:
        lines.append(f"\nonce more: python {sys.argv[0]} --again FILE")
    return "\n".join(lines)
