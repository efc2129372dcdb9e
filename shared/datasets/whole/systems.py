"""System prompts: whether all rows have one, and whether it is the same."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.watchers import Facts
from shared.quoting import quote

_MAX_VARIANTS = 1_000
_KEPT_CHARS = 2_000
_COMPARED = 20
"""Variants looked at for slips; files with more write their prompts by a template."""

_MAX_EDIT_SHARE = 0.05
_MANY = 5
_MAX_REST_SHARE = 0.1
_ROLES = ("system", "developer")


class Systems:
    def __init__(self) -> None:
        self._n_without = 0
        self._variants: dict[str, int] = {}
        "How often each prompt stands, by its first 2,000 characters."
        self._n_more = 0
        "Rows with a prompt beyond those told apart."

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        if row.turns[0].role in _ROLES:
            self._count(row.turns[0].content[:_KEPT_CHARS], 1)
        else:
            self._n_without += 1

    def merge(self, later: "Systems", _lines: int) -> None:
        self._n_without += later._n_without
        self._n_more += later._n_more
        for text, count in later._variants.items():
            self._count(text, count)

    def finish(self, found: Collector, facts: Facts) -> None:
        n_with = sum(self._variants.values()) + self._n_more
        share = self._n_without / facts.n_rows if facts.n_rows else 0.0
        if not facts.n_rows:
            return
        if not n_with:
            found.add("system_prompt_missing_all", "No row has a system prompt; ask the model without one, too.")
        elif 0.01 <= share <= 0.99:  # noqa: PLR2004 - from one row in a hundred on
            problem = f"{self._n_without:,} of {facts.n_rows:,} rows have no system prompt; give all the same or none."
            found.add("system_prompt_missing_some", problem, detail={"share": round(share, 4)})
        if len(self._variants) > 1:
            self._report_variants(found)

    def _count(self, text: str, times: int) -> None:
        if text in self._variants or len(self._variants) < _MAX_VARIANTS:
            self._variants[text] = self._variants.get(text, 0) + times
        else:
            self._n_more += times

    def _report_variants(self, found: Collector) -> None:
        ranked = sorted(self._variants.items(), key=lambda item: -item[1])
        number = f"{len(ranked):,}" if not self._n_more else f"more than {len(ranked):,}"
        detail = {"variants": [{"text": text[:80], "count": count} for text, count in ranked[:_COMPARED]]}
        slip = _find_slip([text for text, _count in ranked]) if len(ranked) <= _COMPARED else None
        rest = sum(count for _text, count in ranked[len(ranked) // 2 :])
        problem, severity = f"There are {number} system prompts.", Severity.INFO
        if slip is not None:
            shown = " and ".join(quote(text, max_chars=40) for text in slip)
            problem, severity = f"Two system prompts differ by a few characters only: {shown}.", Severity.WARNING
        elif len(ranked) > _MANY and rest < _MAX_REST_SHARE * sum(self._variants.values()):
            problem = f"There are {number} system prompts, half of them in hardly any row; are they meant?"
            severity = Severity.WARNING
        found.add("system_prompt_variants", problem, severity=severity, detail=detail)


def _find_slip(texts: list[str]) -> tuple[str, str] | None:
    """Two texts of which one seems to be an accidental edit of the other, shown from where they differ."""
    for place, text in enumerate(texts):
        for other in texts[place + 1 :]:
            start, n_changed = _compare(text, other)
            if n_changed <= _MAX_EDIT_SHARE * max(len(text), len(other)):
                return text[start : start + 40], other[start : start + 40]
    return None


def _compare(one: str, other: str) -> tuple[int, int]:
    """Where two texts begin to differ, and the length of what is neither in a common beginning nor a common end."""
    shorter = min(len(one), len(other))
    start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    end = next((at for at in range(shorter - start) if one[-1 - at] != other[-1 - at]), shorter - start)
    return max(start - 10, 0), max(len(one), len(other)) - start - end
