"""The form of addresses that tenants name."""

import pytest

from shared.errors import InvalidInputError
from shared.outbound.policy import OutboundPolicy
from shared.outbound.urls import check_url

STRICT = OutboundPolicy()


class TestForm:
    @pytest.mark.parametrize(
        "url",
        [
            "https://example.com",
            "HTTPS://EXAMPLE.COM/",
            "https://example.com:8443/a?b=c",
            "https://xn--bcher-kva.example/",
            "https://bücher.example/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]:9000/x",
            "https://my_service.example.com/",
            "https://example.com/" + "x" * 2028,
        ],
    )
    def test_public_https_is_taken(self, url: str) -> None:
        """An https address with a name or a public IP address passes."""
        assert check_url(url, STRICT).scheme == "https"

    @pytest.mark.parametrize(
        "url",
        [
            *(
                "http://example.com/",
                "ftp://example.com/",
                "file:///etc/passwd",
                "gopher://example.com/",
                "//example.com",
            ),
            *("https://user:password@example.com/", "https://user@example.com/", "https://example.com@127.0.0.1/"),
            *("https://example.com/#part", "https://example.com:22/", "https://example.com:0/", "https://:443/"),
            *("https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://0x7f000001/", "https://0x7f.0.0.1/"),
            *(
                "https://2130706433/",
                "https://017700000001/",
                "https://0177.0.0.1/",
                "https://127.0.0.1./",
                "https://0/",
            ),
            *("https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://\uff11\uff12\uff17.0.0.1/", "https://localhost/"),
            *("https://LOCALHOST/", "https://a.localhost/", "https://localhost./", "https://example.com./"),
            *("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[fe80::1%25eth0]/"),
            *(
                "https://[64:ff9b::7f00:1]/",
                "https://[2002:7f00:1::]/",
                "https://[::]/",
                "https://[::1/",
                "https://::1/",
            ),
            *("https://169.254.169.254/latest/meta-data/", "https://168.63.129.16/", "https://[fd00:ec2::254]/"),
            *(
                "https://exa mple.com/",
                "https://example.com\\@127.0.0.1/",
                "https://example.com/\n",
                "https://%31%32%37.0.0.1/",
            ),
            *(
                "https://exam%00ple.com/",
                "https://-a.example.com/",
                "https://a..example.com/",
                "https://" + "x" * 64 + ".com/",
            ),
            "https://example.com/" + "x" * 2029,
        ],
    )
    def test_anything_else_is_refused(self, url: str) -> None:
        """Other schemes, odd spellings of addresses, credentials, fragments and low ports are refused by field."""
        with pytest.raises(InvalidInputError) as refusal:
            check_url(url, STRICT, param="base_url")

        assert (refusal.value.param, refusal.value.code) == ("base_url", "invalid_url")
