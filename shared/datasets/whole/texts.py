"""Takes every row through the checks of texts, and decides at the end on what counts only if many rows have it."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.glance import choose_checks
from shared.datasets.texts.repetition import Repetitions
from shared.datasets.watchers import Facts

_MANY_REFUSALS = 0.1
_MANY_PHRASES = 0.02
_USUAL_ENDS = 0.1
_LEGACY_EDGES = 0.9


class Texts:
    def __init__(self) -> None:
        self._repetitions = Repetitions()

    def see(self, row: Row, line: int, _raw: bytes, found: Collector) -> None:
        for check in choose_checks(row.said()):
            check.check(row, found)
        self._repetitions.note(row, line)

    def merge(self, later: "Texts", lines: int) -> None:
        """What is held is merged with the findings."""
        self._repetitions.merge(later._repetitions, lines)

    def finish(self, found: Collector, facts: Facts) -> None:
        shares = {code: count / facts.n_rows for code, count in found.held.counts.items() if facts.n_rows}
        if share := shares.get("refusals"):
            found.release("refusals", Severity.WARNING if share > _MANY_REFUSALS else Severity.INFO)
        if shares.get("boilerplate", 0.0) > _MANY_PHRASES:
            found.release("boilerplate", Severity.WARNING)
        # Where many answers end without a full stop, that is how answers end.
        if 0.0 < shares.get("answer_maybe_truncated", 0.0) < _USUAL_ENDS:
            found.release("answer_maybe_truncated", Severity.WARNING)
        self._repetitions.report(found)
        self._finish_edges(shares.get("answer_edge_whitespace", 0.0), found)

    def _finish_edges(self, share: float, found: Collector) -> None:
        if share >= _LEGACY_EDGES:
            problem = "Nearly all answers begin or end with white space, as older formats wanted; strip them all."
            found.add_for_file("answer_edge_whitespace", problem, detail={"share": round(share, 3)})
        elif share:
            found.release("answer_edge_whitespace", Severity.WARNING)
