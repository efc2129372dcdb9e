"""Which training format a row is in, and which formats a training method takes.

Told by keys alone: what is wrong with a row of a known format is for the checks of that format.
"""

from collections.abc import Mapping
from typing import Any

from shared.datasets.row import Format

CHAT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
PREFERENCE_OUTPUTS = ("preferred_output", "non_preferred_output")
_PREFERENCE_SIGNS = frozenset({*PREFERENCE_OUTPUTS, "preferred_completion", "non_preferred_completion"})

FORMAT_OF_METHOD = {
    "supervised": Format.CHAT,
    "dpo": Format.PREFERENCE,
    "reinforcement": Format.REINFORCEMENT,
}
NAMES = {
    Format.CHAT: "chat rows",
    Format.PREFERENCE: "preference rows",
    Format.REINFORCEMENT: "reinforcement rows",
    Format.COMPLETION: "prompt and completion rows",
}
_FOREIGN = {
    "instruction": "Alpaca rows",
    "conversations": "ShareGPT rows",
    "contents": "Gemini rows",
    "chosen": "preference rows of another dialect",
    "question": "question and answer rows",
    "text": "plain text rows",
}
"""Formats that have to be converted first, by a key of theirs."""


def find_format(row: Mapping[str, Any], *, method: str | None) -> Format | None:
    """The format of `row`, or None if its keys are of none that can be trained on.

    Chat and reinforcement rows differ in what they are for: without a method, a row that does not end with the
    assistant and has fields for a grader is taken for reinforcement.
    """
    if "messages" in row:
        wanted = FORMAT_OF_METHOD.get(method or "")
        if wanted is Format.REINFORCEMENT or (method is None and _looks_graded(row)):
            return Format.REINFORCEMENT
        return Format.CHAT
    if not _PREFERENCE_SIGNS.isdisjoint(row):
        return Format.PREFERENCE
    return Format.COMPLETION if "prompt" in row and "completion" in row else None


def name_foreign_format(row: Mapping[str, Any]) -> str | None:
    """What a row without a format of ours seems to be."""
    return next((name for key, name in _FOREIGN.items() if key in row), None)


def find_method_mismatch(n_rows_by_format: Mapping[str, int], method: str) -> str | None:
    """Why `method` cannot be trained on a file with these rows, in one sentence; None if it can."""
    wanted = FORMAT_OF_METHOD.get(method)
    if wanted is None or not n_rows_by_format or wanted in n_rows_by_format:
        return None
    found = NAMES[Format(max(n_rows_by_format, key=lambda name: n_rows_by_format[name]))]
    return f"The file has {found}, and the method {method} trains on {NAMES[wanted]}."


def _looks_graded(row: Mapping[str, Any]) -> bool:
    messages = row["messages"]
    if CHAT_KEYS.issuperset(row) or not isinstance(messages, list) or not messages:
        return False
    last = messages[-1]
    return isinstance(last, dict) and last.get("role") == "user"
