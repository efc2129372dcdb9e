"""Which processes descend from one, and which are still alive: to check that nothing is left running."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path


def descendants(pid: int) -> set[int]:
    """Ids of all processes below `pid`, now."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents().items():
        children.setdefault(parent, []).append(child)
    found: set[int] = set()
    waiting = list(children.get(pid, []))
    while waiting:
        child = waiting.pop()
        found.add(child)
        waiting += children.get(child, [])
    return found


def still_alive(pids: set[int]) -> set[int]:
    """Those of `pids` that run. An id given to a new process counts too, which is rare within seconds."""
    return pids & _parents().keys()


def _parents() -> dict[int, int]:
    if Path("/proc/self/stat").exists():
        return _parents_from_proc()
    listing = subprocess.run(["ps", "-axo", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    return {int(pid): int(parent) for pid, parent in (line.split() for line in listing.splitlines())}


def _parents_from_proc() -> dict[int, int]:
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - names, not paths, are wanted
        with suppress(OSError):  # it ended meanwhile
            # pid (command) state parent …; the command may hold spaces and brackets.
            state, parent = (
                Path(f"/proc/{name}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]
            )
            if state != "Z":
                parents[int(name)] = int(parent)
    return parents
