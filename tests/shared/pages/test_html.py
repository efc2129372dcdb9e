"""Markup from calls, and the pieces that pages are made of."""

import pytest

from shared.pages.charts import histogram, shares
from shared.pages.figures import duration, money, number, percent, short_number, size
from shared.pages.html import Html, join, tag
from tests.shared.datasets.page.documents import Page

HOSTILE = "<script>alert('1')</script>\" onload=\"x & y"


BARS = [
    {"from": 0, "to": 10, "count": 1},
    {"from": 10, "to": 20, "count": 0},
    {"from": 20, "to": 30, "count": 1500},
]


class TestTag:
    def test_escapes_texts(self) -> None:
        """Text in an element stays text, whatever is in it."""
        page = Page(tag("p", HOSTILE))

        assert page.elements == [("p", {})]
        assert page.text == HOSTILE

    def test_escapes_attributes(self) -> None:
        """An attribute's value cannot end it."""
        assert Page(tag("p", "x", title=HOSTILE)).elements == [("p", {"title": HOSTILE})]

    def test_keeps_markup(self) -> None:
        """Elements nest, and nothing stands for nothing."""
        assert tag("p", tag("b", 1), None, " < ", class_="a", aria_hidden="true", id=None) == (
            '<p class="a" aria-hidden="true"><b>1</b> &lt; </p>'
        )
        assert join(["<", Html("<br>")]) == "&lt;<br>"


class TestCharts:
    def test_have_a_column_for_each_bar(self) -> None:
        """Every bar is drawn and told in words, and numbers stand over those that are not empty."""
        page = Page(histogram(BARS, title="Tokens", unit="tokens"))

        assert len(page.find("column")) == 3
        assert "20 to 29 tokens: 1,500" in page.text
        assert [page.text.count(word) for word in ("1.5k", "10 to 19 tokens: 0")] == [1, 1]
        assert not page.problems

    def test_draw_shares_by_their_size(self) -> None:
        """A label's bar is as long as its share, and the label is text."""
        page = Page(shares([(HOSTILE, 3, 0.75)], title="Labels"))

        assert page.find("column")[0]["width"] == "75.0"
        assert HOSTILE in page.text
        assert "script" not in page.names

    def test_of_nothing_are_nothing(self) -> None:
        """Without figures there is no chart."""
        assert histogram([], title="Tokens", unit="tokens") == shares([], title="Labels") == ""


class TestFigures:
    @pytest.mark.parametrize(
        ("shown", "meant"),
        [
            (number(1234567), "1,234,567"),
            (number(12.5), "12.5"),
            (short_number(950), "950"),
            (short_number(2000), "2k"),
            (short_number(3_400_000), "3.4M"),
            (percent(0.333), "33 %"),
            (percent(0.004), "0.4 %"),
            (percent(0), "0 %"),
            (money(4.755, 4.755, "USD"), "4.75 USD"),
            (money(1, 2.5, "USD"), "1.00 to 2.50 USD"),
            (money(0.001, 0.001, "USD"), "under 0.01 USD"),
            (duration(45), "45 s"),
            (duration(600), "10 min"),
            (duration(9000), "2.5 h"),
            (size(3_110_000_000), "3.1\N{NO-BREAK SPACE}GB"),
            (size(999), "999 bytes"),
        ],
    )
    def test_read_as_people_say_them(self, shown: str, meant: str) -> None:
        """Numbers are rounded to what matters and carry their unit."""
        assert shown == meant
