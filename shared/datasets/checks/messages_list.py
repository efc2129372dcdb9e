"""The messages of a row, wherever they stand in it: an array of bounded length, and each message by itself."""

from typing import Any

from shared.datasets.checks.messages import check_message
from shared.datasets.checks.tool_calls import check_tool_flow
from shared.datasets.collector import Collector

MAX_MESSAGES = 2048
"""The most that chat endpoints take in a request; a row beyond it could be trained on and never be asked."""


def check_messages(messages: Any, found: Collector) -> list[str] | None:
    """Report what is wrong with the value of `messages`; the roles, or None if the order cannot be judged."""
    if type(messages) is not list:
        found.add("messages_not_list", '"messages" must be an array of messages.', path="/messages")
    elif not messages:
        problem = '"messages" is empty; add at least one user and one assistant message.'
        found.add("messages_empty", problem, path="/messages")
    elif len(messages) > MAX_MESSAGES:
        problem = f"The row has {len(messages):,} messages; at most {MAX_MESSAGES:,} are taken."
        found.add("messages_too_many", problem, path="/messages")
    else:
        return _check_each(messages, found)
    return None


def _check_each(messages: list[Any], found: Collector) -> list[str] | None:
    roles: list[str] = []
    uses_tools = False
    for index, message in enumerate(messages):
        role = check_message(message, index, found)
        if role is not None:
            roles.append(role)
        uses_tools = uses_tools or role == "tool" or (role == "assistant" and "tool_calls" in message)
    # A role that nobody knows makes whatever could be said about the order of turns doubtful.
    if len(roles) < len(messages):
        return None
    if uses_tools:
        check_tool_flow(messages, found)
    return roles
