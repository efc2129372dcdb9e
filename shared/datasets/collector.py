"""Where a check puts what it finds: it names code and problem, the rest comes from the table of codes."""

from typing import Any, Protocol

from shared.datasets.codes import CODES, Scope, Severity
from shared.datasets.finding import Finding
from shared.datasets.report import SAMPLES_PER_CODE, Report

FINDINGS_PER_CODE = 100_000
"""Told one by one to a listener; further ones are only counted."""


class Listener(Protocol):
    """Hears of every finding, where a report keeps the first ones."""

    def __call__(self, finding: Finding, /, *, times: int, is_held: bool) -> None: ...


class Collector:
    """Adds findings about the line in hand to a report. `line` is set by whoever reads the lines."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.held = Report()
        "Findings that count only if they are many, or few: decided when the file has been read."
        self.line: int | None = None
        self.places: tuple[tuple[str, str], ...] = ()
        "Where the parts of a chat row stand in a row of another format, as (`/messages`, `/input/messages`)."
        self.listener: Listener | None = None
        "Set while somebody listens; it does not travel with a stretch."
        self.released: dict[str, Severity] = {}
        "Codes whose held findings turned out to count."

    @property
    def n_errors(self) -> int:
        return self._report.n_errors

    @property
    def n_found(self) -> int:
        """Findings of any severity."""
        return self._report.counts.total()

    @property
    def capacity(self) -> int:
        """How many findings of a code are worth telling one by one; the last of them stands for the rest."""
        return SAMPLES_PER_CODE if self.listener is None else FINDINGS_PER_CODE

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
            scope=Scope.FILE if self.line is None and entry.scope is Scope.EXAMPLE else entry.scope,
            problem=problem,
            line=self.line,
            message_index=message_index,
            path=self._place(path),
            detail=detail or {},
            fix=entry.fix,
        )
        self._report.add(finding, times=times)
        if self.listener is not None:
            self.listener(finding, times=times, is_held=self._report is self.held)

    def hold(self, code: str, problem: str, *, message_index: int | None = None, path: str = "") -> None:
        """Keep `code` until it is known how many rows have it."""
        report, self._report = self._report, self.held
        self.add(code, problem, message_index=message_index, path=path)
        self._report = report

    def merge(self, later: "Collector") -> None:
        """Add what was found in the stretch that follows."""
        self.held.n_lines, self.held.bytes_read = self._report.n_lines, self._report.bytes_read
        self.held.merge(later.held)
        self._report.merge(later._report)  # noqa: SLF001 - of its own kind

    def release(self, code: str, severity: Severity) -> None:
        """Report all that was held of `code`, at `severity`."""
        self.released[code] = severity
        self._report.take(code, self.held, severity=severity)

    def add_for_file(
        self, code: str, problem: str, *, severity: Severity | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        """Report `code` about the file as a whole, whatever line is in hand."""
        line, self.line = self.line, None
        self.add(code, problem, severity=severity, detail=detail)
        self.line = line

    def add_at(self, line: int, code: str, problem: str, *, times: int = 1, **more: Any) -> None:
        """Report `code` about a line read before; `more` as for `add`."""
        here, self.line = self.line, line
        self.add(code, problem, times=times, **more)
        self.line = here

    def _place(self, path: str) -> str:
        for written, meant in self.places:
            if path.startswith(written):
                return meant + path[len(written) :]
        return path
