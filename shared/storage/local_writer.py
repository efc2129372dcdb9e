"""One object on its way into the folder: a partial file beside its target, renamed over it when complete."""

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from shared.storage.errors import StorageUnavailableError
from shared.storage.protocol import StoredObject

PARTIAL_MARK = "~"
"""Marks an unfinished file. No key can hold it, so a partial file is never taken for an object."""

_FOLDER_RACES = 100


class LocalWriter:
    """See ObjectWriter."""

    def __init__(self, root: Path, target: Path) -> None:
        self._root = root
        self._target = target
        self._hash = hashlib.sha256()
        self._size_bytes = 0
        self._committed = False
        with self._translated():
            self._file, self._partial = create_partial(root, target)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Closing flushes what is buffered, which fails again on a full disk; the file goes away in any case.
        with contextlib.suppress(OSError):
            self._file.close()
        if not self._committed:
            with contextlib.suppress(OSError):
                self._partial.unlink()
            remove_empty_folders(self._root, self._target.parent)

    def write(self, data: bytes) -> None:
        with self._translated():
            self._file.write(data)
        self._hash.update(data)
        self._size_bytes += len(data)

    def commit(self) -> StoredObject:
        with self._translated():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._partial.rename(self._target)
            _fsync_folder(self._target.parent)
        self._committed = True
        return StoredObject(self._size_bytes, self._hash.hexdigest())

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            code = "storage_full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else None
            message = f"Object {self._target.name!r} cannot be written: {error.strerror}."
            raise StorageUnavailableError(message, code=code) from error


def create_partial(root: Path, target: Path) -> tuple[BinaryIO, Path]:
    """A new file in the folder of `target`, made with its folders, that only this caller writes to."""
    partial = target.with_name(f"{target.name[:100]}{PARTIAL_MARK}{secrets.token_hex(8)}")
    for _ in range(_FOLDER_RACES):
        _make_folders(root, target.parent)
        # A delete in another process may remove the empty folder before the file is in it.
        with contextlib.suppress(FileNotFoundError):
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            return os.fdopen(descriptor, "wb"), partial
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target))


def remove_empty_folders(root: Path, folder: Path) -> None:
    """Remove `folder` and the folders above it, up to `root`, as far as they are empty."""
    # rmdir refuses a folder that holds anything, a writer's partial file included.
    with contextlib.suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


def _make_folders(root: Path, folder: Path) -> None:
    """`mkdir -p` below `root` that survives a power cut: a new name is durable once its folder is synced."""
    if folder == root or folder.is_dir():
        return
    _make_folders(root, folder.parent)
    with contextlib.suppress(FileExistsError, FileNotFoundError):
        folder.mkdir(mode=0o700)
        _fsync_folder(folder.parent)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
