"""Finding out whether anything is left running."""

import os
import subprocess
import sys

from cli.demo.processes import descendants, still_alive
from tests.cli.waiting import wait_until


class TestProcesses:
    def test_grandchildren_are_found_and_seen_to_end(self) -> None:
        """Processes started by a child's child are found, and missed once they end."""
        with subprocess.Popen(["sh", "-c", "sleep 600 & wait"]) as shell:
            wait_until(lambda: len(descendants(shell.pid)) == 1, what="the grandchild")
            found = descendants(os.getpid())

            for pid in descendants(shell.pid):
                os.kill(pid, 9)
            shell.wait()

        assert shell.pid in found
        wait_until(lambda: not still_alive({shell.pid}), what="both to be gone")

    def test_a_process_that_only_waits_to_be_collected_is_gone(self) -> None:
        """An ended process that its parent has not looked at yet does not count as alive."""
        child = subprocess.Popen([sys.executable, "-S", "-c", ""])

        wait_until(lambda: not still_alive({child.pid}), what="the child to end")

        assert child.wait() == 0
