"""HTTP by hand: requests that no client library would send, or would not stop sending."""

import http.client
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class RawResponse:
    """An answer with the fields that tests/api/answers.py looks at. Header names are in lower case."""

    status_code: int
    headers: dict[str, str]
    content: bytes


class RawConnection:
    """One connection to the API."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((str(address.hostname), address.port or 80), _TIMEOUT_SECONDS)
        self._answers: BinaryIO = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up, in the middle of whatever is being said."""
        self._answers.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive_line(self) -> bytes:
        """The next line, of a head or of an answer that comes in lines."""
        return self._answers.readline()

    def receive(self, method: str = "GET") -> RawResponse:
        """The next answer. Fails after a while without one."""
        status = int(self._answers.readline().split()[1])
        headers = {name.lower(): value for name, value in http.client.parse_headers(self._answers).items()}
        length = 0 if method == "HEAD" else int(headers.get("content-length", "-1"))
        return RawResponse(status, headers, self._answers.read(length))


def request(method: str, path: str, *headers: str, body: bytes = b"", host: str = "api") -> bytes:
    """A request as it goes over the wire. No header is added but `Host`."""
    head = "".join(f"{header}\r\n" for header in (f"Host: {host}", *headers))
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def ask(url: str, method: str, path: str, *headers: str, body: bytes = b"", host: str = "api") -> RawResponse:
    """Send one request on a connection of its own; the answer."""
    with RawConnection(url) as connection:
        connection.send(request(method, path, *headers, body=body, host=host))
        return connection.receive(method)
