"""From tokens to text that may be shown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.engine.text import StopStrings, TextStream


def pushed(stops: StopStrings, pieces: list[str]) -> str:
    """What is shown of `pieces`, up to the hit or the end."""
    shown = ""
    for piece in pieces:
        shown += stops.push(piece)
        if stops.is_hit:
            return shown
    return shown + stops.flush()


class TestTextStream:
    @pytest.mark.parametrize("text", ["plain", "naïve café", "日本語", "👩‍👩‍👧 family", " leading and trailing "])
    def test_pieces_are_the_text(self, tokenizer: Any, text: str) -> None:
        """The pieces together are the text, and none ends in half a character, though each byte is a token here."""
        stream = TextStream(tokenizer)

        pieces = [stream.push(token) for token in tokenizer(text)["input_ids"]]

        assert "".join(pieces) == text
        assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in pieces)

    def test_special_tokens_are_not_shown(self, tokenizer: Any) -> None:
        """Tokens that structure a chat never appear in an answer."""
        stream = TextStream(tokenizer)

        pieces = [stream.push(token) for token in tokenizer("a<|im_start|>b")["input_ids"]]

        assert "".join(pieces) == "ab"


class TestStopStrings:
    def test_cuts_before_the_stop(self) -> None:
        """Nothing from the stop string on is shown."""
        stops = StopStrings(["END"])

        assert pushed(stops, ["one END two"]) == "one "
        assert stops.is_hit

    def test_stop_in_pieces(self) -> None:
        """A stop string that arrives letter by letter is recognised, and its beginning never shown."""
        assert pushed(StopStrings(["END"]), list("one END two")) == "one "

    def test_false_alarm(self) -> None:
        """What only looked like a stop string is shown once that is clear."""
        stops = StopStrings(["END"])

        assert [stops.push(piece) for piece in ["E", "N", "x"]] == ["", "", "ENx"]

    def test_earliest_wins(self) -> None:
        """Of several stop strings the one that comes first in the text counts."""
        assert pushed(StopStrings(["b", "ab"]), ["xab"]) == "x"

    @given(
        st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4), st.lists(st.text("abc", max_size=4))
    )
    def test_pieces_do_not_matter(self, stops: list[str], pieces: list[str]) -> None:
        """However the text is cut into pieces, what is shown ends where the first stop string begins."""
        text = "".join(pieces)
        # A stop string is noticed when it is complete, so the one that is complete first decides.
        ends = [(text.find(stop) + len(stop), text.find(stop)) for stop in stops if stop in text]
        first_end = min((end for end, _ in ends), default=None)

        shown = pushed(StopStrings(stops), list(text))

        complete = [start for end, start in ends if end == first_end]
        assert shown == text[: min(complete, default=len(text))]
