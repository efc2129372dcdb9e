"""Calls that the assistant makes, and whether each is answered. Refuses to know what the tools are."""

from typing import Any

from shared.datasets.checks.call_arguments import read_arguments
from shared.datasets.collector import Collector
from shared.quoting import quote
from shared.strict_json import JsonRejectedError


def check_tool_calls(calls: Any, index: int, found: Collector) -> None:
    """Report what is wrong with the value of `tool_calls` in message `index`."""
    path = f"/messages/{index}/tool_calls"
    if not isinstance(calls, list):
        found.add("tool_call_malformed", '"tool_calls" must be an array of calls.', message_index=index, path=path)
        return
    for place, call in enumerate(calls):
        _check_call(call, index, found, path=f"{path}/{place}")


def check_function(function: Any, found: Collector, *, message_index: int, path: str) -> None:
    """Report what is wrong with a call's `function`: name, and arguments as an object written in JSON."""
    if not isinstance(function, dict):
        _report_malformed('"function" with a name and arguments', message_index, found, path=path)
        return
    if not isinstance(function.get("name"), str) or not function["name"]:
        _report_malformed('"name" in its function', message_index, found, path=path)
    if function.get("arguments") is None:
        _report_malformed('"arguments" in its function', message_index, found, path=path)
        return
    fault = _arguments_fault(function["arguments"])
    if fault is not None:
        code, problem = fault
        found.add(code, problem, message_index=message_index, path=f"{path}/arguments")


def check_tool_flow(messages: list[Any], found: Collector) -> None:
    """Report calls that nobody answers and answers that nobody asked for. Calls of the last message may be open."""
    waiting: dict[str, int] = {}
    """Ids of calls not answered yet, each with the index of its message."""
    seen: set[str] = set()
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            _answer_call(message, index, waiting, found)
            continue
        _report_unanswered(waiting, found)
        waiting = {}
        for call_id in _call_ids(message):
            if call_id in seen:
                problem = f"The call id {quote(call_id)} is used twice in this row; give each call its own."
                found.add("tool_call_id_duplicate", problem, message_index=index, path=f"/messages/{index}/tool_calls")
            seen.add(call_id)
            waiting[call_id] = index
    if messages[-1]["role"] == "tool":
        _report_unanswered(waiting, found)


def _check_call(call: Any, index: int, found: Collector, *, path: str) -> None:
    if not isinstance(call, dict):
        found.add("tool_call_malformed", "A tool call must be an object.", message_index=index, path=path)
        return
    if not isinstance(call.get("id"), str) or not call["id"]:
        _report_malformed('"id"', index, found, path=path)
    if call.get("type") != "function":
        _report_malformed('"type": "function"', index, found, path=path)
    check_function(call.get("function"), found, message_index=index, path=f"{path}/function")


def _report_malformed(missing: str, index: int, found: Collector, *, path: str) -> None:
    found.add("tool_call_malformed", f"The tool call lacks {missing}.", message_index=index, path=path)


def _arguments_fault(arguments: Any) -> tuple[str, str] | None:
    if not isinstance(arguments, str):
        return "tool_arguments_not_string", "The arguments must be a string that holds JSON, not JSON itself."
    try:
        value = read_arguments(arguments)
    except JsonRejectedError as error:
        return "tool_arguments_invalid_json", f"The arguments are not JSON: {error.message}."
    if isinstance(value, str) and _holds_object(value):
        return "tool_arguments_double_encoded", "The arguments are JSON inside a JSON string; unwrap them once."
    if not isinstance(value, dict):
        return "tool_arguments_not_object", "The arguments must be a JSON object; write {} for none."
    return None


def _holds_object(text: str) -> bool:
    try:
        return isinstance(read_arguments(text), dict)
    except JsonRejectedError:
        return False


def _call_ids(message: dict[str, Any]) -> list[str]:
    calls = message.get("tool_calls")
    if message["role"] != "assistant" or not isinstance(calls, list):
        return []
    return [call["id"] for call in calls if isinstance(call, dict) and isinstance(call.get("id"), str)]


def _answer_call(message: dict[str, Any], index: int, waiting: dict[str, int], found: Collector) -> None:
    call_id = message.get("tool_call_id")
    if isinstance(call_id, str) and call_id and waiting.pop(call_id, None) is None:
        problem = f"The tool message answers {quote(call_id)}, and no open call before it has this id."
        found.add("tool_response_orphan", problem, message_index=index, path=f"/messages/{index}/tool_call_id")


def _report_unanswered(waiting: dict[str, int], found: Collector) -> None:
    for call_id, index in waiting.items():
        problem = f"The call {quote(call_id)} has no answer before the conversation goes on; add a tool message."
        found.add("tool_response_missing", problem, message_index=index, path=f"/messages/{index}/tool_calls")
