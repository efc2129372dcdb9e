"""What checks have found: every finding counted, the first of each code kept as samples.

Memory is bounded by the number of codes, however long the file and however bad.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from shared.datasets.codes import CODES, Code, Fix, Scope, Severity

SAMPLES_PER_CODE = 100
SAMPLES_PER_CODE_AND_LINE = 5
_RANK = list(Severity)
_SUMMARY_LINES_KEPT = 20
_SUMMARY_PROBLEM_CHARS = 150


@dataclass(frozen=True)
class Finding:
    """One fault at one place.

    `line` counts from 1 as editors do; `message_index` and the JSON pointer `path` count from 0 as programs do.
    `problem` says what is wrong and what would help, without the place. No text of the file is in it beyond 80
    characters.
    """

    code: str
    severity: Severity
    scope: Scope
    problem: str
    line: int | None = None
    message_index: int | None = None
    path: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    fix: Fix = Fix.NONE

    @property
    def message(self) -> str:
        """The whole sentence: `Line 4, message 2: …`."""
        if self.line is None:
            return self.problem
        place = (
            f"Line {self.line}" if self.message_index is None else f"Line {self.line}, message {self.message_index + 1}"
        )
        return f"{place}: {self.problem}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            "scope": self.scope,
            "line": self.line,
            "message_index": self.message_index,
            "path": self.path,
            "message": self.message,
            "detail": self.detail,
            "fix": self.fix,
        }


class Report:
    """The verdict on one file, complete when its last line has been read."""

    def __init__(self) -> None:
        self.n_lines = 0
        "Lines of the file, blank ones included."
        self.n_examples = 0
        "Rows without an error."
        self.n_invalid_lines = 0
        self.bytes_read = 0
        self.counts: Counter[str] = Counter()
        self._severities: Counter[Severity] = Counter()
        self._worst: dict[str, Severity] = {}
        self._samples: dict[str, list[Finding]] = {}
        self._first_errors: list[Finding] = []

    @property
    def n_errors(self) -> int:
        return self._severities[Severity.ERROR]

    @property
    def n_warnings(self) -> int:
        return self._severities[Severity.WARNING]

    @property
    def findings(self) -> list[Finding]:
        """The samples kept, in the order of the lines."""
        samples = [finding for kept in self._samples.values() for finding in kept]
        return sorted(samples, key=lambda finding: (finding.line or 0, finding.message_index or 0))

    def add(self, finding: Finding, *, times: int = 1) -> None:
        """Count `finding` as that many, and keep it if there is room for its code."""
        self.counts[finding.code] += times
        self._severities[finding.severity] += times
        self._worst[finding.code] = min(
            finding.severity, self._worst.get(finding.code, finding.severity), key=_RANK.index
        )
        self._keep_sample(finding)
        if finding.severity is Severity.ERROR:
            self._keep_first_error(finding)

    def _keep_sample(self, finding: Finding) -> None:
        kept = self._samples.setdefault(finding.code, [])
        if len(kept) == SAMPLES_PER_CODE:
            return
        # One row with thousands of bad messages must not hide the rows after it.
        latest = kept[-SAMPLES_PER_CODE_AND_LINE:]
        if len(latest) < SAMPLES_PER_CODE_AND_LINE or any(sample.line != finding.line for sample in latest):
            kept.append(finding)

    def _keep_first_error(self, finding: Finding) -> None:
        kept = self._first_errors
        if len(kept) < _SUMMARY_LINES_KEPT and (not kept or finding.line is None or kept[-1].line != finding.line):
            kept.append(finding)

    def error_summary(self, limit: int = 5) -> str:
        """One sentence naming the first `limit` bad lines and counting all of them; "" if there is no error."""
        file_errors = [finding for finding in self._first_errors if finding.line is None]
        if file_errors:
            return " ".join(finding.problem for finding in file_errors)
        if not self._first_errors:
            return ""
        shown = [_in_summary(finding) for finding in self._first_errors[:limit]]
        n_more = self.n_invalid_lines - len(shown)
        rest = f"; and {n_more:,} more" if n_more > 0 else ""
        n_rows = self.n_examples + self.n_invalid_lines
        lines = f"{self.n_invalid_lines:,} invalid {'line' if self.n_invalid_lines == 1 else 'lines'} of {n_rows:,}"
        pronoun = "it" if self.n_invalid_lines == 1 else "them"
        return f"The file has {lines}: {'; '.join(shown)}{rest}. Fix {pronoun} and upload the file again."

    def to_dict(self) -> dict[str, Any]:
        """JSON for storage and for the API: totals, then each code with its count and samples, errors first."""
        found = sorted((CODES[name] for name in self.counts), key=lambda code: _RANK.index(self._worst[code.name]))
        return {
            "n_lines": self.n_lines,
            "n_examples": self.n_examples,
            "n_invalid_lines": self.n_invalid_lines,
            "bytes_read": self.bytes_read,
            "n_errors": self.n_errors,
            "n_warnings": self.n_warnings,
            "codes": [self._code_to_dict(code) for code in found],
        }

    def _code_to_dict(self, code: Code) -> dict[str, Any]:
        return {
            "code": code.name,
            "severity": self._worst[code.name],
            "description": code.description,
            "fix": code.fix,
            "count": self.counts[code.name],
            "samples": [finding.to_dict() for finding in self._samples[code.name]],
        }


def _in_summary(finding: Finding) -> str:
    message = finding.message.rstrip(".")
    if len(message) > _SUMMARY_PROBLEM_CHARS:
        message = message[: _SUMMARY_PROBLEM_CHARS - 1] + "…"
    return message[0].lower() + message[1:]
