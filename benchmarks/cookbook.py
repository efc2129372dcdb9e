"""The baseline: what OpenAI's cookbook script for chat fine-tuning data does, written anew from a description of it.

The whole file is loaded with the standard library, every row is looked at for seven faults, tokens are counted with
tiktoken, all of them and those of the assistant once more, and the lengths are summed up with numpy. The script stops
at values that are not text and at special tokens spelled out; this one goes on, so that it reads the same file.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from tiktoken import Encoding

_KNOWN_KEYS = {"role", "content", "name", "function_call", "weight"}
_KNOWN_ROLES = {"system", "user", "assistant", "function"}
_TOKENS_PER_MESSAGE = 3
_TOKENS_PER_NAME = 1
_REPLY_TOKENS = 3
_LIMIT_TOKENS = 16_385


def validate(path: Path, encoding: Encoding) -> dict[str, Any]:
    """Faults and token counts of a file of chats."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    faults = _find_faults(rows)
    n_without_system = n_without_user = 0
    message_counts, row_tokens, assistant_tokens = [], [], []
    for row in rows:
        messages = row["messages"]
        n_without_system += not any(message["role"] == "system" for message in messages)
        n_without_user += not any(message["role"] == "user" for message in messages)
        message_counts.append(len(messages))
        row_tokens.append(_count_tokens(messages, encoding))
        assistant_tokens.append(_count_assistant_tokens(messages, encoding))
    return {
        "rows": len(rows),
        "faults": dict(faults),
        "without_system": n_without_system,
        "without_user": n_without_user,
        "messages": _describe(message_counts),
        "tokens": _describe(row_tokens),
        "assistant_tokens": _describe(assistant_tokens),
        "too_long": sum(count > _LIMIT_TOKENS for count in row_tokens),
        "billed": sum(min(count, _LIMIT_TOKENS) for count in row_tokens),
    }


def _find_faults(rows: list[Any]) -> Counter[str]:
    faults: Counter[str] = Counter()
    for row in rows:
        if not isinstance(row, dict):
            faults["data_type"] += 1
            continue
        messages = row.get("messages", None)
        if not messages:
            faults["missing_messages_list"] += 1
            continue
        for message in messages:
            if "role" not in message or "content" not in message:
                faults["message_missing_key"] += 1
            if any(key not in _KNOWN_KEYS for key in message):
                faults["message_unrecognized_key"] += 1
            if message.get("role", None) not in _KNOWN_ROLES:
                faults["unrecognized_role"] += 1
            content = message.get("content", None)
            if (not content and not message.get("function_call", None)) or not isinstance(content, str):
                faults["missing_content"] += 1
        if not any(message.get("role", None) == "assistant" for message in messages):
            faults["example_missing_assistant_message"] += 1
    return faults


def _count_tokens(messages: list[dict[str, Any]], encoding: Encoding) -> int:
    count = 0
    for message in messages:
        count += _TOKENS_PER_MESSAGE
        for key, value in message.items():
            if isinstance(value, str):
                count += len(encoding.encode(value, disallowed_special=()))
                if key == "name":
                    count += _TOKENS_PER_NAME
    return count + _REPLY_TOKENS


def _count_assistant_tokens(messages: list[dict[str, Any]], encoding: Encoding) -> int:
    count = 0
    for message in messages:
        if message["role"] == "assistant" and isinstance(message.get("content"), str):
            count += len(encoding.encode(message["content"], disallowed_special=()))
    return count


def _describe(values: list[int]) -> dict[str, float]:
    return {
        "min": float(min(values)),
        "max": float(max(values)),
        "mean": float(np.mean(values)),
        "median": float(np.median(values)),
        "p10": float(np.quantile(values, 0.1)),
        "p90": float(np.quantile(values, 0.9)),
    }
