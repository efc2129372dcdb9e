"""Objects as files in one folder, for one machine. Visible means renamed into place after an fsync."""

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from shared.storage.base import CopyingStore
from shared.storage.errors import ObjectNotFoundError, StorageUnavailableError
from shared.storage.keys import check_key, folder_prefix
from shared.storage.local_writer import PARTIAL_MARK, LocalWriter, create_partial, remove_empty_folders
from shared.storage.protocol import CHUNK_BYTES, ORPHAN_SECONDS


class LocalStore(CopyingStore):
    """A folder of objects. No key may be the folder of another key (`a` and `a/b`)."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def writer(self, key: str) -> LocalWriter:
        return LocalWriter(self._root, self._path(key))

    def open(self, key: str) -> BinaryIO:
        with _translated(key):
            return self._path(key).open("rb")

    def iter_chunks(
        self, key: str, chunk_bytes: int = CHUNK_BYTES, *, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        size_bytes = self.size(key)
        return self._read_chunks(key, chunk_bytes, start, size_bytes if end is None else end)

    def _read_chunks(self, key: str, chunk_bytes: int, start: int, end: int) -> Iterator[bytes]:
        with self.open(key) as file:
            file.seek(start)
            while chunk := file.read(max(0, min(chunk_bytes, end - file.tell()))):
                yield chunk

    def size(self, key: str) -> int:
        with _translated(key):
            found = self._path(key).stat()
        if not stat.S_ISREG(found.st_mode):
            raise ObjectNotFoundError(key)
        return found.st_size

    def delete(self, key: str) -> None:
        path = self._path(key)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
        remove_empty_folders(self._root, path.parent)

    def list(self, prefix: str = "") -> Iterator[str]:
        for path in _files_below(self._root / folder_prefix(prefix)):
            if PARTIAL_MARK not in path.name:
                yield path.relative_to(self._root).as_posix()

    def sweep_orphans(self, *, older_than_seconds: float = ORPHAN_SECONDS) -> int:
        horizon = time.time() - older_than_seconds
        swept = 0
        for path in list(_files_below(self._root)):
            # A file can vanish under us: its writer may have committed since the folder was read.
            with contextlib.suppress(FileNotFoundError):
                if PARTIAL_MARK in path.name and path.stat().st_mtime <= horizon:
                    path.unlink()
                    swept += 1
        return swept

    def check(self) -> None:
        try:
            file, partial = create_partial(self._root, self._root / "check")
        except OSError as error:
            raise StorageUnavailableError(
                f"The object folder {self._root} cannot be written: {error.strerror}."
            ) from error
        file.close()
        partial.unlink()

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file, in the order that a bucket lists keys: `a-b` before `a/b`, since "-" comes before "/"."""
    try:
        names = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if name.endswith("/"):
            yield from _files_below(folder / name)
        else:
            yield folder / name


@contextlib.contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}:
            raise ObjectNotFoundError(key) from None
        raise StorageUnavailableError(f"Object {key!r} cannot be read: {error.strerror}.") from error
