"""The report on a file of this machine as a page, the same that the service shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cli.data.document import CheckRequest
from cli.data.files import read_chunks, written_file
from cli.data.tables import codes_of
from shared.datasets.page.page import show_report
from shared.datasets.tokens.planning import plan_training
from shared.datasets.tokens.showing import ShownRow, show_first_rows
from shared.settings import Settings


def write_page(path: Path, document: dict[str, Any], request: CheckRequest, settings: Settings) -> None:
    """Write the page of `document` to `path`, which is replaced. Raises OSError."""
    # The page's verdict is that of all files, as in the service's report.
    verdict = {kind: codes_of(document, kind) for kind in ("blocking", "warnings", "infos", "ignored")}
    rows = list(_show_rows(request, settings))
    page = show_report(document | {"verdict": verdict}, rows, filename=Path(request.name).name)
    with written_file(path, may_replace=True) as write:
        write(page.html.encode())


def _show_rows(request: CheckRequest, settings: Settings) -> Iterator[ShownRow | str]:
    if request.model is not None:
        target = plan_training(request.model, settings=settings).tokens
        chunks = read_chunks(request.path)
        yield from show_first_rows(chunks, target, method=request.method, max_line_bytes=settings.max_line_bytes)
