"""Tokens of rows for one model: messages, tools and images, and which of them are learned."""

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from shared.datasets.tokens.fast import get_text_counter
from shared.datasets.tokens.messages import MESSAGE_TOKENS, ROLES, Turn, add_message
from shared.datasets.tokens.models import TokenModel
from shared.datasets.tokens.outline import Outline
from shared.datasets.tokens.row_tokens import Estimate, RowTokens
from shared.datasets.tokens.text import TextCounter
from shared.datasets.tokens.tool_schemas import ToolCounter

Row = Mapping[str, Any]

REPLY_TOKENS = 3
"""Open the reply. Counted first, so that a cut reaches the last answer first and none is called whole that is not."""


class RowCounter:
    """Counts rows by the rules of OpenAI's cookbook ("How to count tokens with tiktoken").

    Of a row that would not pass the checks, what cannot be read counts nothing; no row decoded from JSON raises.
    """

    def __init__(self, model: TokenModel, *, texts: TextCounter | None = None) -> None:
        self.model = model
        self.texts = texts or get_text_counter(model.encoding)
        self.tools = ToolCounter(self.texts, function_tokens=model.function_tokens)
        role_tokens = self.texts.count(ROLES)
        self.headers = {role: MESSAGE_TOKENS + n for role, n in zip(ROLES, role_tokens, strict=True)}
        """Tokens before the content of a message, by role."""

    def count(self, rows: Iterable[Row]) -> list[RowTokens]:
        """Tokens of each chat row."""
        batch = Batch(self)
        for row in rows:
            batch.add(row)
        return batch.measure()


class Batch:
    """Rows to be counted together, in the order in which they are added.

    A few hundred rows make a good batch: counting has a fixed cost of some 40 microseconds, and the batch holds the
    rows' texts until it is measured.
    """

    def __init__(self, counter: RowCounter) -> None:
        self._counter = counter
        self._texts: list[str] = []
        self._outlines: list[Outline] = []

    def __len__(self) -> int:
        return len(self._outlines)

    def add(self, row: Row) -> None:
        """Add a chat row as decoded from JSON."""
        outline = self._begin(row)
        self._add_messages(row.get("messages"), outline)
        outline.end_stretch(is_trained=False)

    def add_turns(self, turns: Iterable[Turn], untrained: Container[int] = ()) -> None:
        """Add a chat row without tools, each of whose messages is a known role and a text.

        `untrained` are the places of assistant messages that are not learned.
        """
        outline = self._begin({})
        for number, turn in enumerate(turns):
            outline.add_tokens(self._counter.headers[turn.role])
            if turn.role == "assistant" and number not in untrained:
                outline.end_stretch(is_trained=False)
                outline.add_text(turn.content)
                outline.end_stretch(is_trained=True)
            else:
                outline.add_text(turn.content)
        outline.end_stretch(is_trained=False)

    def add_continuation(self, prompt: Row, answer: object) -> None:
        """Add a chat row `prompt` with the messages `answer` behind it, of which only the answer is learned."""
        outline = self._begin(prompt)
        self._add_messages(prompt.get("messages"), outline, is_trainable=False)
        self._add_messages(answer, outline)
        outline.end_stretch(is_trained=False)

    def add_completion(self, prompt: str, completion: str) -> None:
        """Add a row of the format before chats, which has no tokens beside its texts."""
        outline = self._new_outline()
        outline.add_text(prompt)
        outline.end_stretch(is_trained=False)
        outline.add_text(completion)
        outline.end_stretch(is_trained=True)

    def measure(self) -> list[RowTokens]:
        """Tokens of each row added since the last measurement; the batch is empty afterwards."""
        totals = list(accumulate(self._counter.texts.count(self._texts), initial=0))
        measured = [outline.measure(totals) for outline in self._outlines]
        self._texts, self._outlines = [], []
        return measured

    def _begin(self, row: Row) -> Outline:
        outline = self._new_outline()
        outline.add_tokens(REPLY_TOKENS)
        if "tools" in row or "functions" in row:
            self._add_tools(row, outline)
        return outline

    def _new_outline(self) -> Outline:
        outline = self._make_outline()
        if not self._counter.model.is_known:
            outline.estimate = Estimate.MODEL
        self._outlines.append(outline)
        return outline

    def _make_outline(self) -> Outline:
        return Outline(self._texts)

    def _add_tools(self, row: Row, outline: Outline) -> None:
        tools = [tool.get("function") if isinstance(tool, dict) else None for tool in _listed(row.get("tools"))]
        functions = [*tools, *_listed(row.get("functions"))]
        if functions:
            outline.add_tokens(self._counter.tools.count(functions), "tools")
            outline.estimate |= Estimate.TOOLS

    def _add_messages(self, messages: object, outline: Outline, *, is_trainable: bool = True) -> None:
        headers, images = self._counter.headers, self._counter.model.images
        for message in _listed(messages):
            add_message(message, outline, headers=headers, images=images, is_trainable=is_trainable)


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []
