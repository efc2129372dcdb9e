"""Chat and preference rows, put together from messages that a dialect has read. Knows OpenAI's wire and no dialect."""

from collections.abc import Iterable, Sequence
from typing import Any

from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.values import drop_nulls, from_json, name_kind, write_json
from shared.quoting import quote

Message = dict[str, Any]
Row = dict[str, Any]

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
_OTHER_CONTENT = frozenset({"tool_calls", "function_call", "refusal", "audio"})
_MESSAGE_KEYS = (
    "role", "content", "name", "weight", "tool_calls", "function_call", "tool_call_id", "refusal", "audio",
)  # fmt: skip


def make_chat(messages: Sequence[Message], *, options: Options, tools: Any = None) -> Row:
    """A chat row. Raises RecordError when nobody answers or a message is of no known form."""
    complete = check_messages(with_system(messages, options.system))
    if not any(message["role"] == "assistant" for message in complete):
        raise RecordError("no message is from the assistant, so there is nothing to learn")
    row: Row = {"messages": complete}
    if given := make_tools(tools):
        row["tools"] = given
    return row


def make_preference(
    prompt: Sequence[Message], chosen: Sequence[Message], rejected: Sequence[Message], *, options: Options, tools: Any
) -> Row:
    """A preference row from a prompt and two answers of one message each. Raises RecordError."""
    if not prompt:
        raise RecordError("there is no prompt that both answers share")
    asked: Row = {"messages": check_messages(with_system(prompt, options.system))}
    if given := make_tools(tools):
        asked["tools"] = given
    answers = []
    for name, answer in (("chosen", chosen), ("rejected", rejected)):
        if len(answer) != 1:
            raise RecordError(f"the {name} answer is {len(answer)} messages where a preference row takes one")
        if answer[0].get("role") != "assistant":
            raise RecordError(f"the {name} answer is not from the assistant")
        answers.append(check_messages(answer))
    return {"input": asked, "preferred_output": answers[0], "non_preferred_output": answers[1]}


def with_system(messages: Sequence[Message], system: str | None) -> list[Message]:
    """The messages, led by `system` unless they have a system message of their own."""
    if not system or (messages and messages[0].get("role") in ("system", "developer")):
        return list(messages)
    return [{"role": "system", "content": system}, *messages]


def check_messages(messages: Iterable[Message]) -> list[Message]:
    """Messages rid of nulls, each with a known role and content of a known kind. Raises RecordError naming one."""
    checked = []
    for number, given in enumerate(messages):
        message = drop_nulls(given)
        role = message.get("role")
        if not isinstance(role, str) or role not in _ROLES:
            told = quote(role) if isinstance(role, str) else name_kind(role)
            raise RecordError(f"message {number} has the role {told}, which is not one of the wire")
        content = message.get("content")
        if not isinstance(content, str | list) and (content is not None or not _OTHER_CONTENT & message.keys()):
            raise RecordError(f"message {number} has {name_kind(content)} as its content")
        checked.append(message)
    if not checked:
        raise RecordError("there are no messages")
    return checked


def pick_message(message: Message) -> Message:
    """A message of a response with the fields that training rows have, and no others."""
    return {key: message[key] for key in _MESSAGE_KEYS if key in message}


def make_tools(value: Any) -> list[dict[str, Any]]:
    """Tools as the wire has them, from JSON text, bare functions, or declarations of other providers.

    Raises RecordError for anything that has no name.
    """
    given = drop_nulls(from_json(value, "tools"))
    if not given:
        return []
    tools: list[dict[str, Any]] = []
    for tool in given if isinstance(given, list) else [given]:
        if not isinstance(tool, dict):
            raise RecordError(f"a tool is {name_kind(tool)} and not an object")
        declared = tool.get("functionDeclarations") or tool.get("function_declarations")
        tools.extend(_wrap_tool(item) for item in (declared if isinstance(declared, list) else [tool]))
    return tools


def _wrap_tool(tool: Any) -> dict[str, Any]:
    if not isinstance(tool, dict):
        raise RecordError(f"a tool is {name_kind(tool)} and not an object")
    if "toolSpec" in tool and isinstance(tool["toolSpec"], dict):
        tool = tool["toolSpec"]
    if isinstance(tool.get("function"), dict):
        return {"type": "function", **tool}
    if not isinstance(tool.get("name"), str):
        raise RecordError("a tool has no name")
    schema = tool.get("parameters", tool.get("input_schema", tool.get("inputSchema")))
    if isinstance(schema, dict) and set(schema) == {"json"}:
        schema = schema["json"]
    function = {"name": tool["name"]}
    if "description" in tool:
        function["description"] = tool["description"]
    if schema is not None:
        function["parameters"] = schema
    return {"type": "function", "function": function}


def make_call(name: Any, arguments: Any, *, call_id: str) -> dict[str, Any]:
    """One tool call. Arguments become JSON text unless they are text already. Raises RecordError without a name."""
    if not isinstance(name, str) or not name:
        raise RecordError("a call names no function")
    written = arguments if isinstance(arguments, str) else write_json({} if arguments is None else arguments)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": written}}


def make_answer(text: str, calls: Sequence[dict[str, Any]] = ()) -> Message:
    """An assistant's message of text, calls or both."""
    if not calls:
        return {"role": "assistant", "content": text}
    return {"role": "assistant", "content": text or None, "tool_calls": list(calls)}


def with_thought(thought: Any, text: str, options: Options) -> str:
    """An answer with the reasoning that led to it, as the options say."""
    if not isinstance(thought, str) or not thought.strip() or options.reasoning == "drop":
        return text
    return f"<think>\n{thought.strip()}\n</think>\n\n{text}"
