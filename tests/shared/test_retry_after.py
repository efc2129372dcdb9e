"""How long another service asks us to wait."""

from email.utils import formatdate

import httpx2
import pytest

from shared import clock
from shared.retry_after import read_retry_after_seconds


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "7"}, 7),
            ({"Retry-After": "0"}, 0),
            ({"Retry-After": "1.5"}, 1.5),
            ({"Retry-After-Ms": "250", "Retry-After": "7"}, 0.25),
            ({"Retry-After-Ms": "soon", "Retry-After": "7"}, 7),
            ({}, None),
        ],
    )
    def test_is_read_in_milliseconds_or_seconds(self, headers: dict[str, str], seconds: float | None) -> None:
        """The finer header counts more, and the coarser one where the finer is nonsense."""
        assert read_retry_after_seconds(httpx2.Headers(headers)) == seconds

    def test_is_read_as_a_date(self) -> None:
        """A date is so many seconds from now."""
        headers = httpx2.Headers({"Retry-After": formatdate(clock.now() + 60, usegmt=True)})

        assert read_retry_after_seconds(headers) == pytest.approx(60, abs=5)

    @pytest.mark.parametrize(
        "text",
        ["", "soon", "-1", "nan", "inf", "1e999", "²", "Wed, 01 Jan 2020 00:00:00 GMT", "Wed, 99 Jan 99999", "9" * 400],
    )
    def test_that_is_nonsense_asks_for_nothing(self, text: str) -> None:
        """What is no time to come is as if it had not been said, in either header."""
        headers = [httpx2.Headers([(name.encode(), text.encode())]) for name in ("retry-after", "retry-after-ms")]

        assert [read_retry_after_seconds(each) for each in headers] == [None, None]
