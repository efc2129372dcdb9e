"""`python -m cli.up.tether PARENT_PID COMMAND…` runs COMMAND so that it ends when its parent does.

`kill -9` included. The tie is made before the command starts, so a parent that dies early leaves nothing
either. Knows nothing of the service: Redis and Python children are run alike.
"""

import os
import signal
import subprocess
import sys
import time

from shared.process import die_with_parent

_POLL_SECONDS = 0.2


def main(arguments: list[str]) -> int:
    """Become COMMAND where the kernel keeps the tie through exec (Linux); elsewhere stand beside it."""
    parent_pid, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        die_with_parent(parent_pid)
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    return stand_beside(command, parent_pid=parent_pid)


def stand_beside(command: list[str], *, parent_pid: int) -> int:
    """Run `command` as a child, pass SIGTERM on, kill it once the parent is gone. Returns its exit code."""
    child = subprocess.Popen(command, close_fds=False)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while child.poll() is None:
        if os.getppid() != parent_pid:
            child.kill()
        time.sleep(_POLL_SECONDS)
    return child.returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
