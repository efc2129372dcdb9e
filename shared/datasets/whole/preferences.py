"""Preference rows together: whether the outputs differ, and whether length alone tells the preferred one."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from collections import Counter
from collections.abc import Sequence
from math import log2

from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.watchers import Facts

_MIN_PAIRS = 20
_MAX_IDENTICAL_SHARE = 0.1
_MAX_LONGER_SHARE = 0.8
_MAX_MEDIAN_RATIO = 1.5
_STEPS = 20
"""Of the logarithm: ratios are kept to within 3.5 %."""

_LIMIT = 10 * _STEPS


class PreferenceLengths:
    def __init__(self) -> None:
        self._ratios: Counter[int] = Counter()
        "How often preferred outputs are so many times as long, as 20 times the binary logarithm."
        self._n_longer = 0

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        if row.rejected is None:
            return
        preferred, rejected = len(row.turns[-1].content), len(row.rejected.content)
        ratio = round(_STEPS * log2((preferred + 1) / (rejected + 1)))
        self._ratios[max(-_LIMIT, min(_LIMIT, ratio))] += 1
        self._n_longer += preferred > rejected

    def merge(self, later: "PreferenceLengths", _lines: int) -> None:
        self._ratios.update(later._ratios)
        self._n_longer += later._n_longer

    def finish(self, found: Collector, _facts: Facts) -> None:
        n_pairs = self._ratios.total()
        if n_pairs < _MIN_PAIRS:
            return
        median = 2 ** (sorted(self._ratios.elements())[n_pairs // 2] / _STEPS)
        share = self._n_longer / n_pairs
        if share > _MAX_LONGER_SHARE and median > _MAX_MEDIAN_RATIO:
            problem = (
                f"The preferred output is the longer one in {share:.0%} of the pairs, in the median {median:.1f} times "
                "as long; the model may learn length only."
            )
            found.add("dpo_length_bias", problem, detail={"share": round(share, 3), "median_ratio": round(median, 2)})


class IdenticalOutputs:
    """Says how bad rows with twice the same output are, once it is known how many there are."""

    def see_block(self, _rows: Sequence[Row], _lines: Sequence[int]) -> None:
        """The rows' checks have told."""

    def merge(self, _later: "IdenticalOutputs", _lines: int) -> None:
        """What is held is merged with the findings."""

    def finish(self, found: Collector, facts: Facts) -> None:
        count = found.held.counts["dpo_outputs_identical"]
        if count:
            is_common = count > _MAX_IDENTICAL_SHARE * facts.n_rows
            found.release("dpo_outputs_identical", Severity.ERROR if is_common else Severity.WARNING)
