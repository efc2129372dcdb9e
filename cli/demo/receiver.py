"""A webhook receiver on loopback, as a customer would write one: keeps the body as it came, answers 200."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_POLL_SECONDS = 0.05
"""How soon the server notices that it should end."""


@dataclass(frozen=True)
class Delivery:
    """One POST, unparsed: a signature covers the very bytes."""

    headers: dict[str, str]
    body: bytes


class WebhookReceiver:
    """Keeps deliveries until they are asked for."""

    def __init__(self) -> None:
        self._deliveries: queue.Queue[Delivery] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self._deliveries))

    @property
    def url(self) -> str:
        """Where to send to."""
        return f"http://127.0.0.1:{self._server.server_port}/webhooks"

    def find_delivery(self, *, within_seconds: float) -> Delivery | None:
        """The oldest delivery not yet taken; None if none comes in time."""
        try:
            return self._deliveries.get(timeout=within_seconds)
        except queue.Empty:
            return None

    @contextmanager
    def listening(self) -> Iterator["WebhookReceiver"]:
        """Answer requests during the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler_for(deliveries: "queue.Queue[Delivery]") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            deliveries.put(Delivery(headers=dict(self.headers.items()), body=body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of http.server
            """Stay silent: the terminal belongs to the demo."""

    return Handler
