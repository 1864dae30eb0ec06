"""The worker's side: run inputs one after the other, by an engine, and note what comes of them."""

import contextlib
import ctypes
import faulthandler
import hashlib
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter

from page import Page

ENGINES = ("atheris", "hypothesis")
WARM_RUNS = 200
"""Inputs after the seeds until the memory counts as warm: caches are filled and the allocator has its arenas."""
MOST_CRASHES = 20
_CHANCES = 600  # bytes: more than an input takes
_PR_SET_PDEATHSIG = 1  # prctl(2)
_NEVER_SECONDS = 1 << 20  # the watch has the deadline; atheris would take 0 for one
_BATCH = 500  # of one hypothesis test: it remembers every input of a test to draw none twice


class EnoughError(BaseException):
    """The inputs or the seconds that were asked for are used up. Not an Exception, so that no target takes it for a finding."""


class Runner:
    """Runs inputs of `target` until it is enough.

    Args:
        target: see `harness.program`.
        options: of the command line.
        page: shared with the watch.
    """

    def __init__(self, target, options, page):
        self._target, self._options, self._page = target, options, page
        self._started = time.monotonic()
        self.runs = 0
        self.came = Counter()
        self.crashes = {}
        self.slowest = 0.0
        self.warm_bytes = 0
        self.seeds = list(target.seeds())

    def run(self, data):
        """Run one input and note what comes of it.

        Raises:
            EnoughError: it was the last.
        """
        self._page.begin(data, self.runs)
        begun = time.monotonic()
        try:
            word = self._target.judge(data)
            assert isinstance(word, str), f"judge gave {word!r}"
        except Exception as error:  # noqa: BLE001 - every one is a finding
            word = "crash"
            self._note(data, error)
        now = time.monotonic()
        self.slowest = max(self.slowest, now - begun)
        self.runs += 1
        self._page.end(self.runs)
        self.came[word] += 1
        if self.runs == len(self.seeds) + WARM_RUNS:
            self._measure()
        options = self._options
        if (
            (options.runs and self.runs >= options.runs)
            or (options.seconds and now - self._started >= options.seconds)
            or (options.first and self.crashes and options.engine == "atheris")  # hypothesis goes on, to make it small
        ):
            raise EnoughError

    def _note(self, data, error):
        """Keep the input, once for each place in the code that raised."""
        where = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        key = type(error).__name__, next(place for place in reversed(where) if "demands.py" not in place)
        if len(self.crashes) >= MOST_CRASHES and key not in self.crashes:
            return
        before = self.crashes.get(key)
        if before is None or len(data) < before["size"]:
            file = kept(self._options.findings, "crash", data)
            what = f"{type(error).__name__}: {error}"[:500]
            self.crashes[key] = {"what": what, "where": where[-6:], "file": str(file), "size": len(data)}

    def _measure(self):
        self.warm_bytes = _resident_bytes()
        # The peak counts from here on; where that can't be had it holds that of warming up too, a stricter measure.
        with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
            file.write("5")

    def figures(self):
        """Everything that is told of the run."""
        if not self.warm_bytes:
            self._measure()
        return {
            "runs": self.runs,
            "seconds": time.monotonic() - self._started,
            "came": self.came,
            "crashes": list(self.crashes.values()),
            "slowest": self.slowest,
            "warm_bytes": self.warm_bytes,
            "growth_bytes": _peak_bytes() - self.warm_bytes,
        }


class Chances(random.Random):
    """Chance out of bytes that hypothesis draws; where they end, always the first choice. So smaller bytes make simpler inputs."""

    def __new__(cls, _data):
        """An instance; the bytes are no seed."""
        return super().__new__(cls)

    def __init__(self, data):
        super().__init__(0)
        self._bytes = iter(data)

    def getrandbits(self, count):
        """An integer of at most `count` bits, the next of them."""
        taken = bytes(next(self._bytes, 0) for _ in range((count + 7) // 8))
        return int.from_bytes(taken, "little") & ((1 << count) - 1)

    def random(self):
        """A float in [0, 1)."""
        return self.getrandbits(16) / (1 << 16)


def kept(folder, kind, data):
    """The file in `folder` that holds the input `data` from now on."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{kind}-{hashlib.sha256(data).hexdigest()[:12]}"
    file.write_bytes(data)
    return file


def _resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _peak_bytes():
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["VmHWM"].split()[0]) << 10


def work(target, options):
    """Be the worker; ends the process."""
    faulthandler.enable()  # SIGABRT, from the watch, tells where it hangs
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # nothing goes on without a watch
    folder = options.folder
    runner = Runner(target, options, Page(folder / "page", target.longest))
    with contextlib.suppress(EnoughError):
        {"atheris": _by_atheris, "hypothesis": _by_hypothesis}[options.worker](target, options, runner)
    _end(folder, runner)


def _end(folder, runner):
    (folder / "figures.part").write_text(json.dumps(runner.figures()))
    os.rename(folder / "figures.part", folder / "figures")
    sys.stdout.flush()
    os._exit(0)  # libFuzzer, below us on the stack, would take any other end for a finding


def _by_atheris(target, options, runner):
    import atheris

    def one(data):
        try:
            runner.run(data)
        except EnoughError:
            _end(options.folder, runner)

    def changed(data, most, seed):
        rng = random.Random(seed)
        how = rng.randrange(5)
        if how == 0:
            return atheris.Mutate(data, most)
        try:
            return (target.grown(rng) if how == 1 else target.changed(data, rng))[:most]
        except BaseException:  # noqa: BLE001 - atheris would say nothing, and stand still
            traceback.print_exc()
            os._exit(1)

    seeds, corpus = options.folder / "seeds", options.corpus or options.folder / "corpus"
    for place in (seeds, corpus):
        place.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(runner.seeds):
        assert len(data) <= target.longest, f"seed {number} has {len(data)} bytes; at most {target.longest} are taken"
        (seeds / f"{number:04}").write_bytes(data)
    flags = [
        f"-max_len={target.longest}",
        f"-seed={options.seed}",
        f"-timeout={_NEVER_SECONDS}",
        "-detect_leaks=0",
        "-verbosity=0",
        "-len_control=0",
    ]
    flags.append(f"-artifact_prefix={options.folder}/")
    flags += [f"-handle_{name}=0" for name in ("segv", "bus", "abrt", "ill", "fpe", "int", "term", "xfsz", "usr1", "usr2")]
    atheris.Setup([sys.argv[0], *flags, str(corpus), str(seeds)], one, custom_mutator=changed)
    atheris.Fuzz()


def _by_hypothesis(target, options, runner):
    from hypothesis import HealthCheck, Phase, given, seed, settings, strategies

    for data in runner.seeds:
        runner.run(data)
    batch = 0
    while not runner.crashes:
        batch += 1

        @seed(options.seed + batch)
        @settings(
            max_examples=_BATCH, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=set(Phase) - {Phase.explain}
        )
        @given(strategies.binary(min_size=_CHANCES, max_size=_CHANCES))
        def check(chances):
            rng = Chances(chances)
            crashes = runner.came["crash"]
            data = target.grown(rng) if rng.randrange(3) < 2 else target.changed(rng.choice(runner.seeds), rng)
            runner.run(data[: target.longest])
            assert runner.came["crash"] == crashes, "it found something; hypothesis makes it small"

        with contextlib.suppress(Exception):  # the runner has noted it, with the smallest input
            check()


def again(target, path):
    """Run the input in `path` in this process; gives the exit code."""
    try:
        print(target.judge(path.read_bytes()))
    except Exception:  # noqa: BLE001 - to show it is the purpose
        traceback.print_exc()
        return 1
    return 0
