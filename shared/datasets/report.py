"""What checks have found: every finding counted, the first of each code kept as samples.

Memory is bounded by the number of codes, however long the file and however bad.
"""

# ruff: noqa: SLF001 - reports are merged with each other
from collections import Counter
from dataclasses import replace
from typing import Any

from shared.datasets.codes import CODES, Code, Severity
from shared.datasets.finding import Finding
from shared.datasets.summary import summarise

__all__ = ["SAMPLES_PER_CODE", "SAMPLES_PER_CODE_AND_LINE", "Finding", "Report"]

SAMPLES_PER_CODE = 100
SAMPLES_PER_CODE_AND_LINE = 5
_RANK = list(Severity)
_SUMMARY_LINES_KEPT = 20


class Report:
    """The verdict on one file, or on one stretch of it, complete when its last line has been read."""

    def __init__(self) -> None:
        self.n_lines = 0
        "Lines of the file, blank ones included."
        self.n_examples = 0
        "Rows without an error."
        self.n_invalid_lines = 0
        self.bytes_read = 0
        self.formats: dict[str, int] = {}
        "Rows of each training format, as far as it could be told."
        self.facts: dict[str, Any] = {}
        "What the file is like, by section, as its watchers describe it once it has been read."
        self.counts: Counter[str] = Counter()
        self.n_errors = 0
        self.n_warnings = 0
        self._worst: dict[str, Severity] = {}
        self._samples: dict[str, list[Finding]] = {}
        self._first_errors: list[Finding] = []

    @property
    def findings(self) -> list[Finding]:
        """The samples kept, in the order of the lines."""
        samples = [finding for kept in self._samples.values() for finding in kept]
        return sorted(samples, key=lambda finding: (finding.line or 0, finding.message_index or 0))

    def add(self, finding: Finding, *, times: int = 1) -> None:
        """Count `finding` as that many, and keep it if there is room for its code."""
        self._count(finding.code, finding.severity, times)
        self._keep_sample(finding)
        if finding.severity is Severity.ERROR:
            self._keep_first_error(finding)

    def take(self, code: str, held: "Report", *, severity: Severity) -> None:
        """Count all that `held` has of `code`, at `severity`."""
        self._count(code, severity, held.counts[code])
        for finding in held._samples.get(code, []):
            judged = replace(finding, severity=severity)
            self._keep_sample(judged)
            if severity is Severity.ERROR:
                self._keep_first_error(judged)

    def describe(self, sections: dict[str, Any]) -> None:
        """Add facts; a section that is there already gets the further keys."""
        for name, content in sections.items():
            known = self.facts.get(name)
            self.facts[name] = known | content if isinstance(known, dict) else content

    def merge(self, later: "Report") -> None:
        """Add what was found in the stretch that follows this one in the file."""
        lines, n_bytes = self.n_lines, self.bytes_read
        for name in ("n_lines", "n_examples", "n_invalid_lines", "bytes_read", "n_errors", "n_warnings"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        self.counts.update(later.counts)
        for code, severity in later._worst.items():
            self._note_severity(code, severity)
        for kept in later._samples.values():
            for finding in kept:
                self._keep_sample(finding.moved(lines=lines, n_bytes=n_bytes))
        for finding in later._first_errors:
            self._keep_first_error(finding.moved(lines=lines, n_bytes=n_bytes))

    def _count(self, code: str, severity: Severity, times: int) -> None:
        self.counts[code] += times
        if severity is Severity.ERROR:
            self.n_errors += times
        elif severity is Severity.WARNING:
            self.n_warnings += times
        self._note_severity(code, severity)

    def _note_severity(self, code: str, severity: Severity) -> None:
        self._worst[code] = min(severity, self._worst.get(code, severity), key=_RANK.index)

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
        n_rows = self.n_examples + self.n_invalid_lines
        return summarise(self._first_errors, limit=limit, n_invalid=self.n_invalid_lines, n_rows=n_rows)

    def to_dict(self) -> dict[str, Any]:
        """JSON for storage and for the API: totals, then each code with its count and samples, errors first."""
        found = sorted((CODES[name] for name in self.counts), key=lambda code: _RANK.index(self._worst[code.name]))
        return {
            "n_lines": self.n_lines,
            "n_examples": self.n_examples,
            "n_invalid_lines": self.n_invalid_lines,
            "bytes_read": self.bytes_read,
            "formats": self.formats,
            "n_errors": self.n_errors,
            "n_warnings": self.n_warnings,
            "facts": self.facts,
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
