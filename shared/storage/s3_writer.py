"""One object on its way into the bucket: in parts of 8 MiB, so memory stays flat; a small one at once."""

import contextlib
import hashlib
from types import TracebackType
from typing import Any, Self

from shared.storage.errors import StorageUnavailableError
from shared.storage.protocol import StoredObject
from shared.storage.s3_errors import translated

PART_BYTES = 8 << 20
"""S3 takes 10,000 parts of at least 5 MiB: this allows objects of 80 GiB and holds one part in memory."""


class S3Writer:
    """See ObjectWriter. A multipart upload is invisible until it is completed."""

    def __init__(self, client: Any, target: dict[str, str]) -> None:
        self._client = client
        self._target = target
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._hash = hashlib.sha256()
        self._size_bytes = 0
        self._committed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._upload_id is not None and not self._committed:
            # What cannot be aborted now stays invisible, and sweep_orphans removes it later.
            with contextlib.suppress(StorageUnavailableError), translated(self._target["Key"]):
                self._client.abort_multipart_upload(**self._target, UploadId=self._upload_id)

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._size_bytes += len(data)
        view = memoryview(data)
        while len(self._buffer) + len(view) >= PART_BYTES:
            room = PART_BYTES - len(self._buffer)
            self._buffer += view[:room]
            view = view[room:]
            self._send_part()
        self._buffer += view

    def commit(self) -> StoredObject:
        if self._committed:
            raise ValueError("This object is already committed.")
        with translated(self._target["Key"]):
            if self._upload_id is None:
                self._client.put_object(**self._target, Body=bytes(self._buffer))
            else:
                self._complete()
        self._committed = True
        return StoredObject(self._size_bytes, self._hash.hexdigest())

    def _complete(self) -> None:
        if self._buffer:
            self._send_part()
        self._client.complete_multipart_upload(
            **self._target, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
        )

    def _send_part(self) -> None:
        with translated(self._target["Key"]):
            if self._upload_id is None:
                self._upload_id = self._client.create_multipart_upload(**self._target)["UploadId"]
            number = len(self._parts) + 1
            sent = self._client.upload_part(
                **self._target, UploadId=self._upload_id, PartNumber=number, Body=bytes(self._buffer)
            )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._buffer.clear()
