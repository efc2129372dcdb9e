"""Tokens of lists of tools."""

from typing import Any

from shared.datasets.tokens.fast import get_text_counter
from shared.datasets.tokens.tool_schemas import ToolCounter
from shared.datasets.tokens.vocabulary import EncodingName
from tests.shared.datasets.tokens.counters import WordCounter, count_words
from tests.shared.datasets.tokens.goldens import GREENHOUSE_FUNCTIONS, say

_LIST, _FUNCTION, _PROPERTIES, _PROPERTY, _ENUM, _ITEM = 12, 7, 3, 3, -3, 3
_BARE = _LIST + _FUNCTION + 1
"""A function whose name is one word and which has nothing else."""


def words(*functions: Any) -> int:
    return ToolCounter(WordCounter(), function_tokens=_FUNCTION).count(functions)


def words_of_property(schema: Any) -> int:
    """What a function costs for having one parameter, named with one word."""
    return words({"name": "look", "parameters": {"type": "object", "properties": {"at": schema}}}) - _BARE


class TestToolCounter:
    def test_comes_to_the_published_total(self) -> None:
        """Sixteen functions without descriptions come to the 510 tokens that the cookbook's come to."""
        counter = ToolCounter(get_text_counter(EncodingName.CL100K), function_tokens=10)

        assert counter.count(GREENHOUSE_FUNCTIONS) == 510

    def test_no_tools_cost_nothing(self) -> None:
        """An empty list of tools costs nothing, not even its frame."""
        assert words() == 0

    def test_a_function_costs_its_name_and_description(self) -> None:
        """Name and description are one line, from which a full stop at the end is taken."""
        assert words({"name": "look"}) == _BARE
        assert words({"name": "look", "description": "Up there ."}) == _BARE + 1

    def test_a_parameter_costs_its_line(self) -> None:
        """Key, type and description are one line; the list of parameters costs three more."""
        described = words_of_property({"type": "string", "description": "at the sky"})

        assert described == _PROPERTIES + _PROPERTY + 3
        assert words_of_property({}) == _PROPERTIES + _PROPERTY + 1

    def test_an_enumeration_costs_its_items(self) -> None:
        """Each item costs its tokens and three; the enumeration itself gives three back."""
        plain = words_of_property({"type": "string"})

        assert words_of_property({"type": "string", "enum": ["a b", "c"]}) == plain + _ENUM + 2 * _ITEM + 3

    def test_nested_objects_cost_their_properties(self) -> None:
        """A parameter that is an object costs its own properties as well, at any depth."""
        flat = words_of_property({"type": "object"})
        deep = {"type": "object", "properties": {"b": {"type": "object", "properties": {"c": {"type": "string"}}}}}

        assert words_of_property(deep) == flat + 2 * (_PROPERTIES + _PROPERTY + 1)

    def test_other_schemas_cost_their_json(self) -> None:
        """What the formula does not know, such as the items of an array, costs its JSON; bounds cost nothing."""
        plain = words_of_property({"type": "array"})

        assert words_of_property({"type": "array", "items": {"type": "a b"}}) == plain + 2
        assert words_of_property({"type": "array", "minItems": 1}) == plain

    def test_a_large_set_counts_like_a_small_one(self) -> None:
        """A set of tools too large to be remembered is counted by the same rules."""
        functions = [{"name": "look", "description": "x" * 1000} for _ in range(100)]

        assert words(*functions) == _LIST + 100 * (_FUNCTION + 1)

    def test_functions_of_old_count_as_tools(self) -> None:
        """The deprecated `functions` of a row cost what the same tools cost."""
        function = {"name": "look", "description": "at the sky"}

        old = count_words(say("user", "Look"), functions=[function])
        new = count_words(say("user", "Look"), tools=[{"type": "function", "function": function}])

        assert old == new
        assert new.total == count_words(say("user", "Look")).total + words(function)
