"""What the operator permits of outgoing connections, and what is ours and nobody's target."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.outbound.addresses import Network, parse_networks
from shared.settings import Settings

_DEFAULT_PORTS = {"redis": 6379, "rediss": 6379, "postgresql": 5432, "postgres": 5432, "http": 80, "https": 443}


@dataclass(frozen=True)
class OutboundPolicy:
    """`own_parts` are host and port of our database, broker, bucket and model server: denied everywhere."""

    allowed_networks: tuple[Network, ...] = ()
    allow_http: bool = False
    own_parts: frozenset[tuple[str, int]] = frozenset()


def outbound_policy(settings: Settings) -> OutboundPolicy:
    """The policy of these settings."""
    ours = (settings.database_url, settings.redis_url, settings.s3_endpoint_url, settings.inference_url)
    return OutboundPolicy(
        allowed_networks=tuple(parse_networks(settings.outbound_allowed_networks)),
        allow_http=settings.outbound_allow_http,
        own_parts=frozenset(part for url in ours if (part := _host_and_port(url)) is not None),
    )


def _host_and_port(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme.partition("+")[0])
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None
