"""Ways of checking a file, each in a fresh process of its own that is timed whole, start-up included."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

_KIB = 1024


@dataclass(frozen=True)
class Run:
    wall_seconds: float
    cpu_seconds: float
    "Of the process and of those that it started."
    peak_bytes: int
    "Of the process that needed most memory."
    result: dict[str, Any]


def run(way: Callable[[Path, str], dict[str, Any]], path: Path, model: str) -> Run:
    """Check the file in a new process. `way` may tell the peaks of its workers as `peaks` in what it returns."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    began = time.monotonic()
    process = context.Process(target=_child, args=(way, path, model, sender))
    process.start()
    sender.close()
    result, cpu_seconds, peak_bytes = receiver.recv()
    process.join()
    return Run(time.monotonic() - began, cpu_seconds, peak_bytes, result)


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB


def _child(way: Callable[[Path, str], dict[str, Any]], path: Path, model: str, sender: Connection) -> None:
    result = way(path, model)
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    sender.send((result, cpu_seconds, max(peak_bytes(), *result.pop("peaks", []), 0)))
    sender.close()
