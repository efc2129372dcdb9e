"""Kombu's Redis transport with one hole closed: a worker that could not acknowledge must not stop listening.

Kombu 5.6.2 forgets a message only after Redis has taken its acknowledgement. Redis dying while every pool process is
busy fails them all, and a channel that seems to hold as many messages as it may prefetch never asks for another, nor
looks at its dead socket: the worker stays up, deaf, for good (celery#10302; here after 4 Redis kills of 15).
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual


class QoS(redis.QoS):  # type: ignore[misc]  # kombu has no types
    """Counts a message as settled whether or not Redis heard of it: what Redis forgot, the work row still knows."""

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002  kombu's signature
        try:
            super().reject(delivery_tag, requeue=requeue)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):  # type: ignore[misc]  # kombu has no types
    QoS: Any = QoS


class Transport(redis.Transport):  # type: ignore[misc]  # kombu has no types
    Channel: Any = Channel


def use_transport() -> None:
    """Have `redis://`, `rediss://` and `redis+socket://` mean this transport in this process."""
    # By alias, since kombu takes the transport of a socket's URL from the URL alone, whatever `broker_transport` says.
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))
