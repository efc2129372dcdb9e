"""One row as the model will be trained on it: the text and the token ids, piece by piece, and which pieces it learns.

For an engine model these are the very ids of the training. For a hosted model it is the count made visible: how the
provider writes a conversation is not published, so marks have a number of tokens and no ids.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from shared.datasets.row import Row
from shared.datasets.tokens.counted import add_row, engine_chats, get_engine_counter
from shared.datasets.tokens.models import get_token_model
from shared.datasets.tokens.recorder import Piece, Recorder
from shared.datasets.tokens.target import TokenTarget
from shared.engine.render import Rendered

Decode = Callable[[list[int]], str]

_HOSTED_NOTE = (
    "How the provider writes a conversation is not published: the marks between texts are counted as its cookbook "
    "measured them, and have no ids here."
)
_ENGINE_NOTE = "These are the ids that the engine trains on."
_UNPREPARED_NOTE = (
    "The base model is not ready on this machine, so its own template and tokens cannot be shown yet; this is an "
    "estimate."
)


@dataclass(frozen=True)
class Segment:
    """A piece of a row. `kind` is `text`, `role`, `mark`, `tools` or `image`; the last three have no ids."""

    text: str
    tokens: list[int]
    n_tokens: int
    trained: bool
    kept: bool = True
    "False behind the model's limit."
    kind: str = "text"


@dataclass(frozen=True)
class RenderedRow:
    segments: list[Segment]
    total: int
    trained: int
    "Tokens learned, after truncation."
    truncated_at: int | None
    "The first token that is cut off, counted from 0; None for a row that fits."


@dataclass(frozen=True)
class Rendering:
    """A row; of a preference row the preferred conversation, and the rejected one beside it."""

    row: RenderedRow
    rejected: RenderedRow | None
    is_exact: bool
    note: str


def render_row(row: Row, target: TokenTarget) -> Rendering:
    """Show a sound row.

    For an engine model it raises ChatTemplateError, and KeyError, TypeError or AttributeError for content that the
    engine cannot train on.
    """
    if target.engine_folder is not None:
        counter = get_engine_counter(target.engine_folder)
        chats = [counter.render(chat) for chat in engine_chats(row)]
        shown = [_cut(_split(chat, counter.text), target.limit_tokens, counter.text) for chat in chats]
        return _rendering(shown, is_exact=counter.is_exact, note=_ENGINE_NOTE)
    recorder = Recorder(get_token_model(target.model))
    add_row(row, recorder)
    shown = [_cut(map(_segment, pieces), target.limit_tokens, recorder.decode) for pieces in recorder.rows()]
    note = _UNPREPARED_NOTE if target.is_engine else _HOSTED_NOTE
    return _rendering(shown, is_exact=recorder.is_exact, note=note)


def _rendering(shown: list[RenderedRow], *, is_exact: bool, note: str) -> Rendering:
    """Of a preference row the first is its prompt alone."""
    if len(shown) == 1:
        return Rendering(shown[0], None, is_exact, note)
    _prompt, preferred, rejected = shown
    return Rendering(preferred, rejected, is_exact, note)


def _segment(piece: Piece) -> Segment:
    return Segment(piece.text, piece.ids, piece.n_tokens, piece.is_trained, kind=piece.kind)


def _split(rendered: Rendered, decode: Decode) -> Iterator[Segment]:
    place = 0
    for is_trained, run in groupby(rendered.trained):
        ids = rendered.ids[place : (place := place + sum(1 for _ in run))]
        yield Segment(decode(ids), ids, len(ids), is_trained)


def _cut(segments: Iterable[Segment], limit: int | None, decode: Decode) -> RenderedRow:
    shown: list[Segment] = []
    total = 0
    for segment in segments:
        n_kept = segment.n_tokens if limit is None else max(0, min(segment.n_tokens, limit - total))
        total += segment.n_tokens
        shown += _parts(segment, n_kept, decode)
    trained = sum(segment.n_tokens for segment in shown if segment.trained and segment.kept)
    return RenderedRow(shown, total, trained, limit if limit is not None and total > limit else None)


def _parts(segment: Segment, n_kept: int, decode: Decode) -> list[Segment]:
    """A segment as it is, or the part before the cut and the part behind it."""
    if n_kept in {0, segment.n_tokens}:
        return [replace(segment, kept=bool(n_kept or not segment.n_tokens))]
    before, behind = segment.tokens[:n_kept], segment.tokens[n_kept:]
    return [
        replace(segment, text=decode(before), tokens=before, n_tokens=n_kept),
        replace(segment, text=decode(behind), tokens=behind, n_tokens=segment.n_tokens - n_kept, kept=False),
    ]
