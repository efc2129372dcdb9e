"""A listener that counts connections, and names that lead where a test says. No packet leaves loopback.

To these tests 127.0.0.2 is a public address and 127.0.0.1 our own network.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address, ip_network

from shared.outbound.addresses import Address
from shared.outbound.guard import Guard
from shared.outbound.policy import OutboundPolicy

INTERNAL, PUBLIC = "127.0.0.1", "127.0.0.2"
POLICY = OutboundPolicy(allowed_networks=(ip_network(f"{PUBLIC}/32"),), allow_http=True)
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


class Listener:
    """Answers 200 to whoever connects; `connections` holds the address each came to."""

    def __init__(self, answer: bytes) -> None:
        self.connections: list[str] = []
        self.requests: list[bytes] = []
        self._answer = answer
        self._socket = socket.create_server(("0.0.0.0", 0))  # noqa: S104  all of 127/8, to see every spelling of it
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="counting listener")
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections.append(connection.getsockname()[0])
                with connection, suppress(OSError):
                    connection.settimeout(5)
                    self.requests.append(connection.recv(65536))
                    connection.sendall(self._answer)


@contextmanager
def listening(answer: bytes = _ANSWER) -> Iterator[Listener]:
    listener = Listener(answer)
    yield listener
    listener.close()


class Names:
    """A resolver that gives each name its answers in turn, the last one for ever. Literals are what they say."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def resolve(self, host: str, *, within_seconds: float) -> list[Address]:  # noqa: ARG002  the protocol names it
        self.asked.append(host)
        answers = self._answers.get(host.partition(".")[0])
        if answers is None:
            return [ip_address(host)]
        now = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ip_address(text) for text in now]


def guard(resolver: Names | None = None, policy: OutboundPolicy = POLICY) -> Guard:
    return Guard(policy, resolver)
