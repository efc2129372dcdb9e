"""Making an upstream's tuned model answer here, through its connection and under its own name, as long as it lives."""

from sqlmodel import Session

from shared.connections import service as connections
from shared.imports import progress, service
from shared.imports.foreign import name_of, text_of, whole_of
from shared.imports.reasons import CannotCopyError
from shared.imports.tables import ImportedObject, ObjectKind
from shared.models import service as models
from shared.providers.trouble import UpstreamTroubleError
from worker.imports.run import StepRun

_GONE = {404, 410}
_MOST_STEPS = 2**31 - 1


def copy_model(run: StepRun, imported: ImportedObject) -> None:
    """Register one model. Raises CannotCopyError when the upstream no longer has it."""
    document = _look_up(run, imported) if imported.document.get("is_final") else {}
    with run.unit.database.reading() as session:
        job = service.find_by_upstream_id(
            session, run.project_id, run.import_id, kind=ObjectKind.JOB, upstream_id=imported.parent or ""
        )
    base = name_of(imported.document, "base") or _base_of(job, imported.upstream_id)
    with run.unit.progressing() as session:
        models.register_model(
            session,
            run.project_id,
            name=imported.local_id,
            base=base,
            job_id="" if job is None else job.local_id,
            step_number=whole_of(imported.document, "step_number", most=_MOST_STEPS) or 0,
            adapter_prefix="",
            connection_id=run.running.connection_id,
            upstream_name=imported.upstream_id,
            created_at=imported.upstream_created_at,
        )
        if _is_same_upstream(session, run, imported.local_id):
            models.relink_model(
                session,
                run.project_id,
                name=imported.local_id,
                connection_id=run.running.connection_id,
                upstream_name=imported.upstream_id,
            )
        outcome = {"base": base, "shutdown_date": text_of(document, "shutdown_date")}
        progress.mark_copied(session, imported, outcome)


def _is_same_upstream(session: Session, run: StepRun, name: str) -> bool:
    """Whether the name leads where this import comes from, or nowhere any more.

    An upstream calls its models what it likes: one that lists another's name must not get what is asked of that one.
    """
    model = models.find_model(session, run.project_id, name)
    if model is None or model.connection_id is None:
        return False
    old = connections.find_connection(session, run.project_id, model.connection_id)
    new = connections.find_connection(session, run.project_id, run.running.connection_id)
    return old is None or (new is not None and new.base_url == old.base_url)


def _look_up(run: StepRun, imported: ImportedObject) -> dict[str, object]:
    try:
        return run.source.model(imported.upstream_id)
    except UpstreamTroubleError as trouble:
        if trouble.status in _GONE:
            told = "The upstream no longer has it: it was deleted, or its base was shut down."
            raise CannotCopyError("model_gone", told) from trouble
        raise


def _base_of(job: ImportedObject | None, name: str) -> str:
    told = None if job is None else name_of(job.document, "model")
    return told or name.removeprefix("ft:").partition(":")[0] or name
