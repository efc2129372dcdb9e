"""Tokens of chat rows for a model of the own engine: rendered by its template, with the mask that training uses.

Works from the model's folder alone, so a data worker needs no torch. A model whose folder has not been prepared yet
(`shared.engine.convert.prepare_base`) cannot be counted here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.datasets.tokens.engine_tokenizer import load_engine_tokenizer
from shared.datasets.tokens.row_tokens import Estimate, RowTokens
from shared.engine.render import Rendered, render_example


class EngineRowCounter:
    """Counts sound chat rows; what the checks refuse raises KeyError, TypeError or AttributeError here."""

    def __init__(self, folder: Path) -> None:
        """Raises BaseModelUnavailableError."""
        self._tokenizer = load_engine_tokenizer(folder)
        self.is_exact = self._tokenizer.is_exact

    def render(self, row: Mapping[str, Any]) -> Rendered:
        """The ids the model will be trained on, and the loss mask.

        Raises ChatTemplateError when the model's template cannot show the row.
        """
        return render_example(self._tokenizer, row["messages"], tools=row.get("tools"))

    def count(self, row: Mapping[str, Any]) -> RowTokens:
        """Like `render`, counted."""
        counted = RowTokens.from_mask(self.render(row).trained)
        estimate = Estimate.NONE if self.is_exact else Estimate.MODEL
        return RowTokens(counted.total, counted.trained_spans, estimate)

    def text(self, ids: list[int]) -> str:
        """What `ids` stand for, special tokens included."""
        return self._tokenizer.decode(ids)
