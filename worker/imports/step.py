"""One step of an import as a unit of work: claim, ask the upstream for a while, keep, and come back for the rest."""

from collections.abc import Callable

import structlog
from sqlmodel import Session

from shared import clock
from shared.errors import ServiceError
from shared.imports import progress, service
from shared.imports.source import Source
from shared.imports.tables import Import, ImportState, ImportStep, StepKind
from shared.outbox.claim import Claim
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from worker.imports.copying import copy_found
from worker.imports.inventory import MAX_OBJECTS, TooMuchError, take_inventory
from worker.imports.run import StepRun
from worker.pauses import growing_pause_seconds
from worker.providers.wire import note_key_refused, open_connection
from worker.task import Handler
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_MAX_FAILURES = 200
"""Busy answers in a row before a run is given up: some three hours at the longest pause."""
_LONGEST_UNIT_SECONDS = 3600.0
"""One large file may take this long; everything else ends with its slice."""
_STEPS: dict[str, Callable[[StepRun], bool]] = {StepKind.INVENTORY: take_inventory, StepKind.COPY: copy_found}


def import_step(unit: WorkUnit) -> None:
    """Go on with a step of an import."""
    with unit.database.reading() as session:
        step = service.find_step(session, unit.project_id, unit.subject_id)
        running = service.find_import(session, unit.project_id, step.import_id) if step else None
    if step is None or running is None or step.state != ImportState.RUNNING:
        with unit.finishing():
            return
    try:
        is_whole = _take(unit, step, running)
    except UpstreamTroubleError as trouble:
        _meet(unit, step, trouble)
    except TooMuchError:
        _fail(unit, step, "too_many_objects", f"The upstream lists more than {MAX_OBJECTS} objects.")
    except ServiceError as error:
        _fail(unit, step, error.code or "connection_unusable", error.message)
    else:
        _settle(unit, step, is_whole=is_whole)


def _take(unit: WorkUnit, step: ImportStep, running: Import) -> bool:
    """Whether the step is done."""
    with open_connection(unit, running.project_id, running.connection_id) as opened:
        try:
            return _STEPS[step.kind](StepRun(unit, step, running, Source(opened.client, opened.pacer)))
        except UpstreamTroubleError as trouble:
            if trouble.kind is TroubleKind.KEY_REFUSED:
                note_key_refused(unit, opened)
            raise


def _settle(unit: WorkUnit, step: ImportStep, *, is_whole: bool) -> None:
    if is_whole:
        with unit.finishing() as session:
            progress.end_step(session, step)
    else:
        with unit.deferring(due_at=clock.now(), blameless=True):
            pass


def _meet(unit: WorkUnit, step: ImportStep, trouble: UpstreamTroubleError) -> None:
    """Come back when the upstream may have recovered: at its own word, else after a growing pause."""
    if not trouble.will_pass:
        reason = "key_refused" if trouble.kind is TroubleKind.KEY_REFUSED else "upstream_refused"
        _fail(unit, step, reason, f"The upstream answered {trouble.status or 'so'}: {trouble.message}")
        return
    step.failures += 1
    if step.failures > _MAX_FAILURES:
        _fail(
            unit, step, "upstream_unavailable", f"It did not answer {_MAX_FAILURES} times in a row: {trouble.message}"
        )
        return
    pause = trouble.retry_after_seconds or growing_pause_seconds(step.failures)
    log.info("import.waits", seconds=pause, words=trouble.message)
    with unit.deferring(due_at=clock.now() + pause, error=str(trouble), blameless=True) as session:
        session.add(step)


def _fail(unit: WorkUnit, step: ImportStep, error_code: str, message: str) -> None:
    log.warning("import.failed", error_code=error_code)
    with unit.finishing() as session:
        progress.fail_step(session, step, error_code, message)


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    step = service.find_step(session, claim.project_id, claim.subject_id)
    if step is not None:
        told = f"The step could not be done, by a fault of the service ({claim.work_id}). Start the import again."
        progress.fail_step(session, step, "server_error", told)


IMPORT_STEP = Handler(run=import_step, give_up=_give_up, longest_seconds=_LONGEST_UNIT_SECONDS)
