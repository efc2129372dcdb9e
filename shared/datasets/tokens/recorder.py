"""Counts rows as a batch does, and keeps what it counted: each text with its ids, each mark with its tokens.

One walk through a row serves counting and showing, so what is shown is what is counted. Knows no limits.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from shared.datasets.tokens.counting import Batch, RowCounter
from shared.datasets.tokens.messages import Turn, write_messages
from shared.datasets.tokens.models import TokenModel
from shared.datasets.tokens.outline import Outline
from shared.datasets.tokens.row_tokens import Estimate
from shared.datasets.tokens.text import ReferenceCounter
from shared.datasets.tokens.vocabulary import load_encoding


@dataclass(frozen=True)
class Piece:
    kind: str
    "What the outline was told: `text`, `role`, `mark`, `tools` or `image`."
    n_tokens: int
    text: str = ""
    ids: list[int] = field(default_factory=list)
    is_trained: bool = False


class Recorder(Batch):
    """Not for many rows: it tokenizes with the reference and keeps every id."""

    def __init__(self, model: TokenModel) -> None:
        self._encoding = load_encoding(model.encoding)
        self._reference = ReferenceCounter(self._encoding)
        counter = RowCounter(model, texts=self._reference)
        # Without headers counted beforehand, roles are texts like others, and have ids.
        counter.headers = {}
        super().__init__(counter)
        self._recorded: list[_RecordedOutline] = []

    @property
    def is_exact(self) -> bool:
        return all(outline.estimate is Estimate.NONE for outline in self._recorded)

    def rows(self) -> list[list[Piece]]:
        """The pieces of each sequence added, in reading order."""
        return [list(self._finish(outline)) for outline in self._recorded]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`; half a character becomes U+FFFD."""
        return self._encoding.decode(list(ids))

    def add_turns(self, turns: Iterable[Turn], untrained: Container[int] = ()) -> None:
        self.add({"messages": write_messages(turns, untrained)})

    def _make_outline(self) -> Outline:
        outline = _RecordedOutline(self._texts)
        self._recorded.append(outline)
        return outline

    def _finish(self, outline: "_RecordedOutline") -> Iterator[Piece]:
        for piece in outline.pieces:
            ids = self._reference.encode(piece.text)
            if ids or piece.n_tokens:
                yield replace(piece, ids=ids, n_tokens=piece.n_tokens + len(ids))


class _RecordedOutline(Outline):
    """An outline that remembers in which order texts and tokens came."""

    __slots__ = ("_n_ended", "pieces")

    def __init__(self, texts: list[str]) -> None:
        super().__init__(texts)
        self.pieces: list[Piece] = []
        self._n_ended = 0

    def add_text(self, text: str, what: str = "text") -> None:
        super().add_text(text, what)
        self.pieces.append(Piece(what, 0, text))

    def add_tokens(self, n_tokens: int, what: str = "mark") -> None:
        super().add_tokens(n_tokens, what)
        self.pieces.append(Piece(what, n_tokens))

    def end_stretch(self, *, is_trained: bool) -> None:
        super().end_stretch(is_trained=is_trained)
        for number in range(self._n_ended, len(self.pieces)):
            self.pieces[number] = replace(self.pieces[number], is_trained=is_trained)
        self._n_ended = len(self.pieces)
