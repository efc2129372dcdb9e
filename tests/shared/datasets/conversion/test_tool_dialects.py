"""Dialects with calls of tools: ids are made, arguments become text, and results find their calls."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.datasets.conversion.options import Options
from tests.shared.datasets.conversion.sources import call, dialect_of, problems_of, rows_of, write_lines

WEATHER = {"name": "weather", "description": "Look outside.", "parameters": {"type": "object", "properties": {}}}
TOOLS = [{"type": "function", "function": WEATHER}]
MESSAGES = [
    {"role": "user", "content": "Rain?"},
    {"role": "assistant", "content": None, "tool_calls": [call(1, "weather", '{"city": "Oslo"}')]},
    {"role": "tool", "tool_call_id": "call_1", "content": "dry"},
    {"role": "assistant", "content": "No rain."},
]
EXPECTED = {"messages": MESSAGES, "tools": TOOLS}
SCHEMA = WEATHER["parameters"]

RECORDS: list[tuple[str, dict[str, Any]]] = [
    (
        "sharegpt",
        {
            "conversations": [
                {"from": "human", "value": "Rain?"},
                {"from": "function_call", "value": '{"name": "weather", "arguments": {"city": "Oslo"}}'},
                {"from": "observation", "value": "dry"},
                {"from": "gpt", "value": "No rain."},
            ],
            "tools": json.dumps([WEATHER]),
        },
    ),
    (
        "chat_functions",
        {
            "functions": [WEATHER],
            "messages": [
                {"role": "user", "content": "Rain?"},
                {"role": "assistant", "function_call": {"name": "weather", "arguments": '{"city": "Oslo"}'}},
                {"role": "function", "name": "weather", "content": "dry"},
                {"role": "assistant", "content": "No rain."},
            ],
        },
    ),
    (
        "chat_parts",
        {
            "tools": TOOLS,
            "messages": [
                {"role": "user", "content": [{"type": "text", "value": "Rain?"}]},
                {
                    "role": "assistant",
                    "content": [{"type": "tool_call", "value": '{"name": "weather", "arguments": {"city": "Oslo"}}'}],
                },
                {"role": "tool", "content": [{"type": "text", "value": "dry"}]},
                {"role": "assistant", "content": [{"type": "text", "value": "No rain."}]},
            ],
        },
    ),
    (
        "mistral",
        {
            "available_tools": TOOLS,
            "interactions": [
                {"role": "user", "text": "Rain?"},
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "call_1", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}],
                },
                {"role": "tool", "text": "dry", "tool_call_id": "call_1"},
                {"role": "assistant", "text": "No rain."},
            ],
        },
    ),
    (
        "anthropic",
        {
            "tools": [{"name": "weather", "description": "Look outside.", "input_schema": SCHEMA}],
            "messages": [
                {"role": "user", "content": "Rain?"},
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo"}}],
                },
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "dry"}]},
                {"role": "assistant", "content": [{"type": "text", "text": "No rain."}]},
            ],
        },
    ),
    (
        "gemini",
        {
            "tools": [{"functionDeclarations": [WEATHER]}],
            "contents": [
                {"role": "user", "parts": [{"text": "Rain?"}]},
                {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}]},
                {"role": "function", "parts": [{"functionResponse": {"name": "weather", "response": "dry"}}]},
                {"role": "model", "parts": [{"text": "No rain."}]},
            ],
        },
    ),
    (
        "bedrock",
        {
            "schemaVersion": "bedrock-conversation-2024",
            "toolConfig": {"tools": [{"toolSpec": WEATHER | {"parameters": None, "inputSchema": {"json": SCHEMA}}}]},
            "messages": [
                {"role": "user", "content": [{"text": "Rain?"}]},
                {
                    "role": "assistant",
                    "content": [{"toolUse": {"toolUseId": "call_1", "name": "weather", "input": {"city": "Oslo"}}}],
                },
                {"role": "user", "content": [{"toolResult": {"toolUseId": "call_1", "content": [{"text": "dry"}]}}]},
                {"role": "assistant", "content": [{"text": "No rain."}]},
            ],
        },
    ),
    (
        "request_log",
        {
            "request": {"model": "gpt-4o", "messages": MESSAGES[:3], "tools": TOOLS},
            "response": {"choices": [{"message": {"role": "assistant", "content": "No rain.", "annotations": []}}]},
        },
    ),
]  # fmt: skip


class TestToolDialects:
    @pytest.mark.parametrize(("name", "record"), RECORDS, ids=[name for name, _ in RECORDS])
    def test_convert(self, tmp_path: Path, name: str, record: dict[str, Any]) -> None:
        """One conversation with a call becomes the same row from every dialect that can tell it."""
        source = write_lines(tmp_path, record)

        assert dialect_of(source) == name
        assert rows_of(source) == [EXPECTED]

    def test_unknown_speaker(self, tmp_path: Path) -> None:
        """A turn by somebody unknown is named, with the way out."""
        source = write_lines(tmp_path, {"conversations": [{"from": "narrator", "value": "Once."}]})

        assert problems_of(source) == [(1, 'turn 0 is by "narrator"; name its role in role_map')]

    def test_result_without_a_call(self, tmp_path: Path) -> None:
        """A tool that answers without having been called makes no row."""
        messages = [{"role": "user", "content": "Hi"}, {"role": "function", "name": "f", "content": "1"}]

        assert problems_of(write_lines(tmp_path, {"messages": messages})) == [
            (1, "a function answers that nobody called")
        ]


THOUGHTFUL = {
    "messages": [
        {"role": "user", "content": [{"type": "text", "value": "2+2?"}]},
        {
            "role": "assistant",
            "content": [{"type": "reasoning", "value": "Two pairs."}, {"type": "text", "value": "4"}],
            "loss_weight": 1.0,
        },
    ]
}


class TestReasoning:
    @pytest.mark.parametrize(("wish", "answer"), [("keep", "<think>\nTwo pairs.\n</think>\n\n4"), ("drop", "4")])
    def test_is_kept_or_dropped(self, tmp_path: Path, wish: Any, answer: str) -> None:
        """Reasoning stands before the answer or goes, and a loss weight becomes a weight."""
        rows = rows_of(write_lines(tmp_path, THOUGHTFUL), options=Options(reasoning=wish))

        assert rows[0]["messages"][1] == {"role": "assistant", "content": answer, "weight": 1}
