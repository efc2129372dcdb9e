"""Where things stand in a row of any format, sound or not: lists of messages, calls, texts that can be replaced."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from shared.datasets.formats import PREFERENCE_OUTPUTS
from shared.datasets.json_line import MAX_DEPTH
from shared.strict_json import JsonRejectedError, loads


def conversation_of(row: dict[str, Any]) -> dict[str, Any]:
    """What holds the messages and tools: the row itself, of a preference row its input."""
    held = row.get("input")
    return held if isinstance(held, dict) and "messages" not in row else row


def message_list(row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The messages of the conversation, if they are objects with roles."""
    messages = conversation_of(row).get("messages")
    return messages if _are_messages(messages) else None


def all_messages(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every message that is an object, the outputs of preference rows included."""
    for held in (conversation_of(row).get("messages"), *(row.get(name) for name in PREFERENCE_OUTPUTS)):
        for message in held if isinstance(held, list) else []:
            if isinstance(message, dict):
                yield message


def called_functions(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The `function` of every call, and every `function_call`."""
    for message in all_messages(row):
        held = message.get("tool_calls")
        calls = [call.get("function") for call in held if isinstance(call, dict)] if isinstance(held, list) else []
        yield from (function for function in (message.get("function_call"), *calls) if isinstance(function, dict))


def replace_texts(row: dict[str, Any], change: Callable[[str], str]) -> bool:
    """Put each text that somebody says through `change`; whether any is another one now."""
    is_changed = False
    for name in ("prompt", "completion"):
        is_changed |= _replace(row, name, change)
    for message in all_messages(row):
        is_changed |= _replace(message, "content", change) | _replace(message, "refusal", change)
        for part in message["content"] if isinstance(message.get("content"), list) else []:
            if isinstance(part, dict):
                is_changed |= _replace(part, "text", change) | _replace(part, "refusal", change)
    return is_changed


def replace_in_arguments(row: dict[str, Any], change: Callable[[str], str]) -> bool:
    """The same for texts in the arguments of calls, where these are JSON."""
    is_changed = False
    for function in called_functions(row):
        value = read_json(function.get("arguments"))
        changed = _map_strings(value, change)
        if changed != value:
            function["arguments"] = write_json(changed)
            is_changed = True
    return is_changed


def read_json(text: Any) -> Any:
    """What JSON in a string says; None for anything else."""
    try:
        return loads(text.encode(), max_depth=MAX_DEPTH, allow_nul=True) if isinstance(text, str) else None
    except (JsonRejectedError, UnicodeEncodeError):
        return None


def write_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _are_messages(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(message, dict) and isinstance(message.get("role"), str) for message in value
    )


def _replace(holder: dict[str, Any], name: str, change: Callable[[str], str]) -> bool:
    text = holder.get(name)
    if not isinstance(text, str) or (changed := change(text)) == text:
        return False
    holder[name] = changed
    return True


def _map_strings(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_strings(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _map_strings(item, change) for key, item in value.items()}
    return value
