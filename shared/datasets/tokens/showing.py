"""Use case: a row of a stored file as a model will be trained on it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from shared.datasets.one_row import read_first_rows, read_row
from shared.datasets.row import Format, Row
from shared.datasets.tokens.planning import plan_training
from shared.datasets.tokens.rendering import Rendering, render_row
from shared.datasets.tokens.target import TokenTarget
from shared.engine.errors import ChatTemplateError
from shared.errors import Kind, ServiceError
from shared.files.tables import File
from shared.settings import Settings
from shared.storage.protocol import ObjectStore

MAX_SHOWN_BYTES = 1 << 20
"""Of a line. Nobody reads a longer one, and tokenizing the worst that fits takes the API five seconds."""

_FIRST_ROWS = 5
_LINES_LOOKED_AT = 500
_MAX_CHUNKS = 8
"""Of a megabyte. The rows wanted are at the beginning; a file of giant lines is not read to its end for them."""


class RowNotRenderableError(ServiceError):
    """The model's own template cannot show the row, so a job with it would fail."""

    kind = Kind.UNPROCESSABLE
    code = "row_not_renderable"

    def __init__(self, message: str) -> None:
        super().__init__(message, param="model")


@dataclass(frozen=True)
class ShownRow:
    line: int
    format: Format
    target: TokenTarget
    rendering: Rendering


def show_row(
    store: ObjectStore, file: File, line: int, *, model: str, method: str | None, settings: Settings
) -> ShownRow:
    """Line `line`, from 1. No transaction may be open.

    Raises RowNotFoundError, RowInvalidError, RowNotRenderableError and ObjectNotFoundError.
    """
    max_line_bytes = min(settings.max_line_bytes, MAX_SHOWN_BYTES)
    row = read_row(store.iter_chunks(file.object_key), line, max_line_bytes=max_line_bytes, method=method)
    target = plan_training(model, settings=settings).tokens
    return show(line, row, target)


def show_first_rows(
    chunks: Iterable[bytes], target: TokenTarget, *, method: str | None, max_line_bytes: int
) -> Iterator[ShownRow | str]:
    """The first sound rows of a file, or why one cannot be shown. No more than the first megabytes are read."""
    lines = read_first_rows(
        islice(chunks, _MAX_CHUNKS),
        most=_FIRST_ROWS,
        most_lines=_LINES_LOOKED_AT,
        max_line_bytes=min(max_line_bytes, MAX_SHOWN_BYTES),
        method=method,
    )
    for line, row in lines:
        try:
            yield show(line, row, target)
        except RowNotRenderableError as error:
            yield error.message


def show(line: int, row: Row, target: TokenTarget) -> ShownRow:
    """Raises RowNotRenderableError."""
    try:
        return ShownRow(line, row.format, target, render_row(row, target))
    except ChatTemplateError as error:
        raise RowNotRenderableError(f"Line {line}: {error.message}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise RowNotRenderableError(
            f"Line {line}: the engine trains on text alone, and the row has other content, such as an image."
        ) from error
