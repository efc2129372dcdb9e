"""The form of a URL that a tenant names. Looks nothing up: where a name leads is decided when connecting."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import httpx2

from shared.errors import InvalidInputError
from shared.outbound.addresses import Address, why_denied
from shared.outbound.policy import OutboundPolicy

MAX_URL_CHARACTERS = 2048
_MAX_HOST_CHARACTERS = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LOOKS_NUMERIC = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
"What `inet_aton` may read as an address: 127.1, 0x7f000001, 2130706433."
_LOW_PORTS = {80, 443}
_FIRST_FREE_PORT = 1024
_LAST_PORT = 65_535
_LOOPBACK = IPv4Address("127.0.0.1")


def check_url(url: str, policy: OutboundPolicy, *, param: str = "url") -> httpx2.URL:
    """The URL, parsed. Raises InvalidInputError with one sentence that tells nothing about our network."""
    parts = _parse(url, param)
    if parts.scheme == "http" and not policy.allow_http:
        raise _refusal(param, "must begin with https://")
    if parts.userinfo:
        raise _refusal(param, "must not carry a user name or password")
    if parts.fragment:
        raise _refusal(param, "must not carry a fragment (#…)")
    if parts.port is not None and not _is_open_port(parts.port):
        raise _refusal(param, "must use port 80, 443 or one from 1024 on")
    host = parts.raw_host.decode("ascii")
    address = literal_address(host)
    if address is None and not _is_name(host):
        raise _refusal(param, "must name its host by a DNS name or a plain IP address")
    known = address or (_LOOPBACK if _is_local_name(host) else None)
    if known is not None and why_denied(known, policy.allowed_networks) is not None:
        raise _refusal(param, "leads to an address that this service does not connect to")
    return parts


def literal_address(host: str) -> Address | None:
    """The address that a host is written as, in its canonical form only; IPv6 without brackets or zone."""
    try:
        address: Address = IPv6Address(host) if ":" in host else IPv4Address(host)
    except AddressValueError:
        return None
    return None if "%" in host else address


def _parse(url: str, param: str) -> httpx2.URL:
    """As the client that will connect reads it, so that both mean the same host."""
    try:
        parts = httpx2.URL(url) if len(url) <= MAX_URL_CHARACTERS else None
        is_valid = parts is not None and parts.scheme in {"http", "https"} and bool(parts.host)
    except (httpx2.InvalidURL, UnicodeError):
        parts, is_valid = None, False
    if parts is None or not is_valid or any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        raise _refusal(param, f"must be an absolute https:// address of at most {MAX_URL_CHARACTERS} characters")
    return parts


def _is_local_name(host: str) -> bool:
    """Names that are loopback everywhere; whither others lead is seen when connecting."""
    return host == "localhost" or host.endswith(".localhost")


def _is_name(host: str) -> bool:
    """A name as DNS has it. No trailing dot: it would be another spelling of a name that is denied."""
    return (
        len(host) <= _MAX_HOST_CHARACTERS
        and all(_LABEL.fullmatch(label) for label in host.split("."))
        and not _LOOKS_NUMERIC.fullmatch(host)
    )


def _is_open_port(port: int) -> bool:
    return port in _LOW_PORTS or _FIRST_FREE_PORT <= port <= _LAST_PORT


def _refusal(param: str, what: str) -> InvalidInputError:
    return InvalidInputError(f"{param} {what}.", param=param, code="invalid_url")
