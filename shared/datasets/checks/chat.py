"""One supervised chat row: its keys, its messages one by one, then the conversation, then tools and images."""

from typing import Any

from shared.datasets.checks.context import Context
from shared.datasets.checks.conversation import check_answers, check_turns
from shared.datasets.checks.images import check_images
from shared.datasets.checks.messages_list import check_messages
from shared.datasets.checks.row_keys import check_row_keys
from shared.datasets.checks.tool_use import check_tool_use
from shared.datasets.checks.tools import check_parameters, check_tools
from shared.datasets.collector import Collector
from shared.datasets.formats import CHAT_KEYS


def check_chat_row(row: dict[str, Any], found: Collector, context: Context) -> None:
    """Report everything that is wrong with `row`."""
    check_row_keys(row, CHAT_KEYS, found)
    roles = check_conversation(row, found, context)
    if roles is not None:
        check_answers(row["messages"], roles, found)


def check_conversation(row: dict[str, Any], found: Collector, context: Context) -> list[str] | None:
    """Report what is wrong with messages and tools, whoever speaks last; the roles if all are known."""
    offered = _check_offered(row, found, context)
    messages = row.get("messages")
    roles = check_messages(messages, found)
    if roles is None or not isinstance(messages, list):
        return None
    check_turns(roles, found)
    if offered or "assistant" in roles:
        check_tool_use(messages, offered, found)
    check_images(messages, found, max_images=context.limits.max_images)
    return roles


def _check_offered(row: dict[str, Any], found: Collector, context: Context) -> dict[str, Any]:
    """Report what is wrong with the tools of a row; their parameters by name."""
    offered: dict[str, Any] = {}
    if row.get("tools") is not None:
        offered = check_tools(row["tools"], found, context.schemas)
    functions = row.get("functions")
    if functions is not None:
        found.add("function_call_deprecated", '"functions" is deprecated; use "tools".', path="/functions")
    for index, function in enumerate(functions if isinstance(functions, list) else []):
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            path = f"/functions/{index}"
            offered[function["name"]] = check_parameters(function, found, context.schemas, path=path)
    return offered
