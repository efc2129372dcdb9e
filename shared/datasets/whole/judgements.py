"""What a moderation service said of the rows of a stretch, as far as it has been asked. Plain data, without a text."""

# ruff: noqa: SLF001 - judgements are merged with each other
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from shared.datasets.collector import Collector
from shared.datasets.first_rows import FirstRows

MOST_ROWS = 10_000
"""Put to the service of one stretch, the first ones: each costs a request's share."""

BEYOND_LIMIT = f"Of each stretch of a file, only the first {MOST_ROWS:,} rows are judged."
_MOST_CATEGORIES = 50


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Judgements between two turns of whoever asks; as JSON in a row."""

    n_seen: int = 0
    n_judged: int = 0
    n_cut: int = 0
    n_flagged: int = 0
    flagged: list[tuple[int, list[str]]] = []
    "Line and categories of the first ones."
    categories: dict[str, int] = {}
    not_judged: dict[str, int] = {}
    given_up: str | None = None
    may_pass: bool = False


class Judgements:
    """Of the rows in their order, those up to `n_seen`: each was judged, or is not and counted with the reason."""

    def __init__(self, kept: Kept | None = None) -> None:
        kept = kept or Kept()
        self.n_seen = kept.n_seen
        self.n_cut = kept.n_cut
        self.given_up = kept.given_up
        "Why no further rows are sent."
        self.may_pass = kept.may_pass
        "Whether some rows may be judged later."
        self._n_judged = kept.n_judged
        self._categories = Counter(kept.categories)
        self._not_judged = Counter(kept.not_judged)
        "Rows by the reason why not."
        self._flagged: FirstRows[tuple[str, ...]] = FirstRows()
        for line, categories in kept.flagged:
            self._flagged.add(line, tuple(categories))
        self._flagged.count = kept.n_flagged

    def keep(self) -> Kept:
        return Kept(
            n_seen=self.n_seen,
            n_judged=self._n_judged,
            n_cut=self.n_cut,
            n_flagged=self._flagged.count,
            flagged=[(line, list(categories)) for line, categories in self._flagged],
            categories=dict(self._categories),
            not_judged=dict(self._not_judged),
            given_up=self.given_up,
            may_pass=self.may_pass,
        )

    def add(self, line: int, categories: Sequence[str]) -> None:
        """A row that was judged; it is flagged in these categories."""
        self.n_seen += 1
        self._n_judged += 1
        if categories:
            self._flagged.add(line, tuple(categories))
            self._categories.update(categories)

    def leave(self, reason: str, *, n_rows: int = 1) -> None:
        """Rows that are not judged, and why."""
        self.n_seen += n_rows
        self._not_judged[reason] += n_rows

    def merge(self, later: "Judgements", *, lines: int) -> None:
        """Add those of the stretch that follows after so many lines."""
        self.n_seen += later.n_seen
        self.n_cut += later.n_cut
        self.may_pass = self.may_pass or later.may_pass
        self._n_judged += later._n_judged
        self._categories.update(later._categories)
        self._not_judged.update(later._not_judged)
        self._flagged.merge(later._flagged, lines=lines)

    def report(self, found: Collector) -> None:
        self._flagged.report(
            found,
            "moderation_flagged",
            lambda categories: f"Moderation flags the row for {', '.join(categories)}; remove it unless it is wanted.",
            lambda categories: {"categories": list(categories)},
        )
        for reason, n_rows in self._not_judged.most_common():
            problem = f"Not judged by moderation: {n_rows:,} of {self.n_seen:,} rows. {reason}"
            found.add_for_file("moderation_incomplete", problem, detail={"n_rows": n_rows, "reason": reason})

    def describe(self) -> dict[str, Any]:
        """The section `moderation`: how many rows were judged, what was found, and why the rest is not known."""
        told = {
            "n_judged": self._n_judged,
            "n_flagged": self._flagged.count,
            "n_not_judged": self._not_judged.total(),
            "n_beyond_limit": self._not_judged[BEYOND_LIMIT],
            "n_cut": self.n_cut,
            "categories": dict(self._categories.most_common(_MOST_CATEGORIES)),
            "reasons": dict(self._not_judged.most_common()),
            "may_pass": self.may_pass,
        }
        return {"moderation": told}
