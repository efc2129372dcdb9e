"""Tying a process's life to its parent's, so that nothing is left running after a `kill -9`."""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.5


def die_with_parent(parent_pid: int | None = None) -> None:
    """End this process with SIGKILL when its parent ends, however the parent ends.

    Call it early in the child. `parent_pid` closes the race in which the parent died before the call.
    Linux signals through the kernel; other systems have no such call, so a thread watches the parent id there.
    """
    expected = parent_pid or os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(expected,), daemon=True, name="parent-watch").start()
    if os.getppid() != expected:
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
