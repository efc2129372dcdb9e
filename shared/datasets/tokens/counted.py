"""Rows of every format counted for a target: what `TokenWatcher` asks for rows that are more than their turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from shared.datasets.row import Format, Row
from shared.datasets.tokens.counting import Batch, RowCounter
from shared.datasets.tokens.messages import write_messages
from shared.datasets.tokens.models import get_token_model
from shared.datasets.tokens.row_tokens import RowTokens
from shared.datasets.tokens.target import TokenTarget
from shared.engine.errors import ChatTemplateError

if TYPE_CHECKING:
    from shared.datasets.tokens.engine_rows import EngineRowCounter

_REASON_CHARS = 160


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A row as the sequences that are trained: one, or of a preference row one for each answer."""

    line: int
    sequences: tuple[RowTokens, ...]
    n_prompt_tokens: int = 0
    "What the sequences of a preference row have in common."
    refusal: str = ""
    "Why the model's template cannot show the row; it has no sequences then."


class Counter(Protocol):
    def count(self, rows: Sequence[tuple[int, Row]], /) -> list[CountedRow]:
        """Tokens of rows, each given with its line."""
        ...


@lru_cache(maxsize=4)
def get_row_counter(model: str) -> RowCounter:
    """One counter for each hosted model in a process."""
    return RowCounter(get_token_model(model))


@lru_cache(maxsize=2)
def get_engine_counter(folder: Path) -> "EngineRowCounter":
    """One counter for each engine model in a process. Raises BaseModelUnavailableError."""
    # Needs tokenizers and jinja2, which come with the engine; hosted models are counted without them.
    from shared.datasets.tokens.engine_rows import EngineRowCounter  # noqa: PLC0415

    return EngineRowCounter(folder)


def get_counter(target: TokenTarget) -> Counter:
    """Raises BaseModelUnavailableError when an engine model's folder cannot be read."""
    if target.engine_folder is not None:
        return EngineCounter(get_engine_counter(target.engine_folder))
    return HostedCounter(get_row_counter(target.model))


class HostedCounter:
    """By the rules that OpenAI's cookbook measured."""

    def __init__(self, counter: RowCounter) -> None:
        self._counter = counter

    def count(self, rows: Sequence[tuple[int, Row]], /) -> list[CountedRow]:
        batch = Batch(self._counter)
        sizes = [add_row(row, batch) for _line, row in rows]
        measured = iter(batch.measure())
        return [
            _counted(line, [next(measured) for _ in range(size)])
            for (line, _row), size in zip(rows, sizes, strict=True)
        ]


class EngineCounter:
    """By the model's own template and tokenizer, with the mask that training uses."""

    def __init__(self, counter: "EngineRowCounter") -> None:
        self._counter = counter

    def count(self, rows: Sequence[tuple[int, Row]], /) -> list[CountedRow]:
        return [self._count(line, row) for line, row in rows]

    def _count(self, line: int, row: Row) -> CountedRow:
        try:
            return _counted(line, [self._counter.count(chat) for chat in engine_chats(row)])
        except ChatTemplateError as error:
            return CountedRow(line, (), refusal=error.message[:_REASON_CHARS])
        except (KeyError, TypeError, AttributeError):
            # Content that is no text, such as an image: the engine's reader refuses it in the same way.
            return CountedRow(line, (), refusal="It has content that the engine cannot train on, such as an image.")


def engine_chats(row: Row) -> list[dict[str, Any]]:
    """The chats that the engine renders of a row: of a preference row its prompt and the prompt with each answer."""
    if row.format is Format.PREFERENCE and row.value is not None:
        given: dict[str, Any] = row.value["input"]
        prompt = [
            message | {"weight": 0} if message["role"] == "assistant" else message for message in given["messages"]
        ]
        answers: list[list[Any]] = [[], row.value["preferred_output"], row.value["non_preferred_output"]]
        return [given | {"messages": prompt + answer} for answer in answers]
    if row.value is not None and "messages" in row.value:
        return [row.value]
    return [{"messages": write_messages(row.turns, row.untrained)}]


def add_row(row: Row, batch: Batch) -> int:
    """Add the sequences of a row of any format; how many there are: for a preference row its prompt comes first."""
    if row.format is Format.COMPLETION:
        batch.add_completion(row.turns[0].content, row.turns[1].content)
    elif row.value is None:
        batch.add_turns(row.turns, row.untrained)
    elif row.format is Format.PREFERENCE:
        batch.add(row.value["input"])
        batch.add_continuation(row.value["input"], row.value["preferred_output"])
        batch.add_continuation(row.value["input"], row.value["non_preferred_output"])
        return 3
    elif row.format is Format.REINFORCEMENT:
        batch.add_continuation(row.value, [])
    else:
        batch.add(row.value)
    return 1


def _counted(line: int, measured: list[RowTokens]) -> CountedRow:
    if len(measured) == 1:
        return CountedRow(line, (measured[0],))
    prompt, *answers = measured
    return CountedRow(line, tuple(answers), n_prompt_tokens=prompt.total)
