"""What a code is: how bad, about what, and who can mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a job from starting; a warning becomes an event; an info is only in the report."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Scope(StrEnum):
    FILE = "file"
    EXAMPLE = "example"
    DATASET = "dataset"
    "About the rows together."
    PAIR = "pair"
    "About one row and an earlier one."


class Fix(StrEnum):
    """Who can mend it: nobody without knowing the data, a safe automatic change, or a person with a choice."""

    NONE = "none"
    AUTO = "auto"
    MANUAL = "manual"


@dataclass(frozen=True)
class Code:
    name: str
    severity: Severity
    scope: Scope
    description: str
    fix: Fix = Fix.NONE
