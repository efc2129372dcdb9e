"""Waiting for a condition instead of for time to pass."""

import time
from collections.abc import Callable


def wait_until(is_true: Callable[[], bool], *, what: str, seconds: float = 20) -> None:
    """Return once `is_true` says so; fail naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process with this id runs; one that ended and waits to be collected does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
