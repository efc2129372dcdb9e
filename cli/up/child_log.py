"""The log file of one child: appended to by the child itself, kept to a bounded size by the supervisor."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

_LARGEST_BYTES = 32 << 20
_TAIL_BYTES = 8192


class ChildLog:
    """DIR/logs/<name>.log, with the part before the last trim beside it as <name>.log.1."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> BinaryIO:
        """Open it for the child to write to; append mode keeps writes right when the file is cut."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.path.open("ab", buffering=0)

    def size(self) -> int:
        """Bytes written so far; 0 without a file."""
        return self.path.stat().st_size if self.path.exists() else 0

    def tail(self, lines: int, *, since_bytes: int = 0) -> list[str]:
        """The last `lines` lines, of those after position `since_bytes` unless the file was cut since."""
        size = self.size()
        if size == 0:
            return []
        with self.path.open("rb") as file:
            file.seek(max(since_bytes if since_bytes <= size else 0, size - _TAIL_BYTES))
            return file.read().decode(errors="replace").splitlines()[-lines:]

    def trim(self, largest_bytes: int = _LARGEST_BYTES) -> None:
        """Move a file that grew too large aside: copied, then cut, as the child keeps its descriptor."""
        if self.size() > largest_bytes:
            shutil.copyfile(self.path, self.path.with_name(f"{self.path.name}.1"))
            os.truncate(self.path, 0)
