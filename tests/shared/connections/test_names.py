"""Model names and patterns."""

import time

import pytest

from shared.connections.names import matches, nearest


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "name", "fits"),
        [
            ("gpt-4o", "gpt-4o", True),
            ("gpt-4o", "gpt-4o-mini", False),
            ("gpt-4o*", "gpt-4o-mini", True),
            ("gpt-4o*", "gpt-4o", True),
            ("ft:*", "ft:gpt-4o:acme::x", True),
            ("ft:*:acme:*", "ft:gpt-4o:acme::x", True),
            ("ft:*:acme:*", "ft:gpt-4o:other::x", False),
            ("*-mini", "gpt-4o-mini", True),
            ("*-mini", "gpt-4o-mini-x", False),
            ("a*a", "a", False),
            ("*", "anything", True),
            ("g?t", "gpt", False),
            ("[g]pt", "gpt", False),
        ],
    )
    def test_a_star_stands_for_anything(self, pattern: str, name: str, *, fits: bool) -> None:
        """Only `*` is special; everything else is itself."""
        assert matches(pattern, name) is fits

    def test_no_pattern_takes_long(self) -> None:
        """A pattern made to be slow is not."""
        started = time.process_time()

        assert not matches("*a" * 100 + "b", "a" * 256)

        assert time.process_time() - started < 0.1


def test_slips_are_understood() -> None:
    """Near names are offered, the nearest first."""
    assert nearest("gpt4o-mini", ["gpt-4o-mini", "gpt-4o", "qwen"])[0] == "gpt-4o-mini"
