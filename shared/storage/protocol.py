"""What every object store does. Refuses to know about files, jobs and tenants.

All methods raise StorageUnavailableError when the store does not answer, is full or refuses us.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

CHUNK_BYTES = 1 << 20
ORPHAN_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class StoredObject:
    """What was written: its size and the SHA-256 of its bytes, in hexadecimal."""

    size_bytes: int
    sha256: str


class ObjectWriter(Protocol):
    """Writes one object. Used with `with`; leaving the block without `commit()` leaves nothing behind."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def write(self, data: bytes) -> None:
        """Append `data`. Memory use does not grow with the object."""

    def commit(self) -> StoredObject:
        """Make the object visible, replacing an older one of the same key in one step. At most once."""


class ObjectStore(Protocol):
    """Objects by key. Safe to share between threads; each process opens its own."""

    def writer(self, key: str) -> ObjectWriter:
        """A writer for `key`; nothing is visible before it commits."""

    def put_file(self, key: str, path: Path) -> StoredObject:
        """Store the file at `path`."""

    def open(self, key: str) -> BinaryIO:
        """A seekable reader; the caller closes it. Raises ObjectNotFoundError."""

    def iter_chunks(
        self, key: str, chunk_bytes: int = CHUNK_BYTES, *, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """Bytes `start` up to but not including `end`, in chunks of at most `chunk_bytes`.

        Raises ObjectNotFoundError at the call, not at the first chunk.
        """

    def fetch(self, key: str, path: Path) -> None:
        """Copy the object to `path`, whole or not at all. Raises ObjectNotFoundError."""

    def exists(self, key: str) -> bool: ...

    def size(self, key: str) -> int:
        """Size in bytes. Raises ObjectNotFoundError."""

    def delete(self, key: str) -> None:
        """Remove the object; none there is fine too."""

    def delete_prefix(self, prefix: str) -> int:
        """Remove every object in the folder `prefix`; how many there were. An empty prefix is refused."""

    def list(self, prefix: str = "") -> Iterator[str]:
        """The keys in the folder `prefix`, in ASCII order; unfinished writes are not among them."""

    def sweep_orphans(self, *, older_than_seconds: float = ORPHAN_SECONDS) -> int:
        """Remove what writers that died left behind; how many there were."""

    def check(self) -> None:
        """Return if the store can take a write now. Cheap enough for a readiness probe."""
