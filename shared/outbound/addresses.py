"""Which IP addresses may be connected to. Knows no names and opens nothing.

Python's `is_global` is not this filter: it lets NAT64, 6to4, multicast and the metadata addresses of clouds through.
Sources: the IANA special-purpose registries for IPv4 and IPv6, as of 2026-11.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_DENIED_V4 = [
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # carriers' address translation
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link local
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
]
_GLOBAL_V6 = IPv6Network("2000::/3")
"All that has been given out for the internet; whatever lies outside is local, embedded or unassigned."
_DENIED_V6 = [
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
]
_METADATA = {
    IPv4Address("100.100.100.200"),  # Alibaba Cloud
    IPv4Address("168.63.129.16"),  # Azure, a public address in every other respect
    IPv4Address("169.254.169.254"),
    IPv4Address("169.254.170.2"),  # credentials of containers on AWS
    IPv4Address("192.0.0.192"),  # Oracle Cloud
    IPv6Address("fd00:ec2::254"),
}
"Where clouds hand credentials to whoever asks from inside."
_NAT64 = IPv6Network("64:ff9b::/96")
_LOW_32_BITS = 0xFFFFFFFF


def why_denied(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Why `address` must not be connected to, for the operator's log; None if it may.

    A network in `allowed` opens what the table denies. It opens a metadata address only by naming that address alone.
    """
    inner = _embedded_v4(address) or address
    if inner in _METADATA:
        return None if any(_is_exactly(network, inner) for network in allowed) else "metadata address"
    if any(inner in network for network in allowed):
        return None
    if isinstance(inner, IPv4Address):
        return next((f"in {network}" for network in _DENIED_V4 if inner in network), None)
    if inner not in _GLOBAL_V6:
        return f"outside {_GLOBAL_V6}"
    return next((f"in {network}" for network in _DENIED_V6 if inner in network), None)


def parse_networks(texts: Sequence[str]) -> list[Network]:
    """CIDRs as networks. Raises ValueError naming the one that is none."""
    return [ip_network(text) for text in texts]


def _embedded_v4(address: Address) -> IPv4Address | None:
    """The IPv4 host that an IPv6 address really leads to.

    6to4, Teredo, IPv4-compatible and local NAT64 addresses carry one too; they are denied as a whole.
    """
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & _LOW_32_BITS) if address in _NAT64 else None


def _is_exactly(network: Network, address: Address) -> bool:
    return network.num_addresses == 1 and address in network
