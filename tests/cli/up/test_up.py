"""`tunery up` as a whole: real API, workers, scheduler and Redis from one command."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from openai import OpenAI

from cli.credentials import Credentials, find_credentials
from cli.demo.processes import descendants
from cli.up.environment import environment_without_settings
from cli.up.readiness import is_healthy
from tests.cli.waiting import is_running, wait_until

pytestmark = pytest.mark.xdist_group("up")

START_SECONDS = 60


@dataclass(frozen=True)
class Up:
    """A running `tunery up`."""

    process: subprocess.Popen[bytes]
    data_dir: Path

    @property
    def credentials(self) -> Credentials:
        credentials = find_credentials(self.data_dir)
        assert credentials is not None
        return credentials

    @property
    def is_healthy(self) -> bool:
        known = find_credentials(self.data_dir)
        return known is not None and is_healthy(known.base_url.removesuffix("/v1"))

    def child(self, word: str) -> int:
        """Id of the child whose command line holds `word`; 0 without one."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii").split()
        lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8") for pid in pids}
        return next((pid for pid, line in lines.items() if word in line and "cli.up.tether" not in line), 0)


@contextmanager
def started(data_dir: Path) -> Iterator[Up]:
    command = [sys.executable, "-m", "cli", "up", "--data", str(data_dir), "--port", "0", "--no-inference"]
    with subprocess.Popen(command, env=environment_without_settings(), stdout=subprocess.DEVNULL) as process:
        up = Up(process, data_dir)
        try:
            wait_until(lambda: up.is_healthy, what="a healthy service", seconds=START_SECONDS)
            yield up
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with started(tmp_path_factory.mktemp("up")) as up:
        yield up


class TestRunning:
    def test_the_credentials_open_the_api(self, up: Up) -> None:
        """The address and key in credentials.json are all an unmodified client needs."""
        with OpenAI(base_url=up.credentials.base_url, api_key=up.credentials.api_key) as client:
            assert client.files.list().data == []

    def test_a_killed_api_comes_back_at_the_same_address(self, up: Up) -> None:
        """Clients of a crashed API find it again where it was."""
        before = up.child("uvicorn")

        os.kill(before, signal.SIGKILL)

        wait_until(lambda: up.child("uvicorn") not in (0, before), what="a new API process")
        wait_until(lambda: up.is_healthy, what="a healthy service", seconds=START_SECONDS)

    def test_a_killed_worker_comes_back(self, up: Up) -> None:
        """A worker killed with SIGKILL is started again."""
        before = up.child("notify")

        os.kill(before, signal.SIGKILL)

        wait_until(lambda: up.child("notify") not in (0, before), what="a new worker process")

    def test_a_second_service_on_the_folder_is_refused(self, up: Up) -> None:
        """A second `tunery up` on the same data folder ends at once, naming the folder, and harms nothing."""
        command = [sys.executable, "-m", "cli", "up", "--data", str(up.data_dir), "--port", "0"]

        second = subprocess.run(
            command, env=environment_without_settings(), capture_output=True, text=True, check=False
        )

        assert second.returncode == 1
        assert f"(process {up.process.pid}) runs on {up.data_dir}" in second.stderr
        assert up.is_healthy

    def test_logs_hold_no_secrets(self, up: Up) -> None:
        """Neither the keys nor the secret they are hashed with appear in any log."""
        secrets = [up.credentials.api_key, up.credentials.admin_key, (up.data_dir / "secret.key").read_text("utf-8")]

        text = "".join(path.read_text("utf-8") for path in (up.data_dir / "logs").iterdir())

        assert "child.started" in text
        assert [secret for secret in secrets if secret in text] == []


class TestEnding:
    def test_ctrl_c_ends_everything(self, tmp_path: Path) -> None:
        """On Ctrl-C all processes end and the command exits with 0."""
        with started(tmp_path) as up:
            below = descendants(up.process.pid)
            up.process.send_signal(signal.SIGINT)
            up.process.wait(60)

        assert up.process.returncode == 0
        assert len(below) >= 7
        wait_until(lambda: not any(map(is_running, below)), what="no process left", seconds=5)

    def test_a_killed_supervisor_leaves_nothing(self, tmp_path: Path) -> None:
        """When `tunery up` itself is killed with SIGKILL, its processes end too, and the folder can be served again."""
        with started(tmp_path) as up:
            below = descendants(up.process.pid)
            first = up.credentials
            up.process.kill()
            wait_until(lambda: not any(map(is_running, below)), what="no process left", seconds=15)

        with started(tmp_path) as up:
            assert (up.credentials.api_key, up.credentials.admin_key) == (first.api_key, first.admin_key)
            assert len(below) >= 7
