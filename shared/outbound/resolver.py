"""From a host to its addresses, within a deadline. Judges none of them."""

import queue
import socket
import threading
from typing import Protocol

from shared.outbound.addresses import Address
from shared.outbound.urls import literal_address

LOOKUP_SECONDS = 3.0
"How long a name server may take; the system's own patience is ten times that."


class Resolver(Protocol):
    """Finds addresses. Another one can be given to the guard, which is how tests have names of their own."""

    def resolve(self, host: str, *, within_seconds: float) -> list[Address]:
        """Every address of a host. Raises OSError (TimeoutError included)."""
        ...


class SystemResolver:
    """`getaddrinfo` in a thread of its own, since the call itself has no deadline."""

    def resolve(self, host: str, *, within_seconds: float) -> list[Address]:
        literal = literal_address(host)
        if literal is not None:
            return [literal]
        answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()
        threading.Thread(target=_look_up, args=(host, answers), daemon=True, name="dns").start()
        try:
            answer = answers.get(timeout=within_seconds)
        except queue.Empty:
            raise TimeoutError(f"No answer within {within_seconds:g} s") from None
        if isinstance(answer, OSError):
            raise answer
        return answer


def _look_up(host: str, answers: "queue.SimpleQueue[list[Address] | OSError]") -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        answers.put(error if isinstance(error, OSError) else OSError(str(error)))
        return
    # A scope such as %eth0 makes a link-local address, which is denied with or without it.
    texts = dict.fromkeys(str(place[4][0]).partition("%")[0] for place in found)
    answers.put([address for text in texts if (address := literal_address(text)) is not None])
