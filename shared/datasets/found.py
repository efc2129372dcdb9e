"""Where a check puts what it finds: it names code and problem, the rest comes from the table of codes."""

from typing import Any

from shared.datasets.codes import CODES, Scope, Severity
from shared.datasets.findings import Finding, Report


class Found:
    """Adds findings about the line in hand to a report. `line` is set by whoever reads the lines."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.line: int | None = None

    def add(
        self,
        code: str,
        problem: str,
        *,
        message_index: int | None = None,
        path: str = "",
        severity: Severity | None = None,
        times: int = 1,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Report `code` here. `severity` overrides the table's where the case at hand is milder."""
        entry = CODES[code]
        finding = Finding(
            code=code,
            severity=severity or entry.severity,
            scope=Scope.FILE if self.line is None else entry.scope,
            problem=problem,
            line=self.line,
            message_index=message_index,
            path=path,
            detail=detail or {},
            fix=entry.fix,
        )
        self._report.add(finding, times=times)

    def add_for_file(self, code: str, problem: str, *, detail: dict[str, Any] | None = None) -> None:
        """Report `code` about the file as a whole, whatever line is in hand."""
        line, self.line = self.line, None
        self.add(code, problem, detail=detail)
        self.line = line
