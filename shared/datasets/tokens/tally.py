"""What counting adds up to over a file: totals, spreads, and which rows lose what to the model's limit.

Of bounded size, and merged in the order of the file. Knows neither tokenizer nor texts.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import repeat
from operator import or_
from typing import Any

from shared.datasets.distribution import Distribution
from shared.datasets.first_rows import FirstRows
from shared.datasets.tokens.counted import CountedRow
from shared.datasets.tokens.extremes import Extremes
from shared.datasets.tokens.plain_rows import PlainColumns
from shared.datasets.tokens.row_tokens import Estimate
from shared.datasets.tokens.truncation import Cut, cut

_FEWEST_TRAINED = 2


@dataclass(frozen=True, slots=True)
class LostTokens:
    """What the limit takes from a row. `tokens` are those of its longest sequence."""

    tokens: int
    trained: int
    trained_kept: int


class Tally:
    def __init__(self, limit_tokens: int | None) -> None:
        self._limit = limit_tokens
        self.rows = Distribution()
        self.answers = Distribution()
        self.row_extremes = Extremes()
        self.answer_extremes = Extremes()
        self.trained = 0
        self.kept = 0
        "Tokens that are trained on once in an epoch: those of rows and prompts, after truncation."
        self.kept_prompts = 0
        "Tokens of prompts that preference rows are trained on twice: billed once or twice, nobody says."
        self.trained_kept = 0
        self.truncated: dict[str, FirstRows[LostTokens]] = {}
        "Rows that lose something, by code."
        self.too_short: FirstRows[int] = FirstRows()
        self.refused: FirstRows[str] = FirstRows()
        self.estimates: Counter[Estimate] = Counter()
        "Rows by why their count is an estimate."

    def add_plain(self, groups: Iterable[PlainColumns]) -> None:
        """Add rows that were counted as columns."""
        totals: list[int] = []
        lines: list[int] = []
        answers: list[int] = []
        answer_lines: list[int] = []
        for columns in groups:
            totals += columns.totals
            lines += columns.lines
            for column in columns.answers():
                answers += column
                answer_lines += columns.lines
            self._add_estimate(columns.estimate, n_rows=len(columns.lines))
            self._cut_plain(columns)
        self._add_sizes(totals, lines)
        self._add_answers(answers, answer_lines)
        self.trained += sum(answers)

    def add(self, rows: Iterable[CountedRow], *, wants_answers: bool) -> None:
        """Add rows of any format; `wants_answers` where a row that teaches next to nothing is worth telling."""
        sizes: list[int] = []
        lines: list[int] = []
        answers: list[int] = []
        answer_lines: list[int] = []
        for row in rows:
            if row.refusal:
                self.refused.add(row.line, row.refusal)
                continue
            spans = [end - start for sequence in row.sequences for start, end in sequence.trained_spans]
            sizes.append(sum([sequence.total for sequence in row.sequences]) - row.n_prompt_tokens)
            lines.append(row.line)
            answers += spans
            answer_lines += repeat(row.line, len(spans))
            if wants_answers and sum(spans) < _FEWEST_TRAINED:
                self.too_short.add(row.line, sum(spans))
            self._add_estimate(reduce(or_, [sequence.estimate for sequence in row.sequences]), n_rows=1)
            self._cut(row)
        self._add_sizes(sizes, lines)
        self._add_answers(answers, answer_lines)
        self.trained += sum(answers)

    def merge(self, later: "Tally", *, lines: int) -> None:
        """Add the tally of the stretch that follows after so many lines."""
        for name in ("trained", "kept", "kept_prompts", "trained_kept"):
            setattr(self, name, getattr(self, name) + getattr(later, name))
        self.rows.merge(later.rows)
        self.answers.merge(later.answers)
        self.row_extremes.merge(later.row_extremes, lines=lines)
        self.answer_extremes.merge(later.answer_extremes, lines=lines)
        for code, rows in later.truncated.items():
            self.truncated.setdefault(code, FirstRows()).merge(rows, lines=lines)
        self.too_short.merge(later.too_short, lines=lines)
        self.refused.merge(later.refused, lines=lines)
        self.estimates.update(later.estimates)

    def estimate_reasons(self) -> dict[str, int]:
        """Rows by the name of the reason why their count is an estimate."""
        return {(reason.name or "").lower(): count for reason, count in self.estimates.items() if count}

    def truncated_to_dict(self) -> dict[str, Any]:
        """How many rows are cut, and the first of them."""
        over = self.truncated.get("example_over_token_limit", FirstRows())
        partly, wholly = (
            self.truncated.get(code, FirstRows()).count
            for code in ("example_answer_partly_truncated", "example_answer_truncated")
        )
        return {
            "n_rows": over.count,
            "n_losing_part": partly,
            "n_losing_answer": wholly,
            "rows": [
                {"line": line, "tokens": lost.tokens, "trained": lost.trained, "trained_kept": lost.trained_kept}
                for line, lost in over
            ],
        }

    def _add_sizes(self, totals: list[int], lines: list[int]) -> None:
        self.rows.add(totals)
        self.row_extremes.add(totals, lines)

    def _add_answers(self, tokens: list[int], lines: list[int]) -> None:
        self.answers.add(tokens)
        self.answer_extremes.add(tokens, lines)

    def _add_estimate(self, estimate: Estimate, *, n_rows: int) -> None:
        for reason in estimate:
            self.estimates[reason] += n_rows

    def _cut_plain(self, columns: PlainColumns) -> None:
        if self._limit is None or max(columns.totals) <= self._limit:
            self.kept += sum(columns.totals)
            self.trained_kept += sum(map(sum, columns.answers()))
            return
        for number, line in enumerate(columns.lines):
            self._cut(CountedRow(line, (columns.row(number),)))

    def _cut(self, row: CountedRow) -> None:
        cuts = [cut(sequence, self._limit) for sequence in row.sequences]
        n_prompt = min(row.n_prompt_tokens, self._limit or row.n_prompt_tokens)
        self.kept += sum(part.kept for part in cuts) - n_prompt
        self.kept_prompts += n_prompt
        self.trained_kept += sum(part.trained_kept for part in cuts)
        codes = {code for part in cuts for code in part.codes}
        if codes:
            self._note_loss(row.line, cuts, codes)

    def _note_loss(self, line: int, cuts: list[Cut], codes: set[str]) -> None:
        # Of two answers that suffer differently, the worse is told.
        if "example_answer_truncated" in codes:
            codes.discard("example_answer_partly_truncated")
        lost = LostTokens(
            tokens=max(part.total for part in cuts),
            trained=sum(part.trained for part in cuts),
            trained_kept=sum(part.trained_kept for part in cuts),
        )
        for code in codes:
            self.truncated.setdefault(code, FirstRows()).add(line, lost)
