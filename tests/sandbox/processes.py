"""Which processes stem from which, from /proc alone. Also run as text in other processes, so it imports nothing of ours."""

import os


def tree(root):
    """Descendants of a process, itself included, that are not zombies: the time each started, by its id."""
    parents, alive = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(name)] = int(fields[1])
        if fields[0] not in "ZX":
            alive[int(name)] = fields[19]
    found = {root}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return {one: alive[one] for one in found if one in alive}
