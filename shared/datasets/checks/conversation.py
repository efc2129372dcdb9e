"""The messages of one row together: who speaks, in which order, and what there is to learn."""

from typing import Any

from shared.datasets.collector import Collector

SYSTEM_ROLES = frozenset({"system", "developer"})
SPEAKERS = frozenset({"user", "assistant"})


def check_turns(roles: list[str], found: Collector) -> None:
    """Report what is wrong with the order of speakers, but for who has the last word."""
    if "user" not in roles:
        found.add("no_user_message", "No message is the user's; the model sees no question.", path="/messages")
    _check_system(roles, found)
    for index in range(1, len(roles)):
        if roles[index] == roles[index - 1] and roles[index] in SPEAKERS:
            problem = f"Two {roles[index]} messages in a row; join them."
            found.add("consecutive_same_role", problem, message_index=index, path=f"/messages/{index}")


def check_answers(messages: list[Any], roles: list[str], found: Collector) -> None:
    """Report what keeps the model from learning anything of a conversation of objects."""
    if "assistant" not in roles:
        problem = "No message is the assistant's, so there is nothing to learn; add the wanted answer."
        found.add("no_assistant_message", problem, path="/messages")
        return
    last = len(roles) - 1
    if roles[last] != "assistant":
        problem = f"The last message is the {roles[last]}'s; end with the assistant's answer."
        found.add("last_message_not_assistant", problem, message_index=last, path=f"/messages/{last}")
    if not _learns(messages, roles):
        problem = "Every assistant message has weight 0, so there is nothing to learn; give one of them weight 1."
        found.add("no_trainable_message", problem, path="/messages")


def _learns(messages: list[Any], roles: list[str]) -> bool:
    for message, role in zip(messages, roles, strict=True):
        if role == "assistant" and message.get("weight") != 0:
            return True
    return False


def _check_system(roles: list[str], found: Collector) -> None:
    places = [index for index, role in enumerate(roles) if role in SYSTEM_ROLES]
    if len(places) > 1:
        problem = "There is more than one system message; some models take only the first. Join them."
        found.add("multiple_system_messages", problem, message_index=places[1], path=f"/messages/{places[1]}")
    elif places and places[0] > 0:
        problem = "The system message is not the first message; move it to the start."
        found.add("system_not_first", problem, message_index=places[0], path=f"/messages/{places[0]}")
