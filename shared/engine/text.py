"""From token ids to text that may be shown: whole characters only, and nothing past a stop string. Knows no torch."""

from collections.abc import Sequence
from typing import Any

_HALF_CHARACTER = "\N{REPLACEMENT CHARACTER}"


class TextStream:
    """Turns ids into text as they come. Text of a character whose bytes are not all there yet is held back."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        # A token's text can depend on the one before it (a leading space), so the last shown piece is decoded along.
        self._context_start = 0
        self._shown_end = 0

    def push(self, token_id: int) -> str:
        """The text that became certain with this token; often one word, sometimes nothing."""
        self._ids.append(token_id)
        shown = self._decode(self._context_start, self._shown_end)
        text = self._decode(self._context_start, len(self._ids))
        if text.endswith(_HALF_CHARACTER):
            return ""
        self._context_start, self._shown_end = self._shown_end, len(self._ids)
        return text[len(shown) :]

    def _decode(self, start: int, end: int) -> str:
        return str(
            self._tokenizer.decode(self._ids[start:end], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )


class StopStrings:
    """Cuts a stream of text before the first stop string, even one that arrives in pieces."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.is_hit = False

    def push(self, text: str) -> str:
        """The text that cannot be the beginning of a stop string. After a hit: what stood before it."""
        self._held += text
        places = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        self.is_hit = bool(places)
        end = min(places) if places else len(self._held) - self._doubtful_length()
        certain, self._held = self._held[:end], self._held[end:]
        return certain

    def flush(self) -> str:
        """What was held back in doubt, once no more text comes."""
        return "" if self.is_hit else self._held

    def _doubtful_length(self) -> int:
        lengths = range(min(len(self._held), max(map(len, self._stops), default=1) - 1), 0, -1)
        return next((n for n in lengths if any(stop.startswith(self._held[-n:]) for stop in self._stops)), 0)
