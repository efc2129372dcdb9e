"""Tokens of chat rows, by rule and against published totals."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.datasets.tokens.counting import Batch, RowCounter
from shared.datasets.tokens.models import get_token_model
from shared.datasets.tokens.row_tokens import Estimate, RowTokens
from tests.shared.datasets.tokens.counters import MODEL, WordCounter, count, count_words, count_words_of
from tests.shared.datasets.tokens.goldens import GLOOMY_ROWS, JARGON, TIDE_ROW, say

_REPLY = 3
_MESSAGE = 3 + 1
_HEADERS = _REPLY + 2 * _MESSAGE
"""Of a row with one question and one answer."""


class TestPublishedTotals:
    @pytest.mark.parametrize(("model", "total"), [("gpt-3.5-turbo-0125", 129), ("gpt-4o-2024-08-06", 124)])
    def test_of_a_message_list(self, model: str, total: int) -> None:
        """Messages with and without names come to the cookbook's totals."""
        assert count({"messages": JARGON}, model=model) == RowTokens(total, ())

    def test_of_a_training_file(self) -> None:
        """The five rows come to the totals of the cookbook's file, and so do the tokens of the answers."""
        rows = RowCounter(get_token_model("gpt-3.5-turbo")).count(GLOOMY_ROWS)

        assert [row.total for row in rows] == [45, 111, 26, 28, 8032]
        assert [row.trained for row in rows] == [10, 28, 9, 4, 8000]
        assert {row.estimate for row in rows} == {Estimate.NONE}

    @pytest.mark.parametrize(("model", "total"), [("gpt-3.5-turbo-0125", 105), ("gpt-4o-2024-08-06", 101)])
    def test_of_a_row_with_a_tool(self, model: str, total: int) -> None:
        """A tool with two parameters and an enumeration comes to the cookbook's totals, as an estimate."""
        assert count(TIDE_ROW, model=model) == RowTokens(total, (), Estimate.TOOLS)


class TestMessages:
    def test_cost_their_header_and_their_words(self) -> None:
        """A message costs three tokens, its role and its content; a row three more."""
        counted = count_words(say("user", "one two three"), say("assistant", "four five"))

        assert counted == RowTokens(_HEADERS + 5, ((_HEADERS + 3, _HEADERS + 5),))

    def test_with_a_name_cost_the_name_and_one_more(self) -> None:
        """A name costs its own tokens and one."""
        assert count_words(say("user", "one", name="Ann Lee")).total == _REPLY + _MESSAGE + 1 + 2 + 1

    def test_with_parts_cost_the_words_of_the_parts(self) -> None:
        """Content in parts costs what its texts cost."""
        parts = [{"type": "text", "text": "one two"}, {"type": "text", "text": "three"}]

        assert count_words(say("user", parts)) == RowTokens(_REPLY + _MESSAGE + 3, ())

    def test_without_content_cost_their_header(self) -> None:
        """Content that is null costs nothing."""
        assert count_words(say("user", None)).total == _REPLY + _MESSAGE

    def test_weight_is_no_text(self) -> None:
        """A weight says what is learned, and costs nothing."""
        assert count_words(say("assistant", "one", weight=1)) == count_words(say("assistant", "one"))

    def test_refusals_cost_their_words(self) -> None:
        """A refusal counts like an answer, beside the content or as a part of it."""
        beside = count_words(say("assistant", None, refusal="I cannot"))
        part = count_words(say("assistant", [{"type": "refusal", "refusal": "I cannot"}]))

        assert beside == part == RowTokens(_REPLY + _MESSAGE + 2, ((7, 9),))

    def test_special_tokens_are_text(self) -> None:
        """A row that quotes `<|endoftext|>` is counted like any other."""
        assert count({"messages": [say("user", "<|endoftext|>")]}).total == _REPLY + _MESSAGE + 7


class TestTrainedTokens:
    def test_are_those_of_answers_with_weight(self) -> None:
        """Only assistant messages are learned, and not those with weight 0."""
        counted = count_words(
            say("system", "one"),
            say("assistant", "two two", weight=0),
            say("user", "three three three"),
            say("assistant", "four four four four", weight=1),
        )

        assert counted.trained == 4
        assert counted.trained_spans == ((counted.total - 4, counted.total),)

    def test_include_calls(self) -> None:
        """A call is learned with its three tokens, its name and its arguments."""
        call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "sky"}'}}

        counted = count_words(say("user", "Look"), say("assistant", None, tool_calls=[call]))

        assert (counted.total, counted.trained) == (_HEADERS + 1 + 6, 6)
        assert counted.estimate is Estimate.TOOLS

    def test_include_deprecated_calls(self) -> None:
        """A `function_call` counts like a tool call."""
        call = {"name": "look", "arguments": "{}"}

        assert count_words(say("assistant", None, function_call=call)).trained == 3 + 2

    def test_of_an_empty_answer_are_none(self) -> None:
        """An answer without text leaves nothing to learn."""
        assert count_words(say("user", "one"), say("assistant", "")).trained_spans == ()


class TestEstimates:
    def test_answers_of_tools(self) -> None:
        """A tool's message costs its content and the id it answers, as an estimate."""
        counted = count_words(say("tool", "one two", tool_call_id="c1"))

        assert (counted.total, counted.estimate) == (_REPLY + _MESSAGE + 3, Estimate.TOOLS)

    def test_unknown_models(self) -> None:
        """A row counted for a model nobody knows is an estimate."""
        assert count({"messages": [say("user", "Hello")]}, model="something-new").estimate is Estimate.MODEL

    def test_remote_images(self) -> None:
        """An image behind a link counts as a megapixel, as an estimate."""
        image = {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg"}}

        counted = count_words(say("user", [{"type": "text", "text": "one"}, image]))

        assert (counted.total, counted.estimate) == (_REPLY + _MESSAGE + 1 + 765, Estimate.IMAGES)

    def test_images_for_models_that_take_none(self) -> None:
        """A model without a rule for images makes the row an estimate."""
        image = {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg", "detail": "low"}}

        assert count_words_of({"messages": [say("user", [image])]}, takes_images=False).estimate is Estimate.IMAGES

    def test_other_parts(self) -> None:
        """Sound cannot be counted: it counts nothing, and the row is an estimate."""
        sound = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}

        assert count_words(say("user", [sound])) == RowTokens(_REPLY + _MESSAGE, (), Estimate.PARTS)

    def test_add_up(self) -> None:
        """A row can be an estimate for several reasons, and names them all."""
        image = {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg"}}

        counted = count_words(say("user", [image]), say("tool", "one"))

        assert counted.estimate == Estimate.IMAGES | Estimate.TOOLS


class _Turn(NamedTuple):
    role: str
    content: str


class TestBatch:
    def test_counts_each_row_as_if_alone(self) -> None:
        """Rows counted together come to what they come to one by one, in their order."""
        rows = [*GLOOMY_ROWS, TIDE_ROW, {"messages": []}, {"messages": JARGON}]

        together = RowCounter(get_token_model(MODEL)).count(rows)

        assert together == [count(row) for row in rows]

    def test_may_be_empty(self) -> None:
        """No rows have no counts."""
        assert RowCounter(get_token_model(MODEL), texts=WordCounter()).count([]) == []

    def test_counts_plain_turns_like_their_messages(self) -> None:
        """A conversation given as roles and texts comes to what the row comes to, learned tokens included."""
        batch = Batch(RowCounter(get_token_model(MODEL)))

        for row in GLOOMY_ROWS:
            batch.add_turns(_Turn(message["role"], message["content"]) for message in row["messages"])

        assert batch.measure() == [count(row) for row in GLOOMY_ROWS]

    def test_counts_completions_without_headers(self) -> None:
        """A prompt and its completion cost their words and nothing else."""
        batch = Batch(RowCounter(get_token_model(MODEL), texts=WordCounter()))

        batch.add_completion("one two", " three")

        assert batch.measure() == [RowTokens(3, ((2, 3),))]

    def test_is_empty_once_it_is_measured(self) -> None:
        """A batch can be used again: it counts what was added since."""
        batch = Batch(RowCounter(get_token_model(MODEL), texts=WordCounter()))
        batch.add({"messages": [say("user", "one two three")]})
        batch.measure()

        batch.add({"messages": [say("user", "four")]})

        assert len(batch) == 1
        assert batch.measure() == [RowTokens(_REPLY + _MESSAGE + 1, ())]
        assert batch.measure() == []


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_message = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "tool", "elf"]) | _json,
        "content": st.text()
        | st.lists(st.fixed_dictionaries({"type": st.just("image_url"), "image_url": _json}))
        | _json,
        "name": _json,
        "weight": _json,
        "refusal": _json,
        "tool_call_id": _json,
        "tool_calls": st.lists(st.fixed_dictionaries({"function": _json}), max_size=2) | _json,
        "function_call": _json,
    },
)
_tool = st.fixed_dictionaries(
    {"name": _json}, optional={"parameters": st.fixed_dictionaries({"properties": _json, "items": _json}) | _json}
)
_row = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.lists(_message | _json, max_size=3) | _json,
        "tools": st.lists(st.fixed_dictionaries({"function": _tool | _json}), max_size=2) | _json,
        "functions": st.lists(_tool, max_size=2) | _json,
    },
)


class TestDamagedRows:
    @settings(max_examples=300, deadline=None)
    @given(row=_row)
    def test_raise_nothing(self, row: dict[str, Any]) -> None:
        """Any JSON object has a count, whose learned stretches lie in order within it."""
        counted = count_words_of(row)

        places = [place for span in counted.trained_spans for place in span]
        assert places == sorted(places)
        assert all(0 <= place <= counted.total for place in places)
