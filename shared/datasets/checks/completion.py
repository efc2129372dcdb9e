"""One row of the older kind: a prompt and its completion, both text."""

from typing import Any

from shared.datasets.checks.row_keys import check_row_keys
from shared.datasets.codes import Severity
from shared.datasets.collector import Collector

COMPLETION_KEYS = frozenset({"prompt", "completion"})


def check_completion_row(row: dict[str, Any], found: Collector) -> None:
    """Report everything that is wrong with `row`."""
    check_row_keys(row, COMPLETION_KEYS, found)
    for name in ("prompt", "completion"):
        text = row[name]
        if text is None:
            found.add("content_missing", f"The {name} is null; write its text.", path=f"/{name}")
        elif not isinstance(text, str):
            found.add("content_wrong_type", f"The {name} must be text.", path=f"/{name}")
        elif not text.strip():
            severity = Severity.ERROR if name == "completion" else Severity.WARNING
            found.add("content_empty", f"The {name} is blank; write its text.", path=f"/{name}", severity=severity)
