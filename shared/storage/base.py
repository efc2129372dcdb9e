"""What every store does in the same way, written once on top of the few things in which they differ."""

import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from shared.storage.errors import InvalidObjectKeyError, ObjectNotFoundError
from shared.storage.protocol import CHUNK_BYTES, ObjectWriter, StoredObject


class CopyingStore(ABC):
    """Whole-file copies and folder removal for any store that can read, write, list and delete."""

    @abstractmethod
    def writer(self, key: str) -> ObjectWriter: ...

    @abstractmethod
    def iter_chunks(
        self, key: str, chunk_bytes: int = CHUNK_BYTES, *, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]: ...

    @abstractmethod
    def size(self, key: str) -> int: ...

    @abstractmethod
    def delete(self, key: str) -> None: ...

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[str]: ...

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except ObjectNotFoundError:
            return False
        return True

    def put_file(self, key: str, path: Path) -> StoredObject:
        with path.open("rb") as file, self.writer(key) as writer:
            while chunk := file.read(CHUNK_BYTES):
                writer.write(chunk)
            return writer.commit()

    def fetch(self, key: str, path: Path) -> None:
        chunks = self.iter_chunks(key)
        partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}.partial")
        try:
            with partial.open("xb") as file:
                file.writelines(chunks)
            os.replace(partial, path)  # noqa: PTH105 - Path.replace returns a Path that nobody wants
        finally:
            partial.unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> int:
        if not prefix:
            raise InvalidObjectKeyError("Refusing to delete every object: name a folder.")
        keys = list(self.list(prefix))
        for key in keys:
            self.delete(key)
        return len(keys)
