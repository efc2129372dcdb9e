"""Goes along with a check and counts the tokens of every row, as the model that will be trained on them counts.

Rows are counted in batches of about a megabyte, in the process that reads them.
"""

# ruff: noqa: SLF001 - watchers of a kind are merged
from typing import Any

from shared.datasets.collector import Collector
from shared.datasets.row import Format, Row
from shared.datasets.tokens.counted import get_counter, get_row_counter
from shared.datasets.tokens.estimate import estimate
from shared.datasets.tokens.plain_rows import PlainRows
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.reporting import report_tokens
from shared.datasets.tokens.tally import Tally
from shared.datasets.tokens.target import TokenTarget
from shared.datasets.watchers import Facts

_BATCH_BYTES = 1 << 20
"""Held of the file until it is counted."""


class TokenWatcher:
    """Make one for each stretch: `partial(TokenWatcher, plan.tokens, plan)` as an `extra` of the check."""

    def __init__(self, target: TokenTarget, plan: TrainingPlan | None = None) -> None:
        """With a `plan` for the same target, what the training will take is told as well."""
        self._target = target
        self._plan = plan
        self._tally = Tally(target.limit_tokens)
        self._plain = PlainRows()
        self._others: list[tuple[int, Row]] = []
        self._n_held_bytes = 0
        self._takes_plain = target.engine_folder is None

    def see(self, row: Row, line: int, raw: bytes, _found: Collector) -> None:
        if self._takes_plain and row.value is None:
            self._plain.add(line, row)
        else:
            self._others.append((line, row))
        self._n_held_bytes += len(raw)
        if self._n_held_bytes >= _BATCH_BYTES:
            self._count()

    def merge(self, later: "TokenWatcher", lines: int) -> None:
        self._count()
        later._count()
        self._tally.merge(later._tally, lines=lines)

    def finish(self, found: Collector, facts: Facts) -> None:
        self._count()
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

    def __getstate__(self) -> dict[str, Any]:
        """Counted before it travels: the process that read the rows pays for them, and their texts stay there."""
        self._count()
        return self.__dict__

    def _count(self) -> None:
        if self._takes_plain:
            for columns in self._plain.count(get_row_counter(self._target.model)):
                self._tally.add_plain(columns)
        if self._others:
            is_trained = self._target.engine_folder is not None
            for counted, (_line, row) in zip(get_counter(self._target).count(self._others), self._others, strict=True):
                self._tally.add(counted, wants_answers=is_trained and row.format is not Format.REINFORCEMENT)
        self._others, self._n_held_bytes = [], 0
