"""Connections that end at a given moment, however slowly the other side sends. Knows bytes, not HTTP.

An HTTP client's timeouts begin anew with every byte: a receiver that sends one a second would keep a worker for ever.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore2


class DeadlineBackend(httpcore2.NetworkBackend):
    """Has `backend` open streams on which nothing lasts beyond `deadline`, in seconds of the monotonic clock."""

    def __init__(self, deadline: float, backend: httpcore2.NetworkBackend) -> None:
        self._backend = backend
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        within = _time_left(self._deadline, timeout)
        stream = self._backend.connect_tcp(host, port, within, local_address, socket_options)
        return _DeadlineStream(stream, self._deadline)


class _DeadlineStream(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _time_left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _time_left(self._deadline, timeout))
        return _DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _time_left(deadline: float, timeout: float | None) -> float:
    """Seconds for one operation; hardly any once the deadline has passed, since zero would mean not to wait at all."""
    left = max(deadline - time.monotonic(), 0.001)
    return left if timeout is None else min(left, timeout)
