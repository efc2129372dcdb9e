"""Objects in an S3-compatible bucket. Only the s3 modules import boto3, which the extra `s3` installs."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import boto3
from botocore.config import Config

from shared.storage.base import CopyingStore
from shared.storage.errors import ObjectNotFoundError, StorageUnavailableError
from shared.storage.keys import check_key, folder_prefix
from shared.storage.protocol import CHUNK_BYTES, ORPHAN_SECONDS
from shared.storage.s3_errors import translated
from shared.storage.s3_reader import S3Reader
from shared.storage.s3_writer import S3Writer

BUFFER_BYTES = 8 << 20
"""What an open reader asks for at once: few requests, and no connection kept open for a slow consumer."""


def make_client(*, endpoint_url: str = "", region: str, access_key_id: str = "", secret_access_key: str = "") -> Any:
    """A thread-safe client. Empty credentials leave it to boto3 to find them."""
    # S3-compatible services often know neither virtual hosts nor the checksums that AWS added in 2025.
    compatible = {
        "s3": {"addressing_style": "path"},
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    }
    config = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 4},
        tcp_keepalive=True,
        **(compatible if endpoint_url else {}),
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint_url or None,
        region_name=region,
        aws_access_key_id=access_key_id or None,
        aws_secret_access_key=secret_access_key or None,
        config=config,
    )


class S3Store(CopyingStore):
    """The keys below `prefix` in one bucket. The bucket must exist."""

    def __init__(self, client: Any, *, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = folder_prefix(prefix)

    def writer(self, key: str) -> S3Writer:
        return S3Writer(self._client, self._target(key))

    def open(self, key: str) -> BinaryIO:
        return io.BufferedReader(S3Reader(self._client, self._target(key)), BUFFER_BYTES)

    def iter_chunks(
        self, key: str, chunk_bytes: int = CHUNK_BYTES, *, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        raw = S3Reader(self._client, self._target(key))
        return _read_chunks(raw, chunk_bytes, start, raw.size_bytes if end is None else end)

    def size(self, key: str) -> int:
        with translated(key):
            head = self._client.head_object(**self._target(key))
        return int(head["ContentLength"])

    def delete(self, key: str) -> None:
        with translated(key):
            self._client.delete_object(**self._target(key))

    def list(self, prefix: str = "") -> Iterator[str]:
        wanted = self._prefix + folder_prefix(prefix)
        with translated(wanted):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=wanted)
            for page in pages:
                for entry in page.get("Contents", []):
                    yield entry["Key"].removeprefix(self._prefix)

    def sweep_orphans(self, *, older_than_seconds: float = ORPHAN_SECONDS) -> int:
        horizon = datetime.now(UTC) - timedelta(seconds=older_than_seconds)
        swept = 0
        with translated(self._prefix):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            )
            for upload in [upload for page in pages for upload in page.get("Uploads", [])]:
                if upload["Initiated"] <= horizon:
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    swept += 1
        return swept

    def check(self) -> None:
        try:
            with translated(self._bucket):
                self._client.head_bucket(Bucket=self._bucket)
        except ObjectNotFoundError:
            raise StorageUnavailableError(f"There is no bucket {self._bucket!r}; create it first.") from None

    def _target(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + check_key(key)}


def _read_chunks(raw: S3Reader, chunk_bytes: int, start: int, end: int) -> Iterator[bytes]:
    # Never more than was asked for: looking for a line end in a file of gigabytes takes some kilobytes.
    with io.BufferedReader(raw, max(1, min(BUFFER_BYTES, end - start))) as file:
        file.seek(start)
        while chunk := file.read(max(0, min(chunk_bytes, end - file.tell()))):
            yield chunk
