"""One row for reinforcement: a conversation that ends with the user, and fields that the grader reads."""

from typing import Any

from shared.datasets.checks.chat import check_conversation
from shared.datasets.checks.context import Context
from shared.datasets.collector import Collector
from shared.quoting import quote


def check_reinforcement_row(row: dict[str, Any], found: Collector, context: Context) -> None:
    """Report everything that is wrong with `row`. Keys beside the conversation are the grader's and free."""
    roles = check_conversation(row, found, context)
    if roles is not None and roles[-1] != "user":
        last = len(roles) - 1
        problem = f"The last message is the {roles[last]}'s; end with the user's, which the model is to answer."
        found.add("rft_last_message_not_user", problem, message_index=last, path=f"/messages/{last}")
    for name in context.item_fields:
        _check_reference(row.get(name), name, found)


def _check_reference(value: Any, name: str, found: Collector) -> None:
    shown = quote(name, max_chars=64)
    if value is None:
        found.add("rft_reference_missing", f"The grader reads {shown}, which the row does not have; add it.")
    elif value in ("", [], {}) or (isinstance(value, str) and not value.strip()):
        found.add("rft_reference_empty", f"The grader reads {shown}, which is empty here.", path=f"/{name}")
