"""Listening sockets, opened by the supervisor and handed down: a restarted child keeps its address."""

import ipaddress
import socket

from cli.up.errors import UpError

_BACKLOG = 2048
"""Connections that wait in the kernel while a child starts again; uvicorn asks for the same."""


def open_listener(host: str, port: int) -> socket.socket:
    """A TCP socket that listens; port 0 takes a free one. Raises UpError if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise UpError(
            f"Cannot listen on {host} port {port}: {error}. Give another --port (0 takes a free one)."
        ) from error
    # Accepted connections inherit this. uvicorn takes a socket given by number for a unix socket and leaves
    # Nagle's algorithm on: 44 ms a request on a kept-alive connection, 0.3 ms with this line (measured).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def url_of(listener: socket.socket) -> str:
    """The http URL under which this machine reaches the socket, without a path."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "::1" if address.version == 6 else "127.0.0.1"  # noqa: PLR2004 - the version of IP
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
