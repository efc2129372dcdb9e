"""One preference row (DPO): a conversation as input, and two outputs of which the model shall prefer the first."""

from typing import Any

from shared.datasets.checks.chat import check_conversation
from shared.datasets.checks.context import Context
from shared.datasets.checks.messages import check_message
from shared.datasets.checks.row_keys import check_row_keys
from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.datasets.formats import PREFERENCE_OUTPUTS

PREFERENCE_KEYS = frozenset({"input", *PREFERENCE_OUTPUTS})
PREFERENCE_INPUT_KEYS = frozenset({"messages", "tools", "parallel_tool_calls"})


def check_preference_row(row: dict[str, Any], found: Collector, context: Context) -> None:
    """Report everything that is wrong with `row`."""
    check_row_keys(row, PREFERENCE_KEYS, found)
    if isinstance(row.get("input"), dict):
        check_row_keys(row["input"], PREFERENCE_INPUT_KEYS, found, path="/input")
        _check_input(row["input"], found, context)
    else:
        found.add("dpo_field_missing", 'A preference row needs "input" with an object that has "messages".')
    for name in PREFERENCE_OUTPUTS:
        if isinstance(row.get(name), list):
            _check_output(row[name], name, found)
        else:
            problem = f'A preference row needs "{name}" with an array of one assistant message.'
            found.add("dpo_field_missing", problem, path=f"/{name}" if name in row else "")
    if row.get(PREFERENCE_OUTPUTS[0]) == row.get(PREFERENCE_OUTPUTS[1]) is not None:
        found.hold("dpo_outputs_identical", "Both outputs are the same, so there is nothing to prefer.")


def _check_input(value: dict[str, Any], found: Collector, context: Context) -> None:
    found.places = (("/", "/input/"),)
    roles = check_conversation(value, found, context)
    if roles is not None and roles[-1] == "assistant":
        problem = "The input ends with the assistant; end it with the message that the outputs answer."
        found.add("dpo_input_last_is_assistant", problem, message_index=len(roles) - 1, path="/messages")
    elif roles is not None and "assistant" in roles:
        problem = "The input has several turns; some trainers take only one."
        found.add("dpo_multi_turn", problem, path="/messages")
    found.places = ()


def _check_output(output: list[Any], name: str, found: Collector) -> None:
    found.places = (("/messages", f"/{name}"),)
    roles = [check_message(message, index, found) for index, message in enumerate(output)]
    found.places = ()
    if roles == ["assistant"] or None in roles:
        return
    problem = f'"{name}" must be one assistant message.'
    # Answers that call tools and read their results are taken by some trainers.
    is_passable = roles[-1:] == ["assistant"] and {"assistant", "tool"}.issuperset(roles)
    severity = Severity.WARNING if is_passable else Severity.ERROR
    found.add("dpo_output_not_single_assistant", problem, path=f"/{name}", severity=severity)
