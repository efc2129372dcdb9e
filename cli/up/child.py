"""One process of the service: how it is started, asked to stop, and killed with all that it started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum

from cli.up.child_log import ChildLog


class Stage(IntEnum):
    """The order in which children are stopped; those of one stage together."""

    API = 0
    SCHEDULER = 1
    WORKER = 2
    INFERENCE = 3
    REDIS = 4


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """What to run. `descriptors` are handed down under the same numbers."""

    name: str
    command: tuple[str, ...]
    stage: Stage
    descriptors: tuple[int, ...] = ()


class Child:
    """A spec and the process that runs it now. Start it from the main thread: a child is tied to that."""

    def __init__(self, spec: ChildSpec, *, environment: Mapping[str, str], log: ChildLog) -> None:
        self.spec = spec
        self.log = log
        self.started_at = 0.0
        self._environment = environment
        self._log_start_bytes = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process; None before the first start and after the end."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def lifetime_seconds(self) -> float:
        """Since the last start."""
        return time.monotonic() - self.started_at

    def start(self) -> None:
        """Run the command in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        self._log_start_bytes = self.log.size()
        with self.log.open() as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cli.up.tether", str(os.getpid()), *self.spec.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self._environment),
                pass_fds=self.spec.descriptors,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def exit_code(self) -> int | None:
        """None while it runs or was never started; negative for a signal."""
        return self._process.poll() if self._process else None

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the process itself; it stops its own children in its own way.

        For a Celery worker this is the warm stop: an idle one ends at once. Its soft stop (REMAP_SIGTERM) would sit out
        the whole 25 s even when idle, longer than we wait here.
        """
        if self._process:
            self._process.terminate()

    def kill(self) -> None:
        """Send SIGKILL to the whole session and collect the process."""
        if self._process and self._process.poll() is None:
            # Not collected yet, so nobody else can have its group id.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def last_words(self, lines: int) -> list[str]:
        """The end of what it wrote since its last start."""
        return self.log.tail(lines, since_bytes=self._log_start_bytes)
