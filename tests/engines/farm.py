"""A process that has imported Dask once and forks schedulers and workers from itself, as asked on standard input; tells the pid of each.

One line a request, JSON: ["scheduler", port] or ["worker", URL, name, resources, folder, facts], where facts, if any, stand in for its own.
All of them end with it, and it ends with its standard input. Certificates are those of Dask's configuration, as everywhere.
"""

import asyncio
import json
import os
import sys

from distributed import Scheduler, Worker

from autograder.engines import crew, desk, facts, seat
from autograder.sandbox.inside import kernel

assert crew, desk  # what workers would import when they are first asked


async def scheduler(port):
    async with Scheduler(host="127.0.0.1", port=port, protocol="tls", dashboard=False) as one:
        await one.finished()


async def worker(url, name, resources, folder, told):
    if told is not None:
        facts.here = lambda: facts.Facts(**told)
    async with Worker(url, name=name, nthreads=1, resources=resources, local_directory=folder, dashboard=False) as one:
        await one.finished()


def main():
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            kernel.die_with_parent()
            os.setpgid(0, 0)
            try:
                asyncio.run({"scheduler": scheduler, "worker": worker}[what](*arguments))
            finally:
                os._exit(0)
        print(child, flush=True)


assert seat
main()
