"""The parts of a question that are JSON within an address: a grader, and terms for groups of people.

What is wrong inside a grader is for the report to say; here it only has to be an object of some size.
"""

from typing import Any

import msgspec

from shared.errors import InvalidInputError
from shared.strict_json import JsonRejectedError, loads

MOST_CHARS = 8_000
"""Of each. An address of some 16,000 characters is what most servers in between let through."""

_NO_GROUPS = 'must be a JSON object of lists of words, such as {"women": ["she", "her"], "men": ["he", "his"]}'


def read_grader(text: str) -> dict[str, Any]:
    """Raises InvalidInputError for what is no object."""
    value = _load(text, "grader")
    if not isinstance(value, dict):
        raise _invalid("grader", "must be a JSON object, as a job's `method.reinforcement.grader`")
    return value


def read_groups(text: str) -> dict[str, list[str]]:
    """Raises InvalidInputError for what is no object of lists of words."""
    try:
        groups = msgspec.convert(_load(text, "groups"), dict[str, list[str]])
    except msgspec.ValidationError:
        raise _invalid("groups", _NO_GROUPS) from None
    check_groups(groups)
    return groups


def check_groups(groups: dict[str, list[str]]) -> None:
    """Raises InvalidInputError for a group without words, an empty word, and more than fits a question."""
    if not all(group and words and all(words) for group, words in groups.items()):
        raise _invalid("groups", _NO_GROUPS)
    if len(msgspec.json.encode(groups)) > MOST_CHARS:
        raise _invalid("groups", f"must have at most {MOST_CHARS:,} characters as JSON")


def _load(text: str, param: str) -> Any:
    if len(text) > MOST_CHARS:
        raise _invalid(param, f"must have at most {MOST_CHARS:,} characters")
    try:
        return loads(text.encode("utf-8", "surrogatepass"))
    except JsonRejectedError as error:
        raise _invalid(param, f"is not JSON: {error.message.rstrip('.')}") from None


def _invalid(param: str, what: str) -> InvalidInputError:
    return InvalidInputError(f"{param} {what}.", param=param, code="invalid_value")
