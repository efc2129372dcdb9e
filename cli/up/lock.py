"""One service per data folder: a lock that the kernel gives back however its holder ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.up.errors import UpError

_FILE_NAME = "up.lock"


@contextmanager
def data_dir_locked(data_dir: Path) -> Iterator[None]:
    """Hold the folder, which is made for its owner only if need be. Raises UpError while another process holds it."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data_dir / _FILE_NAME).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise UpError(
                f"Another `tunery up` (process {holder}) runs on {data_dir}. "
                "Stop it, or give another folder with --data."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
