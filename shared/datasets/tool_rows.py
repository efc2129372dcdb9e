"""The short way to the object on a line whose row offers tools: rows choose from the same few, so each is read once.

What it reads the strict reader reads alike; whatever it cannot prove is left to that one. Tools read before are the
same objects, which nobody may change.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from shared.strict_json import JsonRejectedError, loads
from shared.strict_json.keys import are_keys_held, count_keys_held

_KEPT_TOOLS = 256
_MAX_KEPT_BYTES = 8 << 10
"""Of the JSON of one tool: all that are kept take some 20 MB at most."""


class _ToolRow(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[dict[str, Any]]
    tools: list[msgspec.Raw]


class _Tool(NamedTuple):
    value: dict[str, Any]
    n_keys: int


_decode = msgspec.json.Decoder(_ToolRow).decode


def read_tool_row(line: bytes, *, max_depth: int) -> dict[str, Any] | None:
    """The object on a line that has messages and tools, and nothing else; None if it may be unsound."""
    try:
        row = _decode(line)
        tools = [_read_tool(bytes(raw), max_depth=max_depth - 2) for raw in row.tools]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, JsonRejectedError):
        return None
    in_messages = count_keys_held(row.messages, max_depth - 1)
    # Both keys of the row itself, and all those in it.
    held = 2 + in_messages + sum([tool.n_keys for tool in tools])
    if in_messages < 0 or not are_keys_held(line, held):
        return None
    return {"messages": row.messages, "tools": [tool.value for tool in tools]}


def _read_tool(raw: bytes, *, max_depth: int) -> _Tool:
    """Raises JsonRejectedError, also for what is no object."""
    return (_read_kept_tool if len(raw) <= _MAX_KEPT_BYTES else _parse_tool)(raw, max_depth)


def _parse_tool(raw: bytes, max_depth: int) -> _Tool:
    value = loads(raw, max_depth=max_depth, allow_nul=True)
    if type(value) is not dict:
        raise JsonRejectedError("json_invalid", "A tool is an object", data=raw, offset=0)
    return _Tool(value, count_keys_held(value, max_depth))


_read_kept_tool = lru_cache(_KEPT_TOOLS)(_parse_tool)
