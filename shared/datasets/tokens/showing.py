"""Use case: a row of a stored file as a model will be trained on it."""

from dataclasses import dataclass

from shared.datasets.one_row import read_row
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
