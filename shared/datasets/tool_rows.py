"""The short way through rows that offer tools, and call them in proper order: rows choose from the same few tools.

Whatever it cannot prove goes through the reader and the checks. Tools read before are the same objects, which nobody
may change.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from shared.datasets.canonical import canonical_json
from shared.datasets.checks.arguments import find_argument_faults
from shared.datasets.checks.call_arguments import read_arguments
from shared.datasets.checks.conversation import SPEAKERS, SYSTEM_ROLES, check_turns
from shared.datasets.checks.messages_list import MAX_MESSAGES
from shared.datasets.checks.names import is_name
from shared.datasets.checks.schemas import is_plainly_sound
from shared.datasets.collector import Collector
from shared.datasets.plain import MAX_BYTES
from shared.datasets.report import Report
from shared.datasets.row import Format, Row, Turn
from shared.strict_json import JsonRejectedError, loads
from shared.strict_json.keys import are_keys_held, count_keys_held

_MAX_TOOL_DEPTH = 60
"""Two levels of the row's own are above it."""

_KEPT_TOOLS = 256
_MAX_KEPT_BYTES = 8 << 10
"""Of the JSON of one tool: all that are kept take some 20 MB at most."""

_ORDERS_KEPT = 1024
_ROLES = SYSTEM_ROLES | SPEAKERS | {"tool"}
_KEYS_OF_CALL = 5


class _Function(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    name: str
    arguments: str


class _Call(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    id: str
    type: Literal["function"]
    function: _Function


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: str
    content: str | UnsetType | None = UNSET
    tool_calls: list[_Call] | UnsetType = UNSET
    tool_call_id: str | UnsetType = UNSET


class _ToolRow(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[_Message]
    tools: list[msgspec.Raw]
    parallel_tool_calls: bool | UnsetType = UNSET


class _Tool(NamedTuple):
    """A tool with which nothing is wrong."""

    value: dict[str, Any]
    n_keys: int
    name: str
    parameters: dict[str, Any] | None
    canonical: bytes


class _UnprovenError(Exception):
    """Something may be wrong with the row."""


_decode = msgspec.json.Decoder(_ToolRow).decode


def read_tool_row(line: bytes) -> Row | None:
    """The row on a line that has messages and tools and nothing else; None unless it is certain that all is well."""
    if len(line) > MAX_BYTES:
        return None
    try:
        written = _decode(line)
        tools = {tool.name: tool for tool in map(_read_tool, map(bytes, written.tools))}
        calls = _read_calls(written.messages, tools)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, JsonRejectedError, _UnprovenError):
        return None
    messages: list[dict[str, Any]] = msgspec.to_builtins(written.messages)
    value: dict[str, Any] = {"messages": messages, "tools": [tool.value for tool in tools.values()]}
    if written.parallel_tool_calls is not UNSET:
        value["parallel_tool_calls"] = written.parallel_tool_calls
    in_messages = sum(map(len, messages)) + _KEYS_OF_CALL * len(calls)
    held = len(value) + in_messages + sum([tool.n_keys for tool in tools.values()])
    if not 0 < len(tools) == len(written.tools) or not are_keys_held(line, held):
        return None
    return Row(
        Format.CHAT,
        [Turn(message.role, message.content or "") for message in written.messages],
        calls=_write_calls(calls),
        called=[name for _place, name, _arguments in calls],
        tools=b"[%b]" % b",".join([tool.canonical for tool in tools.values()]),
        tool_names=list(tools),
        value=value,
    )


def _read_calls(messages: Sequence[_Message], tools: Mapping[str, _Tool]) -> list[tuple[int, str, Any]]:
    """Of each call the place of its message, the function's name, and the arguments. Raises _UnprovenError."""
    if not _is_proper(tuple([message.role for message in messages])):
        raise _UnprovenError
    calls: list[tuple[int, str, Any]] = []
    seen: set[str] = set()
    waiting: set[str] = set()
    for place, message in enumerate(messages):
        if message.role == "tool":
            _answer(message, waiting)
            continue
        if waiting or message.tool_call_id is not UNSET:
            raise _UnprovenError
        if message.tool_calls is not UNSET:
            waiting = _open_calls(message, seen)
            calls += [
                (place, call.function.name, _prove_arguments(call.function, tools)) for call in message.tool_calls
            ]
        elif not message.content or message.content.isspace():
            raise _UnprovenError
    return calls


def _answer(message: _Message, waiting: set[str]) -> None:
    is_blank = not message.content or message.content.isspace()
    if is_blank or message.tool_calls is not UNSET or message.tool_call_id not in waiting:
        raise _UnprovenError
    waiting.discard(message.tool_call_id)


def _open_calls(message: _Message, seen: set[str]) -> set[str]:
    """The calls of a message, which wait for their answers."""
    ids = {call.id for call in message.tool_calls or ()}
    if message.role != "assistant" or "" in ids or not 0 < len(ids) == len(message.tool_calls or ()) or ids & seen:
        raise _UnprovenError
    seen |= ids
    return ids


def _prove_arguments(function: _Function, tools: Mapping[str, _Tool]) -> Any:
    tool = tools.get(function.name)
    arguments = read_arguments(function.arguments)
    if tool is None or type(arguments) is not dict:
        raise _UnprovenError
    if tool.parameters is not None and find_argument_faults(arguments, tool.parameters):
        raise _UnprovenError
    return arguments


def _write_calls(calls: Sequence[tuple[int, str, Any]]) -> dict[int, str]:
    """Canonical JSON of the calls by the place of the message that makes them."""
    written: dict[int, str] = {}
    for place, name, arguments in calls:
        written[place] = written.get(place, "") + canonical_json([name, arguments]).decode()
    return written


@lru_cache(_ORDERS_KEPT)
def _is_proper(roles: tuple[str, ...]) -> bool:
    """Whether nothing is wrong with the order of speakers, and the assistant has the last word."""
    if not _ROLES.issuperset(roles) or roles[-1:] != ("assistant",) or len(roles) > MAX_MESSAGES:
        return False
    found = Collector(Report())
    check_turns(list(roles), found)
    return not found.n_found


def _read_tool(raw: bytes) -> _Tool:
    """Raises JsonRejectedError and _UnprovenError."""
    return (_read_kept_tool if len(raw) <= _MAX_KEPT_BYTES else _parse_tool)(raw)


def _parse_tool(raw: bytes) -> _Tool:
    value = loads(raw, max_depth=_MAX_TOOL_DEPTH, allow_nul=True)
    function = value.get("function") if type(value) is dict and value.get("type") == "function" else None
    if type(function) is not dict or not is_name(function.get("name")):
        raise _UnprovenError
    parameters = function.get("parameters")
    # Of null, which tables pad schemas with, nothing is known here.
    if b"null" in raw or not (parameters is None or (type(parameters) is dict and is_plainly_sound(parameters))):
        raise _UnprovenError
    return _Tool(value, count_keys_held(value, _MAX_TOOL_DEPTH), function["name"], parameters, canonical_json(value))


_read_kept_tool = lru_cache(_KEPT_TOOLS)(_parse_tool)
