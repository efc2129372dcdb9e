"""`tunery up` as a process of its own, on a free port and a folder of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.credentials import Credentials, find_credentials
from cli.demo.errors import DemoError
from cli.demo.processes import descendants, still_alive
from cli.up.environment import environment_without_settings
from cli.up.readiness import is_healthy

_READY_SECONDS = 180.0
_STOP_SECONDS = 90.0
_LINGER_SECONDS = 3.0
_POLL_SECONDS = 0.1
_OUTPUT_LINES = 15


class RunningService:
    """Started by `running_service`; ask it to `stop` to learn whether it ended clean."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self._process = process
        self._output = output

    def wait_until_ready(self, data_dir: Path) -> Credentials:
        """Return the credentials once /healthz answers. Raises DemoError if it ends or stays silent."""
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise DemoError(f"`tunery up` ended early {self._describe_exit()}. {self._last_output()}")
            credentials = find_credentials(data_dir)
            if credentials and is_healthy(credentials.base_url.removesuffix("/v1")):
                return credentials
            time.sleep(_POLL_SECONDS)
        raise DemoError(f"The service was not ready within {_READY_SECONDS:g} s. {self._last_output()}")

    def stop(self) -> None:
        """Ask for an orderly stop. Raises DemoError if it takes too long, ends badly or leaves processes behind."""
        if self._process.poll() is not None:
            return
        below = descendants(self._process.pid)
        self._process.send_signal(signal.SIGINT)
        try:
            exit_code = self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise DemoError(f"The service did not stop within {_STOP_SECONDS:g} s. {self._last_output()}") from None
        left = _wait_for_end(below)
        if exit_code or left:
            raise DemoError(f"The service ended {self._describe_exit()}; still running: {sorted(left) or 'none'}.")

    def _describe_exit(self) -> str:
        return f"with exit code {self._process.returncode}"

    def _last_output(self) -> str:
        lines = self._output.read_text(encoding="utf-8", errors="replace").splitlines()
        return "Its last output:\n" + "\n".join(lines[-_OUTPUT_LINES:])


def _wait_for_end(pids: set[int]) -> set[int]:
    # The kernel ends tied grandchildren a moment after their parents.
    deadline = time.monotonic() + _LINGER_SECONDS
    while (left := still_alive(pids)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return left


@contextmanager
def running_service(data_dir: Path) -> Iterator[RunningService]:
    """Start the service; it is stopped at the end of the block, and ends with this process however that ends.

    Settings of this shell are left out: the demo must not meet anyone's database.
    """
    output = data_dir / "up.out"
    command = [sys.executable, "-m", "cli", "up", "--data", str(data_dir), "--port", "0"]
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.up.tether", str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment_without_settings(),
            start_new_session=True,
        )
    service = RunningService(process, output)
    try:
        yield service
    finally:
        service.stop()
