"""Goes along with a check and counts the tokens of every row, as the model that will be trained on them counts.

Rows are counted a block at a time, in the process that reads them: their texts stay there.
"""

# ruff: noqa: SLF001 - watchers of a kind are merged
from collections.abc import Sequence
from itertools import compress
from typing import Any

from shared.datasets.collector import Collector
from shared.datasets.row import Format, Row
from shared.datasets.tokens.counted import CountedRow, get_counter, get_row_counter
from shared.datasets.tokens.estimate import estimate
from shared.datasets.tokens.plain_rows import PlainRows, count_plain
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.reporting import report_tokens
from shared.datasets.tokens.tally import Tally
from shared.datasets.tokens.target import TokenTarget
from shared.datasets.watchers import Facts


class TokenWatcher:
    """Make one for each stretch: `partial(TokenWatcher, plan.tokens, plan)` as an `extra` of the check."""

    def __init__(self, target: TokenTarget, plan: TrainingPlan | None = None) -> None:
        """With a `plan` for the same target, what the training will take is told as well."""
        self._target = target
        self._plan = plan
        self._tally = Tally(target.limit_tokens)
        self._takes_plain = target.engine_folder is None

    def see_block(self, rows: Sequence[Row], lines: Sequence[int]) -> None:
        plain, others = self._part(rows, lines)
        if plain.rows:
            self._tally.add_plain(count_plain(plain, get_row_counter(self._target.model)))
        if others:
            self._add_others(others)

    def merge(self, later: "TokenWatcher", lines: int) -> None:
        self._tally.merge(later._tally, lines=lines)

    def finish(self, found: Collector, facts: Facts) -> None:
        report_tokens(self._tally, self._target, found)
        if self._plan is not None and self._tally.rows.count:
            told = estimate(self.describe(facts), self._plan)
            found.add("cost_estimate", told["explanation"], detail=told)

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """The section `tokens`; per row and per answer `{min, median, mean, p95, max}`, all in tokens.

        A preference row counts its prompt once and both answers. `kept` and `trained_kept` are what the model's limit
        leaves; one epoch trains on `kept`, and on `kept_prompts` again, which a provider may bill or not.
        """
        tally, target = self._tally, self._target
        reasons = tally.estimate_reasons()
        return {
            "tokens": {
                "model": target.model,
                "tokenizer": target.tokenizer,
                "is_exact": not reasons,
                "estimate_reasons": list(reasons),
                "limit_tokens": target.limit_tokens,
                "n_rows": tally.rows.count,
                "total": tally.rows.sum,
                "kept": tally.kept,
                "kept_prompts": tally.kept_prompts,
                "trained": tally.trained,
                "trained_kept": tally.trained_kept,
                "per_row": tally.rows.to_dict(),
                "per_answer": tally.answers.to_dict(),
                "histogram": tally.rows.histogram(),
                "truncated": tally.truncated_to_dict(),
            }
        }

    def _add_others(self, others: list[tuple[int, Row]]) -> None:
        answered: list[CountedRow] = []
        unanswered: list[CountedRow] = []
        for counted, (_line, row) in zip(get_counter(self._target).count(others), others, strict=True):
            (unanswered if row.format is Format.REINFORCEMENT else answered).append(counted)
        self._tally.add(answered, wants_answers=self._target.engine_folder is not None)
        self._tally.add(unanswered, wants_answers=False)

    def _part(self, rows: Sequence[Row], lines: Sequence[int]) -> tuple[PlainRows, list[tuple[int, Row]]]:
        """Those that are nothing but their turns and weights, and all others."""
        if not self._takes_plain:
            return PlainRows([], []), list(zip(lines, rows, strict=True))
        plain = [row.value is None for row in rows]
        others = [(line, row) for line, row in zip(lines, rows, strict=True) if row.value is not None]
        return PlainRows(list(compress(rows, plain)), list(compress(lines, plain))), others
