"""One row through the checks of its format."""

from typing import Any

from shared.datasets.checks.chat import check_chat_row
from shared.datasets.checks.completion import check_completion_row
from shared.datasets.checks.context import Context
from shared.datasets.checks.preference import check_preference_row
from shared.datasets.checks.reinforcement import check_reinforcement_row
from shared.datasets.checks.row_keys import MAX_STRING_BYTES, check_string_lengths
from shared.datasets.collector import Collector
from shared.datasets.formats import find_format, name_foreign_format
from shared.datasets.row import Format
from shared.quoting import quote


def check_row(row: dict[str, Any], found: Collector, context: Context, *, n_bytes: int) -> Format | None:
    """Report everything that is wrong with `row`, which took `n_bytes` in the file; its format, if it has one."""
    format_ = find_format(row, method=context.method)
    if n_bytes > MAX_STRING_BYTES:
        check_string_lengths(row, found)
    if format_ is None:
        _report_missing_messages(row, found)
    elif format_ is Format.PREFERENCE:
        check_preference_row(row, found, context)
    elif format_ is Format.REINFORCEMENT:
        check_reinforcement_row(row, found, context)
    elif format_ is Format.COMPLETION:
        check_completion_row(row, found)
    else:
        check_chat_row(row, found, context)
    return format_


def _report_missing_messages(row: dict[str, Any], found: Collector) -> None:
    looks_like = name_foreign_format(row)
    keys = ", ".join(quote(key, max_chars=20) for key in list(row)[:4]) or "none"
    if looks_like is not None:
        problem = f'The row has no "messages"; it looks like one of {looks_like}. Convert it to chat messages.'
    else:
        problem = f'The row has no "messages"; its keys are {keys}.'
    found.add("messages_missing", problem)
