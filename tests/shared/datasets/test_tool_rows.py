"""Rows with tools that go the short way are what the checks let pass."""

import random
from collections.abc import Iterator

import pytest

from shared.datasets.tool_rows import read_tool_row
from tests.shared.datasets.long_way import read_by_checks

_SEED = 20261125
_QUESTION = '{"role": "user", "content": "Hi"}'
_REPLY = '{"role": "assistant", "content": "Yes"}'
_OTHER_MESSAGES = [
    '{"role": "system", "content": "Be"}',
    '{"role": "developer", "content": "Be"}',
    '{"content": "x", "role": "user"}',
    '{"role": "user", "content": " "}',
    '{"role": "tool", "content": "x"}',
]
_TOOL = (
    '{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": '
    '{"a": {"type": "string"}, "b": {"type": "integer", "enum": [1, 2]}}, "required": ["a"]}}}'
)
_CALL = (
    '{"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": '
    '{"name": "f", "arguments": "{\\"a\\": \\"x\\"}"}}]}'
)
_ANSWER = '{"role": "tool", "tool_call_id": "c1", "content": "[1]"}'
_TOOL_CHANGES = [
    ("c1", "c2"),
    ("c1", ""),
    ('"f"', '"g"'),
    ('"f"', '"f f"'),
    ('\\"x\\"', "7"),
    ('\\"x\\"', '\\"x\\", \\"b\\": 2'),
    ('\\"x\\"', '\\"x\\", \\"b\\": 3'),
    ('\\"x\\"', '\\"x\\", \\"c\\": null'),
    ('\\"a\\"', '\\"a\\": \\"y\\", \\"a\\"'),
    ('"{\\"a\\": \\"x\\"}"', '{"a": "x"}'),
    ('"type": "function"', '"type": "code"'),
    ('"type": "function"', '"type" : "function"'),
    ('"role": "assistant"', '"role": "assistant", "content": null'),
    ('"role": "assistant"', '"role": "assistant", "content": "Hm"'),
    ('"role": "assistant"', '"role": "assistant", "content": " "'),
    ('"role": "assistant"', '"role": "assistant", "weight": 0'),
    ('"role": "tool"', '"role": "tool", "name": "f"'),
    ('"role": "tool"', '"role": "user"'),
    ('"content": "[1]"', '"content": ""'),
    ('"content": "[1]"', '"content": null'),
    ('"content": "[1]"', '"content": [{"type": "text", "text": "x"}]'),
    ('"tool_calls": [', '"tool_calls": [], "tool_calls": ['),
    ('"required": ["a"]', '"required": "a"'),
    ('"required": ["a"]', '"required": ["a", "b"]'),
    ('"type": "string"', '"type": "strings"'),
    ('"type": "string"', '"type": null'),
    ('"type": "string"', '"$ref": "#/$defs/a"'),
    ('"parameters"', '"description": "\\"a\\": \\u0041", "parameters"'),
    ('"messages"', '"parallel_tool_calls": true, "messages"'),
    ('"messages"', '"parallel_tool_calls": 1, "messages"'),
    ('"messages"', '"x": 1, "messages"'),
    ("]}", "] }"),
    ("{", "{ "),
    ('"', ""),
    (",", ""),
]
_TOOL_PIECES = [
    '{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}',
    '{"type": "function", "function": {"name": "g", "description": "\\"a\\": 1"}}',
    '{"type": "function", "type": "function"}',
    '{"a": [[[[[[[[1]]]]]]]]}',
    '{"a": [[[[[1]]]]]}',
    '{"a": 123456789012345678901234567890}',
    '{"a": "\\ud800"}',
    '{"a": NaN}',
    '{"a": "\\u0000"}',
    '{"a" : {"b":1}}',
    "null",
    "[]",
]


def random_tool_lines(count: int, seed: int = _SEED) -> Iterator[bytes]:
    """Rows that offer tools and call them, with up to three faults or oddities each."""
    source = random.Random(seed)
    for _ in range(count):
        turns = [_QUESTION, _CALL, _ANSWER, _REPLY, _QUESTION, _CALL.replace("c1", "c3")]
        messages = turns[: source.choice([2, 4, 4, 6])]
        if source.random() < 0.2:
            messages = source.choices([*turns, *_OTHER_MESSAGES], k=source.randint(1, 6))
        tools = [_TOOL, *source.choices([_TOOL.replace('"f"', '"g"'), *_TOOL_PIECES], k=source.choice([0, 0, 1]))]
        offered = source.sample(tools, k=source.choice([0, *[len(tools)] * 9]))
        line = f'{{"messages": [{", ".join(messages)}], "tools": [{", ".join(offered)}]}}'
        for old, new in source.choices(_TOOL_CHANGES, k=source.choice([0, 0, 0, 1, 1, 2, 3])):
            parts = line.split(old)
            at = source.randrange(len(parts))
            line = old.join(parts[: at + 1]) + (new if at + 1 < len(parts) else "") + old.join(parts[at + 1 :])
        yield line.encode()


class TestToolRows:
    def test_are_what_the_checks_let_pass(self) -> None:
        """Of thirty thousand lines, each that the short way takes is without a finding, and the same row."""
        n_taken = 0
        for data in random_tool_lines(30_000):
            known = read_tool_row(data)
            if known is None:
                continue
            n_taken += 1
            slow = read_by_checks(data)
            assert (known.format, known.roles, known.learned()) == (slow.format, slow.roles, slow.learned())
            for name in slow.__struct_fields__:
                if not name.startswith("_"):
                    assert getattr(known, name) == getattr(slow, name), (name, data)
        assert n_taken > 4_000

    def test_take_what_is_plainly_sound(self) -> None:
        """A call of an offered function, answered, with and without text beside it, goes the short way."""
        for call in (_CALL, _CALL.replace('"tool_calls"', '"content": null, "tool_calls"')):
            for extra in ("", ', "parallel_tool_calls": false'):
                messages = f"{_QUESTION}, {call}, {_ANSWER}, {_REPLY}"
                data = f'{{"messages": [{messages}], "tools": [{_TOOL}]{extra}}}'.encode()

                assert read_tool_row(data) is not None, data

    @pytest.mark.parametrize(
        "tool",
        [
            '{"type": "function", "function": {"name": "f"}, "function": {"name": "f"}}',
            f'{{"type": "function", "function": {{"name": "f", "parameters": {"[" * 70}{"]" * 70}}}}}',
            '{"type": "function", "function": {"name": "f", "strict": 92233720368547758080}}',
            '{"type": "function", "function": {"name": "f", "description": "\\ud800"}}',
            '{"type": "function", "function": {"name": "f", "parameters": {"type": "objects"}}}',
            '{"type": "function", "function": {"name": "f", "parameters": {"properties": {"a": null}}}}',
            "7",
        ],
    )
    def test_leave_a_doubtful_tool_to_the_checks(self, tool: str) -> None:
        """A key twice, too deep nesting, too big a number, half a character, no schema, no object: none is taken."""
        data = f'{{"messages": [{_QUESTION}, {_REPLY}], "tools": [{tool}]}}'.encode()

        assert read_tool_row(data) is None
