"""The embedded Redis: up in a moment, on a socket, gone with its parent."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from cli.up.child import Child
from cli.up.child_log import ChildLog
from cli.up.environment import child_environment
from cli.up.errors import UpError
from cli.up.redis_server import find_redis_server, redis_spec, redis_url, socket_folder, wait_for_redis
from shared.settings import Settings
from tests.cli.waiting import is_running, wait_until

SUPERVISOR = """
import sys, time
from pathlib import Path
from cli.up.child import Child
from cli.up.child_log import ChildLog
from cli.up.environment import child_environment
from cli.up.redis_server import redis_spec
from shared.settings import Settings

folder = Path(sys.argv[1])
child = Child(redis_spec(folder), environment=child_environment(Settings()), log=ChildLog(folder / "redis.log"))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""


def never() -> bool:
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with socket_folder(tmp_path) as folder:
        yield folder


@pytest.fixture
def server(folder: Path) -> Iterator[Child]:
    child = Child(redis_spec(folder), environment=child_environment(Settings()), log=ChildLog(folder / "redis.log"))
    child.start()
    yield child
    child.kill()


class TestEmbeddedRedis:
    @pytest.mark.usefixtures("server")
    def test_it_answers_on_its_socket(self, folder: Path) -> None:
        """The embedded Redis takes commands on a unix socket that only its owner may open."""
        wait_for_redis(redis_url(folder), is_cancelled=never)

        with Redis.from_url(redis_url(folder)) as client:
            assert client.ping() is True
            assert client.config_get("port")["port"] == "0"
        assert (folder / "redis.sock").stat().st_mode & 0o077 == 0

    def test_it_stops_when_asked_and_keeps_nothing(self, server: Child, folder: Path) -> None:
        """On SIGTERM the embedded Redis ends with exit code 0 and writes no dump."""
        wait_for_redis(redis_url(folder), is_cancelled=never)
        with Redis.from_url(redis_url(folder)) as client:
            client.set("a", "1")

        server.ask_to_stop()

        wait_until(lambda: server.exit_code() is not None, what="Redis to end")
        assert server.exit_code() == 0
        assert not list(folder.glob("*.rdb"))

    def test_it_ends_with_a_killed_parent(self, folder: Path) -> None:
        """The embedded Redis does not outlive a parent killed with SIGKILL."""
        command = [sys.executable, "-c", SUPERVISOR, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            server = int(parent.stdout.readline())
            wait_for_redis(redis_url(folder), is_cancelled=never)

            parent.kill()

            wait_until(lambda: not is_running(server), what="Redis to end", seconds=5)

    def test_a_silent_server_is_an_error_that_says_so(self, folder: Path) -> None:
        """Waiting for a Redis that is not there ends in an error that names the setting."""
        with pytest.raises(UpError, match="TUNERY_REDIS_URL"):
            wait_for_redis(redis_url(folder), is_cancelled=never, seconds=0.1)

    def test_a_wait_can_be_cancelled(self, folder: Path) -> None:
        """Ctrl-C while Redis starts ends the wait without an error."""
        wait_for_redis(redis_url(folder), is_cancelled=lambda: True)

    def test_a_binary_is_always_found(self) -> None:
        """A development install brings a Redis-compatible server along."""
        assert find_redis_server().is_file()


class TestSocketFolder:
    def test_a_short_data_folder_holds_the_socket(self) -> None:
        """The socket lies in the data folder where its path is short enough for a socket."""
        with socket_folder(Path("/tmp/t")) as folder:  # noqa: S108  only its length matters
            assert folder == Path("/tmp/t")  # noqa: S108

    def test_a_long_data_folder_does_not(self, tmp_path: Path) -> None:
        """For a data folder with a long path the socket lies in a temporary folder, gone afterwards."""
        with socket_folder(tmp_path / ("deep" * 30)) as folder:
            assert len(bytes(folder / "redis.sock")) <= 103

        assert not folder.exists()
