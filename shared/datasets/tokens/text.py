"""Counting the tokens of plain texts with tiktoken, the reference. Knows nothing of chats."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tiktoken import Encoding

_LONGEST_BLANK = 500_000
"""Longer runs of blanks overflow the stack of tiktoken's regular expressions (a million of them in o200k_base)."""
_BLANKS = re.compile(r"\s+")


class TextCounter(Protocol):
    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text. Text that looks like a special token is text."""
        ...


class ReferenceCounter:
    """tiktoken itself: exact by definition, at about 5 MB/s."""

    def __init__(self, encoding: "Encoding") -> None:
        self._encoding = encoding

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text; a run of over 500,000 blanks is cut, which may add a token at each cut."""
        return [len(self.encode(text)) for text in texts]

    def encode(self, text: str) -> list[int]:
        """The ids that `count` counts."""
        if len(text) <= _LONGEST_BLANK:
            return self._encoding.encode_ordinary(text)
        return [token for piece in _without_long_blanks(text) for token in self._encoding.encode_ordinary(piece)]


def _without_long_blanks(text: str) -> Iterator[str]:
    place = 0
    for run in _BLANKS.finditer(text):
        for cut in range(run.start() + _LONGEST_BLANK, run.end(), _LONGEST_BLANK):
            yield text[place:cut]
            place = cut
    yield text[place:]
