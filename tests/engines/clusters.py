"""A Dask cluster on this machine, over TLS: made by README's own commands, started and killed process by process."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def commands_of(section):
    """The shell blocks of a section of README."""
    text = (ROOT / "README.md").read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def make_certificates(folder):
    """Make certificates and Dask's configuration as README says; gives the folder to name in DASK_CONFIG."""
    making = next(block for block in commands_of("On a cluster") if "openssl" in block)
    subprocess.run(["bash", "-eu", "-c", making], cwd=folder, check=True, capture_output=True)
    return folder / "cluster"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def settles(claim, seconds=20.0):
    until = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] not in "ZX"
    return False


def seats():
    """The grading processes beside workers: whose worker, by pid."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/cmdline") as command, open(f"/proc/{name}/stat") as stat:
            if "autograder.engines.seat" in command.read():
                fields = stat.read().rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    found[int(name)] = int(fields[1])
    return found


class Farm:
    """Schedulers and workers, each a process that can be killed.

    Args:
        folder: for their files.
        config: folder of Dask's configuration.
    """

    def __init__(self, folder, config):
        self.folder, self.config = folder, config
        self.port = free_port()
        self.url = f"tls://127.0.0.1:{self.port}"
        self.workers = {}
        self.scheduler = None
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self.environment = {**os.environ, "DASK_CONFIG": str(config), "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "FARM": str(folder)}
        self._said = open(folder / "said.txt", "ab")  # noqa: SIM115 - closed in close
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("farm.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            bufsize=1,
            env=self.environment,
        )

    def start_scheduler(self):
        self.scheduler = self._start("scheduler", self.port)
        assert settles(self._answers)

    def start_worker(self, name, told=None, **resources):
        self.workers[name] = self._start("worker", self.url, name, resources or {"slot": 1}, str(self.folder), told)

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        assert settles(lambda: not is_alive(pid))

    def kill_workers(self, *names):
        for name in names or list(self.workers):
            self.kill(self.workers.pop(name))

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
        self._said.close()

    def _start(self, *request):
        self._process.stdin.write(json.dumps(request) + "\n")
        return int(self._process.stdout.readline())

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False
