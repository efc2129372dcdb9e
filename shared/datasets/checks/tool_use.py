"""Calls against the tools that their row offers: known function, arguments that fit its schema."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from shared.datasets.checks.arguments import find_argument_faults
from shared.datasets.checks.call_arguments import read_arguments
from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.quoting import quote
from shared.strict_json import JsonRejectedError


class Call(NamedTuple):
    message_index: int
    path: str
    name: str
    arguments: Any
    "As parsed; None if they are not JSON."


def check_tool_use(messages: list[Any], offered: dict[str, Any], found: Collector) -> None:
    """Report calls to functions not in `offered` (parameters by name), and arguments that do not fit."""
    for call in read_calls(messages):
        if call.name not in offered:
            _report_unknown(call, found, are_there_tools=bool(offered))
        elif isinstance(call.arguments, dict) and offered[call.name] is not None:
            _check_arguments(call, offered[call.name], found)


def read_calls(messages: list[Any]) -> Iterator[Call]:
    """The calls of all messages that are whole enough to be looked at."""
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") != "assistant":
            continue
        functions = [(f"/messages/{index}/function_call", message.get("function_call"))]
        if isinstance(message.get("tool_calls"), list):
            functions += [
                (f"/messages/{index}/tool_calls/{place}/function", call.get("function"))
                for place, call in enumerate(message["tool_calls"])
                if isinstance(call, dict)
            ]
        for path, function in functions:
            if isinstance(function, dict) and isinstance(function.get("name"), str):
                yield Call(index, path, function["name"], _parse(function.get("arguments")))


def _parse(arguments: Any) -> Any:
    try:
        return read_arguments(arguments) if isinstance(arguments, str) else None
    except JsonRejectedError:
        return None


def _report_unknown(call: Call, found: Collector, *, are_there_tools: bool) -> None:
    problem = f"The call is to {quote(call.name, max_chars=64)}, which is not among the row's tools."
    severity = Severity.ERROR if are_there_tools else Severity.WARNING
    path = f"{call.path}/name"
    found.add("tool_call_unknown_function", problem, message_index=call.message_index, path=path, severity=severity)


def _check_arguments(call: Call, schema: Any, found: Collector) -> None:
    for fault in find_argument_faults(call.arguments, schema):
        is_unknown = fault.kind == "unknown"
        found.add(
            "tool_arguments_unknown_property" if is_unknown else "tool_arguments_schema_mismatch",
            f"In the call of {quote(call.name, max_chars=40)} {fault.problem}.",
            message_index=call.message_index,
            path=f"{call.path}/arguments",
            detail={"kind": fault.kind},
        )
