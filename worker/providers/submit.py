"""Making a job's counterpart at its provider, once: copies of its files first, then the request, then its answer.

What the rows mean at each moment is told in shared/providers/submission.py.
"""

import structlog
from sqlmodel import Session

from shared import clock
from shared.connections.errors import ConnectionNotFoundError
from shared.connections.kinds import ConnectionState
from shared.jobs.failure import JobFailure
from shared.jobs.states import is_terminal
from shared.jobs.tables import Job
from shared.outbox.claim import Claim
from shared.providers import copies, submission
from shared.providers import service as providers
from shared.providers.failures import CONNECTION_GONE, KEY_REFUSED, describe_refusal, lost_track, never_settled
from shared.providers.submission import Found
from shared.providers.tables import ProviderJob, Submission
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from worker.heartbeat import Heartbeat
from worker.providers.wire import OpenConnection, note_answering, note_failing, note_key_refused, open_connection
from worker.task import Handler
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_COPY_PAUSE_SECONDS = 10.0
"Whoever finishes a copy wakes the jobs that wait for it; this is for a wake-up that came too early."
_TROUBLE_PAUSE_SECONDS = 5.0
_KEY_PAUSE_SECONDS = 30.0


def submit_job(unit: WorkUnit) -> None:
    """Take a job one step nearer to being at its provider: wait for a copy, send it, or look for what was sent."""
    with unit.database.reading() as session:
        found = providers.find_job_pair(session, unit.project_id, unit.subject_id)
    if found is None or found[1].submission in {Submission.SUBMITTED, Submission.REFUSED}:
        with unit.finishing():
            return
    job, row = found
    try:
        with open_connection(unit, unit.project_id, row.connection_id) as opened, Heartbeat(unit):
            if row.submission == Submission.READY:
                _send(unit, job, row, opened)
            else:
                _search(unit, job, row, opened)
    except ConnectionNotFoundError:
        _refuse(unit, job, CONNECTION_GONE)


def _send(unit: WorkUnit, job: Job, row: ProviderJob, opened: OpenConnection) -> None:
    if is_terminal(job.status) or opened.state == ConnectionState.REVOKED:
        _refuse(unit, job, KEY_REFUSED)
        return
    with unit.database.transaction() as session:
        there = copies.find_copies(session, job, connection_id=row.connection_id)
    if there.failure is not None:
        _refuse(unit, job, there.failure)
        return
    if not there.are_complete:
        with unit.deferring(due_at=clock.now() + _COPY_PAUSE_SECONDS, blameless=True):
            return
    training, validation = str(there.training), there.validation
    with unit.progressing() as session:
        submission.mark_submitting(session, unit.project_id, job.id, training_file=training, validation_file=validation)
    body = submission.request_body(job, row, training_file=training, validation_file=validation)
    try:
        created = opened.wire.create_job(body, idempotency_key=job.id)
    except UpstreamTroubleError as trouble:
        _settle_trouble(unit, job, opened, trouble)
        return
    with unit.finishing() as session:
        found = Found(created.id, created.created_at or clock.now())
        submission.mark_submitted(session, unit.project_id, job.id, found=found)
    note_answering(unit, opened)


def _settle_trouble(unit: WorkUnit, job: Job, opened: OpenConnection, trouble: UpstreamTroubleError) -> None:
    log.warning("provider.submit_trouble", kind=trouble.kind, status=trouble.status, code=trouble.code)
    match trouble.kind:
        case TroubleKind.UNREACHABLE | TroubleKind.RATE_LIMITED:
            note_failing(unit, opened, trouble.message)
            with unit.deferring(due_at=_after(trouble), error=str(trouble), blameless=True) as session:
                submission.mark_ready(session, unit.project_id, job.id, error=trouble.message)
        case TroubleKind.UNKNOWN:
            settle_seconds = unit.settings.provider_settle_seconds
            due_at = clock.now() + settle_seconds * submission.FIRST_SEARCH_SHARE
            with unit.deferring(due_at=due_at, error=str(trouble), blameless=True) as session:
                submission.mark_unknown(session, unit.project_id, job.id, error=trouble.message)
        case TroubleKind.KEY_REFUSED:
            note_key_refused(unit, opened)
            _refuse(unit, job, KEY_REFUSED)
        case _ if _has_lost_copies(unit, job, opened):
            with unit.deferring(due_at=clock.now(), error=str(trouble), blameless=True) as session:
                submission.mark_ready(session, unit.project_id, job.id, error=trouble.message, was_sent=True)
        case _:
            _refuse(unit, job, describe_refusal(trouble))


def _has_lost_copies(unit: WorkUnit, job: Job, opened: OpenConnection) -> bool:
    """Whether the refusal is because upstream deleted a file since we sent it; such a copy is then made again."""
    with unit.database.reading() as session:
        row = providers.get_provider_job(session, unit.project_id, job.id)
        sent = copies.list_sent(session, job, connection_id=opened.connection_id)
    if row.sends >= submission.MOST_SENDS:
        return False
    try:
        lost = [copy for copy in sent if not opened.wire.file_exists(str(copy.upstream_file_id))]
    except UpstreamTroubleError:
        return False
    with unit.database.transaction() as session:
        for copy in lost:
            copies.mark_lost(session, unit.project_id, copy.id)
    return bool(lost)


def _search(unit: WorkUnit, job: Job, row: ProviderJob, opened: OpenConnection) -> None:
    """Find out what became of a request whose answer never came."""
    settle_seconds = unit.settings.provider_settle_seconds
    if opened.state == ConnectionState.REVOKED:
        _wait_to_search(unit, job, due_at=clock.now() + _KEY_PAUSE_SECONDS, error="the key was refused")
        return
    with unit.database.reading() as session:
        taken = providers.list_taken_upstream_ids(session, row)
    try:
        found = submission.find_marked(opened.wire, job, row, taken=taken)
        _cancel_doubles(opened, found[1:])
    except UpstreamTroubleError as trouble:
        if trouble.kind is TroubleKind.KEY_REFUSED:
            note_key_refused(unit, opened)
        _wait_to_search(unit, job, due_at=_after(trouble), error=trouble.message)
        return
    if found:
        with unit.finishing() as session:
            submission.mark_submitted(session, unit.project_id, job.id, found=found[0])
        log.info("provider.job_found", upstream=found[0].id, sends=row.sends)
    elif not submission.is_settled(row, settle_seconds=settle_seconds):
        due_at = submission.next_search_at(row, settle_seconds=settle_seconds)
        _wait_to_search(unit, job, due_at=due_at, error=row.last_error or "the sender died")
    elif row.sends >= submission.MOST_SENDS:
        _refuse(unit, job, never_settled(row.sends))
    else:
        with unit.deferring(due_at=clock.now(), blameless=True) as session:
            submission.mark_ready(session, unit.project_id, job.id, error=row.last_error, was_sent=True)


def _cancel_doubles(opened: OpenConnection, doubles: list[Found]) -> None:
    for double in doubles:
        log.error("provider.double_cancelled", upstream=double.id)
        try:
            opened.wire.steer_job(double.id, "cancel")
        except UpstreamTroubleError as trouble:
            if trouble.will_pass or trouble.kind is TroubleKind.KEY_REFUSED:
                raise


def _wait_to_search(unit: WorkUnit, job: Job, *, due_at: float, error: str) -> None:
    with unit.deferring(due_at=due_at, error=error, blameless=True) as session:
        submission.mark_unknown(session, unit.project_id, job.id, error=error)


def _refuse(unit: WorkUnit, job: Job, failure: JobFailure) -> None:
    with unit.finishing() as session:
        submission.mark_refused(session, unit.project_id, job.id, failure)


def _after(trouble: UpstreamTroubleError) -> float:
    pause = trouble.retry_after_seconds
    return clock.now() + (_TROUBLE_PAUSE_SECONDS if pause is None else pause)


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    submission.mark_refused(session, claim.project_id, claim.subject_id, lost_track(claim.subject_id, claim.work_id))


SUBMIT_JOB = Handler(run=submit_job, give_up=_give_up, longest_seconds=900.0)
