"""Copying what was found, object by object, each whole or not at all. One that cannot be had stops no other."""

from collections.abc import Callable

from shared.imports import progress, service
from shared.imports.reasons import CannotCopyError
from shared.imports.tables import ImportedObject, ObjectKind
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from worker.imports import files, jobs, models
from worker.imports.run import StepRun

MAX_TRIES = 8
"""Times that one object may break off before the others go first; the next run tries it again."""
_BATCH = 20
_TRIES = "tries"
_COPIERS: dict[str, Callable[[StepRun, ImportedObject], None]] = {
    ObjectKind.FILE: files.copy_file,
    ObjectKind.JOB: jobs.copy_job,
    ObjectKind.CHECKPOINT: jobs.copy_checkpoint,
    ObjectKind.MODEL: models.copy_model,
}


def copy_found(run: StepRun) -> bool:
    """Copy while there is time; whether nothing is left. Raises UpstreamTroubleError that is no object's own."""
    while True:
        with run.unit.database.reading() as session:
            batch = service.list_to_copy(session, run.project_id, run.import_id, kinds=run.step.kinds, limit=_BATCH)
        if not batch:
            return True
        for imported in batch:
            if not run.has_time:
                return False
            _copy(run, imported)


def _copy(run: StepRun, imported: ImportedObject) -> None:
    try:
        _COPIERS[imported.kind](run, imported)
    except UpstreamTroubleError as trouble:
        if trouble.will_pass:
            _note_try(run, imported, trouble)
            raise
        if trouble.kind is TroubleKind.KEY_REFUSED:
            raise
        reason_code = "deleted_upstream" if trouble.kind is TroubleKind.MISSING else "refused_upstream"
        _give_up(run, imported, reason_code, f"The upstream answered {trouble.status}: {trouble.message}")
    except CannotCopyError as reason:
        _give_up(run, imported, reason.reason_code, reason.reason)


def _give_up(run: StepRun, imported: ImportedObject, reason_code: str, reason: str) -> None:
    with run.unit.progressing() as session:
        progress.mark_failed(session, imported, reason_code, reason)


def _note_try(run: StepRun, imported: ImportedObject, trouble: UpstreamTroubleError) -> None:
    """Count tries that broke off. That the upstream is away or asks for a pause is no object's failure."""
    if trouble.kind is not TroubleKind.UNKNOWN:
        return
    tries = int(imported.outcome.get(_TRIES, 0)) + 1
    with run.unit.progressing() as session:
        imported.outcome = {_TRIES: tries}
        if tries < MAX_TRIES:
            session.add(imported)
        else:
            words = f"{tries} tries in a row failed, the last one told: {trouble.message}"
            progress.mark_failed(session, imported, "upstream_unreliable", words)
