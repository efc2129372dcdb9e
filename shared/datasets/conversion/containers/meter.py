"""How much of a source has been read, for those who wait."""

from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 20


class Meter:
    """Counts the bytes that readers take from the plain files of a source."""

    def __init__(self) -> None:
        self.n_bytes = 0

    def read_chunks(self, path: Path) -> Iterator[bytes]:
        """The bytes of a file, counted as they go."""
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                self.n_bytes += len(chunk)
                yield chunk
