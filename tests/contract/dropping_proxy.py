"""A proxy that carries a request through, hears the whole answer, and drops the connection instead of passing it on."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_IDLE_SECONDS = 10.0


class DroppingProxy:
    """Drops the answer to the first `drops` POSTs, and to no other request."""

    def __init__(self, target: str, *, drops: int = 1) -> None:
        address = urlsplit(target)
        self._target = (str(address.hostname), address.port or 80)
        self._drops_left = drops
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="dropping proxy")
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.dropped = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        """One connection after the other: the client under test sends one request at a time."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client, socket.create_connection(self._target, _IDLE_SECONDS) as server, suppress(OSError):
                    client.settimeout(_IDLE_SECONDS)
                    self._carry(client, server)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """One request and its answer; a connection is not used twice."""
        request = read_message(client)
        server.sendall(request)
        answer = read_message(server)
        if request.startswith(b"POST ") and self._drops_left:
            self._drops_left -= 1
            self.dropped += 1
            return
        head, separator, body = answer.partition(b"\r\n\r\n")
        client.sendall(head + b"\r\nconnection: close" + separator + body)


def read_message(connection: socket.socket) -> bytes:
    """A whole HTTP message whose length is declared or that has no body."""
    data = bytearray()
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = bytes(data).partition(b"\r\n\r\n")
    missing = _declared_length(head) - len(body)
    while missing > 0:
        piece = _some(connection)
        data += piece
        missing -= len(piece)
    return bytes(data)


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(65_536)
    if not piece:
        raise ConnectionResetError("the peer ended in the middle of a message")
    return piece


def _declared_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0
