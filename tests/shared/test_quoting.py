"""How someone else's text is shown in a sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.quoting import MAX_CHARS, quote


class TestQuote:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("plain", '"plain"'),
            ("Grüße, 世界", '"Grüße, 世界"'),
            ("a\nb\x1b[31m", r'"a\nb\x1b[31m"'),
            ("\u202edesrever", r'"\u202edesrever"'),
            ("\ud800", r'"\ud800"'),
            ("x" * 80, f'"{"x" * 80}"'),
            ("x" * 81, f'"{"x" * 79}…"'),
        ],
    )
    def test_shows_text_safely(self, text: str, shown: str) -> None:
        """Text is shown as it is, but for unprintable characters and what exceeds 80 characters."""
        assert quote(text) == shown

    @given(st.text(st.characters(), max_size=200))
    @settings(deadline=None)
    def test_is_always_short_and_printable(self, text: str) -> None:
        """Whatever the text, what is shown is one short printable line."""
        shown = quote(text)

        assert shown.isprintable()
        assert len(shown) <= MAX_CHARS + 2
