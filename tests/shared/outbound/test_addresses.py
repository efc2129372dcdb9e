"""Which addresses may be connected to."""

from ipaddress import ip_address, ip_network

import pytest

from shared.outbound.addresses import why_denied

DENIED = [
    *("0.0.0.0", "0.255.0.1", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254"),  # noqa: S104  none is bound
    *("169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1"),
    *("192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fc00::1"),
    *("fd00:ec2::254", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "100::1"),
    *("2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
    *("2620:4f:8000::1", "3fff::1", "5f00::1", "4000::1"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::808:808"]


class TestAddresses:
    @pytest.mark.parametrize("text", DENIED)
    def test_special_ones_are_denied(self, text: str) -> None:
        """Private, local, embedded, documentation and metadata addresses are denied, whatever they are written as."""
        assert why_denied(ip_address(text)) is not None

    @pytest.mark.parametrize("text", PUBLIC)
    def test_public_ones_are_permitted(self, text: str) -> None:
        """Addresses of the public internet pass, through a translator of IPv6 networks too."""
        assert why_denied(ip_address(text)) is None

    def test_an_allowed_network_opens(self) -> None:
        """A network that the operator allows opens its addresses, also where IPv6 only wraps them."""
        allowed = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]

        assert why_denied(ip_address("10.2.3.4"), allowed) is None
        assert why_denied(ip_address("::ffff:10.2.3.4"), allowed) is None
        assert why_denied(ip_address("fd12::1"), allowed) is None
        assert why_denied(ip_address("192.168.0.1"), allowed) is not None

    @pytest.mark.parametrize("text", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "168.63.129.16"])
    def test_metadata_opens_only_by_name(self, text: str) -> None:
        """A wide allowed network does not open a cloud's metadata address inside it; naming that address does."""
        wide = [ip_network("0.0.0.0/0"), ip_network("::/0")]

        assert why_denied(ip_address(text), wide) == "metadata address"
        assert why_denied(ip_address(text), [ip_network(text)]) is None
