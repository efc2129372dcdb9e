"""Calls and tools written in an older way, or by a program that encoded once too often or too rarely."""

from collections.abc import Iterator
from typing import Any

from shared.datasets.checks.tools import Padding
from shared.datasets.fixing.places import called_functions, conversation_of, message_list, read_json, write_json


def encode_arguments(row: dict[str, Any]) -> bool:
    """Arguments that are JSON themselves become the string that they should be."""
    changed = [
        function
        for function in called_functions(row)
        if function.get("arguments") is not None and not isinstance(function["arguments"], str)
    ]
    for function in changed:
        function["arguments"] = write_json(function["arguments"])
    return bool(changed)


def unwrap_arguments(row: dict[str, Any]) -> bool:
    """A string of JSON that holds a string of JSON becomes the inner one, as often as it takes."""
    is_changed = False
    for function in called_functions(row):
        inner = read_json(function.get("arguments"))
        while isinstance(inner, str):
            value = read_json(inner)
            if isinstance(value, dict):
                function["arguments"] = inner
                is_changed = True
            inner = value
    return is_changed


def drop_schema_padding(row: dict[str, Any]) -> bool:
    """Schemas without the null properties that tables pad them with."""
    is_changed = False
    for function in _offered_functions(conversation_of(row)):
        if isinstance(function.get("parameters"), dict):
            padding = Padding()
            parameters = padding.drop(function["parameters"])
            if padding.in_properties:
                function["parameters"] = parameters
                is_changed = True
    return is_changed


def replace_functions(row: dict[str, Any]) -> bool:
    """`functions` and `function_call` as tools, where every call is answered or the last word.

    Others stay: as tools they would be errors, since a call needs an answer with its id.
    """
    holder, messages = conversation_of(row), message_list(row)
    functions = holder.get("functions")
    calls = [index for index, message in enumerate(messages or []) if message.get("function_call") is not None]
    if messages is None or (functions is None and not calls) or not _can_replace(holder, messages, calls):
        return False
    if functions is not None:
        del holder["functions"]
        offered = [{"type": "function", "function": function} for function in functions]
        if offered:
            holder["tools"] = [*(holder.get("tools") or []), *offered]
    for number, index in enumerate(calls):
        function = messages[index].pop("function_call")
        messages[index]["tool_calls"] = [{"id": f"call_{number}", "type": "function", "function": function}]
        if index + 1 < len(messages):
            answer = messages[index + 1]
            answer["role"], answer["tool_call_id"] = "tool", f"call_{number}"
            answer.pop("name", None)
    return True


def _can_replace(holder: dict[str, Any], messages: list[dict[str, Any]], calls: list[int]) -> bool:
    if not isinstance(holder.get("functions", []), list | None):
        return False
    if any(message.get("tool_calls") or message["role"] == "tool" for message in messages):
        return False
    answers = {index for index, message in enumerate(messages) if message["role"] == "function"}
    answered = {index + 1 for index in calls if index + 1 < len(messages)}
    return answers == answered and all(messages[index]["role"] == "assistant" for index in calls)


def _offered_functions(holder: dict[str, Any]) -> Iterator[dict[str, Any]]:
    tools, functions = holder.get("tools"), holder.get("functions")
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, dict) and isinstance(tool.get("function"), dict):
            yield tool["function"]
    yield from (
        function for function in (functions if isinstance(functions, list) else []) if isinstance(function, dict)
    )
