"""Use case: all that a page shows of a report, the report itself and the first rows as the model sees them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.datasets.pipeline import asking, service
from shared.datasets.pipeline.document import render_report
from shared.datasets.pipeline.policies import get_policies
from shared.datasets.pipeline.question import Question
from shared.datasets.pipeline.tables import CheckState
from shared.datasets.tokens.planning import plan_training
from shared.datasets.tokens.showing import ShownRow, show_first_rows
from shared.files import service as files
from shared.files.tables import File
from shared.resources import Resources


@dataclass(frozen=True)
class ReportView:
    filename: str
    document: dict[str, Any] | None
    "As `render_report` makes it; None while the check is under way."
    rows: list[ShownRow | str] = field(default_factory=list)
    "The first sound rows, or why one cannot be shown."
    share_done: float = 0.0


def view_report(resources: Resources, project_id: str, file_id: str, question: Question) -> ReportView:
    """Of a project's file; asking starts the check if nobody has. No transaction may be open.

    Raises what `asking.ask` raises.
    """
    with resources.database.transaction() as session:
        check = asking.ask(session, project_id, file_id, question, settings=resources.settings)
        file = files.get_file(session, project_id, file_id)
        if check.state != CheckState.SUCCEEDED:
            progress = service.measure_progress(session, check)
            return ReportView(file.filename, None, share_done=progress.bytes_done / max(1, progress.bytes_total))
        document = render_report(check, policies=get_policies(session, project_id))
    return ReportView(file.filename, document, rows=list(_show_rows(resources, file, question)))


def _show_rows(resources: Resources, file: File, question: Question) -> Iterator[ShownRow | str]:
    if question.model is None:
        return
    target = plan_training(question.model, settings=resources.settings).tokens
    yield from show_first_rows(
        resources.store.iter_chunks(file.object_key),
        target,
        method=question.method,
        max_line_bytes=resources.settings.max_line_bytes,
    )
