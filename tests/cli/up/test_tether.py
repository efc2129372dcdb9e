"""The tether: a child ends with its parent, however the parent ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.waiting import is_running, wait_until

PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-m", "cli.up.tether", str(os.getpid()), "sleep", "600"])
print(child.pid, flush=True)
time.sleep(600)
"""
STANDING_PARENT = """
import os, subprocess, sys, time
code = "import sys; from cli.up.tether import stand_beside; stand_beside(['sleep', '600'], parent_pid=int(sys.argv[1]))"
child = subprocess.Popen([sys.executable, "-c", code, str(os.getpid())])
print(child.pid, flush=True)
time.sleep(600)
"""


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


class TestTether:
    def test_the_child_ends_when_the_parent_is_killed(self) -> None:
        """A tethered command ends at once when its parent is killed with SIGKILL."""
        with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            child = int(parent.stdout.readline())

            parent.kill()

            wait_until(lambda: not is_running(child), what="the child to end", seconds=5)

    def test_a_parent_that_is_already_gone_counts_as_killed(self) -> None:
        """A command whose parent died before the tie was made does not start."""
        gone = subprocess.Popen(["true"])
        gone.wait()
        command = [sys.executable, "-m", "cli.up.tether", str(gone.pid), "echo", "started"]

        result = subprocess.run(command, capture_output=True, text=True, check=False)

        assert (result.stdout, result.returncode) == ("", -signal.SIGKILL)

    def test_the_command_takes_the_tethers_place(self) -> None:
        """A tethered command gets its signals directly and its exit code is not altered."""
        command = [sys.executable, "-m", "cli.up.tether", str(os.getpid()), "sh", "-c", "exit 7"]

        assert subprocess.run(command, check=False).returncode == 7


class TestStandingBeside:
    """What systems without a death signal use; it works on any."""

    def test_the_child_ends_when_the_parent_is_killed(self) -> None:
        """Where the kernel cannot tie processes, a guard kills the child once the parent is gone."""
        command = [sys.executable, "-c", STANDING_PARENT]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            guard = int(parent.stdout.readline())
            wait_until(lambda: bool(children_of(guard)), what="the guarded child")
            child = children_of(guard)[0]

            parent.kill()

            wait_until(lambda: not is_running(guard) and not is_running(child), what="both to end", seconds=5)
