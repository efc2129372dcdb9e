"""Safe automatic fixes: what each code is mended by. A fix changes a row in place and says whether it did.

Refuses to fix what takes knowledge of the data: such codes are `manual` in the table of codes.
"""

from collections.abc import Callable
from typing import Any

from shared.datasets.fixing import calls, keys, texts, turns

__all__ = ["DEFAULT_CODES", "FILE_CODES", "FIXABLE_CODES", "ON_REQUEST_CODES", "ROW_FIXES", "RowFix"]

RowFix = Callable[[dict[str, Any]], bool]

ROW_FIXES: dict[str, RowFix] = {
    "unknown_top_level_key": keys.drop_unknown_row_keys,
    "message_unknown_key": keys.drop_unknown_message_keys,
    "content_part_invalid": keys.complete_parts,
    "function_call_deprecated": calls.replace_functions,
    "tool_schema_null_padding": calls.drop_schema_padding,
    "tool_arguments_not_string": calls.encode_arguments,
    "tool_arguments_double_encoded": calls.unwrap_arguments,
    "mojibake": texts.repair_encoding,
    "control_characters": texts.drop_control_characters,
    "invisible_characters": texts.drop_invisible_characters,
    "unnormalised_unicode": texts.normalise,
    "pii_detected": texts.mask_personal_data,
    "answer_edge_whitespace": texts.strip_answers,
    "multiple_system_messages": turns.join_system_messages,
    "consecutive_same_role": turns.join_consecutive,
    "last_message_not_assistant": turns.cut_tail,
}
"""In the order in which they are tried; they are tried again until none changes anything."""

FILE_CODES = frozenset({"json_array_file", "json_pretty_printed", "encoding_bom", "line_endings_crlf", "blank_line"})
"""Mended whatever is asked for: a new version has one row on each line and nothing else."""

ON_REQUEST_CODES = frozenset({"pii_detected"})
"""Changes what a text tells, so it is done only by name."""

FIXABLE_CODES = frozenset({*ROW_FIXES, *FILE_CODES, "duplicate_exact"})
DEFAULT_CODES = FIXABLE_CODES - ON_REQUEST_CODES
