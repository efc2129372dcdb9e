"""Fetching an address that a tenant names: guarded, without redirects, and bounded in time, bytes and patience."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import httpcore2
import httpx2

from shared.datasets.conversion.errors import SourceTooLargeError
from shared.datasets.imports.errors import DownloadFailedError
from shared.datasets.imports.service import check_source_url
from shared.outbound.client import core_url, public_tls
from shared.outbound.deadline import DeadlineBackend
from shared.outbound.guard import UNREACHABLE, Guard, GuardedBackend
from shared.outbound.policy import outbound_policy
from shared.settings import Settings

_USER_AGENT = "Tunery/1.0 (imports)"
_CONNECT_SECONDS = 10.0
_OK = 200


@dataclass(frozen=True)
class Patience:
    """`silence_seconds` may pass without a byte; after as many the average has to reach the minimum."""

    silence_seconds: float = 30.0
    min_bytes_per_second: float = 10_000.0
    "The same floor as for uploads."


USUAL = Patience()


def download(url: str, settings: Settings, *, write: Callable[[bytes], None], patience: Patience = USUAL) -> int:
    """Write the body of the answer to a GET; how many bytes. Raises DownloadFailedError, SourceTooLargeError.

    A body ends where its Content-Length says, as HTTP has it: what is sent beyond is not read.
    """
    parts = check_source_url(url, outbound_policy(settings))
    started_at = time.monotonic()
    backend = DeadlineBackend(
        started_at + settings.import_timeout_seconds, GuardedBackend(Guard(outbound_policy(settings)))
    )
    timeout = {"connect": _CONNECT_SECONDS, "read": patience.silence_seconds, "write": patience.silence_seconds}
    headers = {"user-agent": _USER_AGENT, "accept": "*/*", "accept-encoding": "identity"}
    try:
        with (
            httpcore2.ConnectionPool(ssl_context=public_tls(), network_backend=backend) as pool,
            pool.stream(
                "GET", core_url(parts), headers=list(headers.items()), extensions={"timeout": timeout}
            ) as response,
        ):
            _check_answer(response, settings.max_upload_bytes)
            return _copy(response.iter_stream(), write, settings.max_upload_bytes, patience, started_at)
    except httpcore2.ConnectError:
        raise DownloadFailedError(UNREACHABLE.removesuffix(".")) from None
    except httpcore2.TimeoutException:
        raise DownloadFailedError("the other side was silent for too long, or the transfer took too long") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError):
        raise DownloadFailedError("the connection broke off, or the answer was no HTTP") from None


def name_of(url: str) -> str:
    """The last segment of an address, as the name of what it gives."""
    return PurePosixPath(httpx2.URL(url).path).name or "download"


def _check_answer(response: httpcore2.Response, max_bytes: int) -> None:
    headers = httpx2.Headers(response.headers)
    if 300 <= response.status < 400:  # noqa: PLR2004  the 3xx range
        raise DownloadFailedError(f"it redirects ({response.status}), which is not followed; give the final address")
    if response.status != _OK:
        raise DownloadFailedError(f"it answered with status {response.status}")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > max_bytes:
        raise _too_large(max_bytes)


def _copy(
    chunks: Iterator[bytes], write: Callable[[bytes], None], max_bytes: int, patience: Patience, started_at: float
) -> int:
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > max_bytes:
            raise _too_large(max_bytes)
        waited = time.monotonic() - started_at
        if waited > patience.silence_seconds and received < waited * patience.min_bytes_per_second:
            raise DownloadFailedError(f"it comes slower than {patience.min_bytes_per_second / 1000:g} kB a second")
        write(chunk)
    if not received:
        raise DownloadFailedError("the answer is empty")
    return received


def _too_large(max_bytes: int) -> SourceTooLargeError:
    return SourceTooLargeError(f"The url gives more than {max_bytes >> 20} MiB, which is the most that is taken.")
