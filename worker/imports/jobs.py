"""Copying a job that has ended, with every event in its order, and the checkpoints it left."""

from typing import Any

from shared.imports import progress, service
from shared.imports.foreign import epoch_of, name_of, whole_of
from shared.imports.found import files_of_job
from shared.imports.history import metrics_of_checkpoint, past_events, past_job
from shared.imports.reasons import CannotCopyError
from shared.imports.tables import ImportedObject, ObjectKind, ObjectState
from shared.jobs import history
from shared.providers.trouble import UpstreamTroubleError
from worker.imports.run import StepRun

MAX_EVENTS = 100_000
"""Of one job: more than any training tells, and few enough to hold at once."""
_MOST_STEPS = 2**31 - 1
_NO_EVENTS = {403, 404, 405, 501}


def copy_job(run: StepRun, imported: ImportedObject) -> None:
    """Keep one job as history. Raises UpstreamTroubleError or CannotCopyError."""
    documents = _read_events(run, imported.upstream_id)
    events = past_events(documents)
    named = files_of_job(imported.document)
    with run.unit.database.reading() as session:
        known = service.find_local_ids(session, run.project_id, run.import_id, kind=ObjectKind.FILE, upstream_ids=named)
    past = past_job(
        imported.document,
        job_id=imported.local_id,
        connection_id=run.running.connection_id,
        local_files=known,
        events=events,
    )
    with run.unit.progressing() as session:
        history.record_job(
            session, run.project_id, organization_id=run.running.organization_id, past=past, events=events
        )
        progress.mark_copied(session, imported, {"events": len(events)})


def copy_checkpoint(run: StepRun, imported: ImportedObject) -> None:
    """Keep a checkpoint's step, metrics and name. Raises CannotCopyError while its job is not here."""
    document = imported.document
    step_number = whole_of(document, "step_number", most=_MOST_STEPS)
    model = name_of(document, "fine_tuned_model_checkpoint")
    if step_number is None or model is None:
        raise CannotCopyError("unreadable_upstream", "The upstream told neither its step nor its model's name.")
    with run.unit.database.reading() as session:
        job = service.find_by_upstream_id(
            session, run.project_id, run.import_id, kind=ObjectKind.JOB, upstream_id=imported.parent or ""
        )
    if job is None or job.state != ObjectState.COPIED:
        raise CannotCopyError("job_missing", f"Its job {imported.parent} could not be copied.")
    with run.unit.progressing() as session:
        history.record_checkpoint(
            session,
            run.project_id,
            checkpoint_id=imported.local_id,
            job_id=job.local_id,
            step_number=step_number,
            model_name=model,
            metrics=metrics_of_checkpoint(document),
            created_at=epoch_of(document, "created_at") or 0,
        )
        progress.mark_copied(session, imported, {"step_number": step_number})


def _read_events(run: StepRun, job_id: str) -> list[dict[str, Any]]:
    """Every event, newest first. An upstream without events has a job without a curve, which is better than none."""
    documents: list[dict[str, Any]] = []
    after: str | None = None
    first: str | None = None
    while len(documents) < MAX_EVENTS:
        try:
            page = run.source.events(job_id, after=after)
        except UpstreamTroubleError as trouble:
            if trouble.status in _NO_EVENTS and not documents:
                return []
            raise
        if page.first_id is None or page.first_id == first:
            return documents
        documents += page.objects
        if page.next_after is None:
            return documents
        after, first = page.next_after, page.first_id
        run.unit.keep_alive()
    return documents
