"""The watch's side: start a worker, look how long its input takes, and gather what it leaves behind."""

import json
import os
import signal
import subprocess
import sys
import time

from page import Page
from worker import kept

_TICK_SECONDS = 0.05
_STILL_SECONDS = 120.0  # between inputs: to import and rewrite what is tested, on a busy machine
_DUMP_SECONDS = 5.0
_NOTHING = {"runs": 0, "seconds": 0.0, "came": {}, "crashes": [], "slowest": 0.0, "warm_bytes": 0, "growth_bytes": 0}


def watched(target, options, folder):
    """The figures of a run: the worker's, and `hangs`, `hung`, `died`, `kept`, `lines`."""
    page = Page(folder / "page", target.longest)
    words = folder / "words"
    with open(words, "wb") as output:
        worker = _start(options, folder, options.engine, output)
        started = moved = time.monotonic()
        hung, before = None, 0
        try:
            while worker.poll() is None and hung is None:
                time.sleep(_TICK_SECONDS)
                seconds, runs, data = page.read()
                if seconds > options.deadline:
                    hung = kept(options.findings, "hang", data)
                if runs != before or seconds:
                    moved, before = time.monotonic(), runs
                if time.monotonic() - moved > _STILL_SECONDS:
                    break
        finally:
            _end(worker)
    figures = _NOTHING | {"seconds": time.monotonic() - started, "hangs": 0, "hung": None, "died": "", "kept": 0, "lines": []}
    said = words.read_text(errors="replace")
    if (folder / "figures").exists():
        figures |= json.loads((folder / "figures").read_text())
    elif hung:
        where = [line.strip() for line in said.splitlines() if line.strip().startswith("File ")]
        figures |= {"runs": page.read()[1], "hangs": 1, "hung": {"file": str(hung), "where": where[:8]}}
    else:
        _, runs, data = page.read()
        files = {"input": kept(options.findings, "died", data), "words": kept(options.findings, "words", said.encode())}
        named = "".join(f"\n  its {what}: {file}" for what, file in files.items())
        figures |= {"runs": runs, "died": f"with {worker.returncode}{named}\n{said[-1500:]}"}
    corpus = options.corpus or folder / "corpus"
    if corpus.is_dir():
        figures["kept"] = len(os.listdir(corpus))
        if options.lines:
            figures["lines"] = _lines(options, folder, corpus)
    return figures


def _start(options, folder, role, output):
    command = [sys.executable, sys.argv[0], f"--worker={role}", "--folder", str(folder), "--seed", str(options.seed)]
    command += ["--engine", options.engine, "--findings", str(options.findings)]
    command += [f"--{name}={value}" for name in ("runs", "seconds", "corpus") if (value := getattr(options, name))]
    command += ["--first"] * options.first
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)


def _end(worker):
    """End it if it still runs, and let it say first where it is."""
    if worker.poll() is None:
        worker.send_signal(signal.SIGABRT)
        try:
            worker.wait(_DUMP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
    worker.wait()


def _lines(options, folder, corpus):
    """What part of the tested lines the inputs kept reach, told by a second worker whose code is as it was written."""
    with open(folder / "lines", "w+b") as output:
        worker = _start(options, folder, "lines", output)
        try:
            worker.wait(600)
        finally:
            _end(worker)
        output.seek(0)
        return output.read().decode(errors="replace").splitlines()
