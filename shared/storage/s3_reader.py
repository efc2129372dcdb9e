"""Reading one object in ranges: reading can seek, and no connection stays open for a slow consumer."""

import io
from typing import Any

from shared.storage.errors import StorageUnavailableError
from shared.storage.s3_errors import translated

_ATTEMPTS = 3
"""Tries for one range: boto3 retries a request, but not a body that breaks off half way."""


class S3Reader(io.RawIOBase):
    """Each `readinto` is one ranged request, pinned to the version seen at opening by its ETag.

    Raises ObjectNotFoundError on opening, StorageUnavailableError when the object changes under the reader.
    """

    def __init__(self, client: Any, target: dict[str, str]) -> None:
        self._client = client
        self._target = target
        self._position = 0
        with translated(target["Key"]):
            head = client.head_object(**target)
        self.size_bytes = int(head["ContentLength"])
        self._etag = head["ETag"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError(f"Cannot seek to {base + offset}, before the start of the object.")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        end = min(self._position + len(buffer), self.size_bytes)
        if end <= self._position:
            return 0
        data = self._get_range(self._position, end)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def readall(self) -> bytes:
        # The inherited readall asks for 8 KiB at a time: 2,000 requests for 16 MiB.
        start, self._position = self._position, max(self._position, self.size_bytes)
        return self._get_range(start, self.size_bytes) if start < self.size_bytes else b""

    def _get_range(self, start: int, end: int) -> bytes:
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._get_range_once(start, end)
            except StorageUnavailableError:
                continue
        return self._get_range_once(start, end)

    def _get_range_once(self, start: int, end: int) -> bytes:
        with translated(self._target["Key"]):
            answer = self._client.get_object(**self._target, Range=f"bytes={start}-{end - 1}", IfMatch=self._etag)
            with answer["Body"] as body:
                data: bytes = body.read()
        return data
