"""No pattern that is let loose on a stranger's texts can run away: told by how it is built, not by the clock."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

# The parser of `re` itself; Python 3.11 and later have it here.
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import shared.datasets.texts
import shared.datasets.whole

_GREATEST_BOUND = 10
"""A repeat within a repeat may be tried so many times over, for each place of the text."""

_REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT)


def all_patterns() -> Iterator[Any]:
    """Every compiled pattern in the modules that look into texts."""
    for package in (shared.datasets.texts, shared.datasets.whole):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(info.name)).items():
                for pattern in patterns_in(value):
                    yield pytest.param(pattern, id=f"{info.name.rpartition('.')[2]}.{name}: {pattern.pattern[:40]!r}")


def patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from patterns_in(item)


def runaways(items: Any) -> Iterator[str]:
    """Repeats of parts that are of no fixed length, unless they keep what they have taken or are few."""
    for operator, argument in items:
        if operator in _REPEATS:
            least, most, body = argument
            if least != most and most > _GREATEST_BOUND and is_variable(body):
                yield f"a repeat up to {most} of a part of no fixed length"
        for part in parts(argument):
            yield from runaways(part)


def is_variable(items: Any) -> bool:
    """Whether a part may match a stretch of text in several ways."""
    for operator, argument in items:
        if operator in _REPEATS and argument[0] != argument[1]:
            return True
        if operator != constants.POSSESSIVE_REPEAT and any(map(is_variable, parts(argument))):
            return True
    return False


def parts(argument: object) -> Iterator[Any]:
    """What stands within an operator."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for item in argument:
            yield from parts(item)


class TestPatterns:
    @pytest.mark.parametrize("pattern", list(all_patterns()))
    def test_are_built_without_nested_repeats(self, pattern: re.Pattern[Any]) -> None:
        """A text makes no pattern try the same stretch in ever new ways."""
        assert list(runaways(parser.parse(pattern.pattern, pattern.flags))) == []

    @pytest.mark.parametrize("pattern", [r"(a+)+!", r"(?:a{1,9}b?){3,}", r"([^@]{3,200})+@", r"(?:x(?:a|b*))*y"])
    def test_would_be_found(self, pattern: str) -> None:
        """The look at patterns sees those that run away."""
        assert list(runaways(parser.parse(pattern)))

    @pytest.mark.parametrize("pattern", [r"(?:a++b)+!", r"([^@]{3,200}+)@", r"(?:\d{1,3}\.){3}", r"a{1,9}b*"])
    def test_sound_ones_pass(self, pattern: str) -> None:
        """Possessive and bounded repeats are as good as none."""
        assert not list(runaways(parser.parse(pattern)))
