"""A webhook receiver that answers one byte at a time and never comes to an end. HTTP libraries would not let us."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BYTE_SECONDS = 0.1
_LONGEST_SECONDS = 60.0


@contextmanager
def slow_receiver(begin: bytes) -> Iterator[str]:
    """Its URL. Every connection gets `begin`, then an `x` ten times a second for as long as the client listens."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, begin, stop), name="slow-receiver")
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        finally:
            stop.set()
            # Wakes the accept that waits for a next client.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(_LONGEST_SECONDS)


def _serve(listener: socket.socket, begin: bytes, stop: threading.Event) -> None:
    while not stop.is_set():
        with suppress(OSError):
            connection, _address = listener.accept()
            with connection:
                connection.sendall(begin)
                while not stop.wait(_BYTE_SECONDS):
                    connection.sendall(b"x")
