"""The supervisor: what dies is started again, what is stopped is stopped in order."""

import io
import os
import signal
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from cli.up.child import Child, Stage
from cli.up.journal import Journal
from cli.up.supervisor import Supervisor
from tests.cli.up.conftest import ChildMaker
from tests.cli.waiting import is_running, wait_until

SLEEP = "import time; time.sleep(600)"
NOTE_SIGTERM = """
import signal, sys, time
def stop(*_):
    open({path!r}, "a").write({name!r} + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
time.sleep(600)
"""
IGNORE_SIGTERM = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"]).pid, flush=True)
time.sleep(600)
"""


def watch_until(supervisor: Supervisor, is_true: Callable[[], bool], *, what: str) -> None:
    def look() -> bool:
        supervisor.tick()
        return is_true()

    wait_until(look, what=what)


def says(child: Child, word: str) -> bool:
    return word in child.log.tail(5)


class TestRestarting:
    def test_a_killed_child_is_started_again(self, supervisor: Supervisor, python_child: ChildMaker) -> None:
        """A child killed with SIGKILL runs again within a second, as another process."""
        child = python_child(SLEEP)
        supervisor.start(child)
        first_pid = child.pid
        assert first_pid is not None

        os.kill(first_pid, signal.SIGKILL)
        watch_until(supervisor, lambda: child.pid not in (None, first_pid), what="a new process")

        assert child.pid is not None
        assert is_running(child.pid)

    def test_people_read_why_a_child_ended(
        self, supervisor: Supervisor, python_child: ChildMaker, terminal: io.StringIO
    ) -> None:
        """When a child fails, the terminal shows its exit code and the last five lines it wrote."""
        code = "import sys; [print('line', n) for n in range(9)]; sys.exit(3)"
        supervisor.start(python_child(code, name="worker-data"))

        watch_until(supervisor, lambda: "ended" in terminal.getvalue(), what="a line on the terminal")

        lines = [line.strip() for line in terminal.getvalue().splitlines()]
        assert lines[0] == "● worker-data ended (exit code 3); starting it again in 0.2 s"
        assert lines[1:6] == ["line 4", "line 5", "line 6", "line 7", "line 8"]

    def test_keys_in_a_childs_output_are_masked(
        self, supervisor: Supervisor, python_child: ChildMaker, terminal: io.StringIO
    ) -> None:
        """An API key in the last words of a child does not reach the terminal."""
        supervisor.start(python_child("print('refused sk-abcdefghijklmnop'); raise SystemExit(1)"))

        watch_until(supervisor, lambda: "refused" in terminal.getvalue(), what="the child's words")

        assert "sk-abcdefgh" not in terminal.getvalue()


class TestStopping:
    def test_stages_are_stopped_one_after_the_other(
        self, supervisor: Supervisor, python_child: ChildMaker, tmp_path: Path
    ) -> None:
        """The API is stopped first, then scheduler, workers and model server, and Redis last."""
        notes = tmp_path / "order"
        children = [
            python_child(NOTE_SIGTERM.format(path=str(notes), name=stage.name), name=stage.name, stage=stage)
            for stage in reversed(Stage)
        ]
        for child in children:
            supervisor.start(child)
        wait_until(lambda: all(says(child, "ready") for child in children), what="children to be ready")

        supervisor.stop()

        assert notes.read_text(encoding="utf-8").split() == ["API", "SCHEDULER", "WORKER", "INFERENCE", "REDIS"]

    def test_a_child_that_ignores_the_request_is_killed_with_its_own_children(
        self, supervisor: Supervisor, python_child: ChildMaker
    ) -> None:
        """A child deaf to SIGTERM is killed after the grace period, and what it started with it."""
        child = python_child(IGNORE_SIGTERM)
        supervisor.start(child)
        wait_until(lambda: bool(child.log.tail(1)), what="the grandchild's id")
        pids = [child.pid or 0, int(child.log.tail(1)[0])]

        supervisor.stop()

        wait_until(lambda: not any(is_running(pid) for pid in pids), what="both to be gone", seconds=5)

    def test_hurry_skips_the_grace_period(self, python_child: ChildMaker, terminal: io.StringIO) -> None:
        """Once the user asks a second time, deaf children are killed without further waiting."""
        patient = Supervisor(Journal(Console(file=terminal)), stop_seconds=600)
        child = python_child(IGNORE_SIGTERM)
        patient.start(child)
        wait_until(lambda: bool(child.log.tail(1)), what="the grandchild's id")

        patient.stop(is_hurried=lambda: True)

        assert child.exit_code() == -signal.SIGKILL

    def test_a_child_waiting_for_its_restart_stays_stopped(
        self, supervisor: Supervisor, python_child: ChildMaker, terminal: io.StringIO
    ) -> None:
        """Stopping also ends the restarts that were due."""
        child = python_child("raise SystemExit(1)")
        supervisor.start(child)
        watch_until(supervisor, lambda: "ended" in terminal.getvalue(), what="the first end")

        supervisor.stop()
        supervisor.tick()

        assert child.pid is None
