"""A recording as a unit of work: wait for its model, choose its prompts, ask, and lay the answers down as a file."""

from collections.abc import Iterator

import structlog
from sqlmodel import Session

from shared import clock
from shared.datasets.lineage import record_derivation
from shared.datasets.tables import DerivationKind
from shared.errors import ServiceError
from shared.files import service as files
from shared.files.service import ReceivedFile
from shared.files.tables import Purpose
from shared.ids import Prefix
from shared.jobs import service as jobs
from shared.jobs.states import JobStatus, is_terminal
from shared.outbox.claim import Claim
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from shared.recordings import progress, service
from shared.recordings.labels import training_lines
from shared.recordings.prompts import Prompt, draw, read_prompts
from shared.recordings.tables import AnswerState, RecordedAnswer, Recording, RecordingPrompt, RecordingState
from shared.storage.protocol import StoredObject
from worker.pauses import growing_pause_seconds
from worker.recordings.asker import open_asker
from worker.recordings.asking import Asking
from worker.task import Handler
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_LOOK_AGAIN_SECONDS = 5.0
_MAX_FAILURES = 200
"""Troubled rounds in a row before a recording is given up: some three hours at the longest pause."""
_ROWS = 200
_LONGEST_UNIT_SECONDS = 1800.0
"""A slice of asking ends by itself; this bounds the last answers on their way, and the writing of the file."""


def record_answers(unit: WorkUnit) -> None:
    """Go on with a recording."""
    with unit.database.reading() as session:
        recording = service.find_recording(session, unit.project_id, unit.subject_id)
    if recording is None or progress.is_over(recording):
        with unit.finishing():
            return
    if not _is_ready(unit, recording):
        with unit.deferring(due_at=clock.now() + _LOOK_AGAIN_SECONDS, blameless=True):
            return
    if progress.is_over(recording):
        return
    try:
        _go_on(unit, recording)
    except UpstreamTroubleError as trouble:
        _meet(unit, recording, trouble)
    except ServiceError as error:
        _fail(unit, recording, error.code or "model_unusable", error.message)


def _is_ready(unit: WorkUnit, recording: Recording) -> bool:
    """Whether the model is made and the prompts to repeat are chosen. A model that will never be ends the recording."""
    with unit.database.reading() as session:
        job = jobs.find_job(session, unit.project_id, recording.job_id) if recording.job_id else None
        followed = service.find_recording(session, unit.project_id, recording.follows) if recording.follows else None
    if recording.state == RecordingState.WAITING:
        if job is not None and not is_terminal(job.status):
            return False
        if job is None or job.status != JobStatus.SUCCEEDED:
            _fail(unit, recording, "model_not_made", "The job that was to make the model did not succeed.")
            return True
        with unit.progressing() as session:
            progress.start(session, recording)
    return followed is None or followed.n_prompts is not None or progress.is_over(followed)


def _go_on(unit: WorkUnit, recording: Recording) -> None:
    if recording.n_prompts is None:
        prompts = _choose(unit, recording)
        with unit.progressing() as session:
            progress.keep_prompts(session, recording, prompts)
    with open_asker(unit, recording.model) as asker:
        asking = Asking(unit, recording, asker)
        is_done = asking.run()
    if not is_done:
        pause = _LOOK_AGAIN_SECONDS if asking.waits_for_others else 0.0
        with unit.deferring(due_at=clock.now() + pause, blameless=True):
            return
    _end(unit, recording, ended_by="budget" if asking.is_spent else "answers")


def _choose(unit: WorkUnit, recording: Recording) -> list[Prompt]:
    """The prompts of the file, or those of the recording that is followed. Raises FileNotFoundInProjectError."""
    if recording.follows is not None:
        with unit.database.reading() as session:
            rows = service.iterate_answers(session, unit.project_id, recording.follows)
            return [Prompt(prompt.line, answer.request, answer.reference) for prompt, answer in rows]
    with unit.database.reading() as session:
        file = files.get_file(session, unit.project_id, recording.file_id or "")
    chunks = unit.store.iter_chunks(file.object_key)
    prompts = read_prompts(chunks, max_line_bytes=unit.settings.max_line_bytes)
    return draw(prompts, sample=recording.sample, seed=recording.seed, most=service.MAX_PROMPTS)


def _end(unit: WorkUnit, recording: Recording, *, ended_by: str) -> None:
    """Lay the answers down as a training file, unless they only repeat another recording's prompts."""
    file_id = Prefix.FILE + recording.id.removeprefix(Prefix.RECORDING)
    stored = None if recording.follows is not None else _write_labels(unit, recording, file_id)
    with unit.finishing() as session:
        if stored is not None:
            name = f"answers-{recording.model.replace(':', '-').replace('/', '-')}.jsonl"
            key = files.object_key(unit.project_id, file_id)
            received = ReceivedFile(file_id, key, name, Purpose.FINE_TUNE, stored)
            files.create_file(session, unit.project_id, received)
            record_derivation(
                session,
                unit.project_id,
                file_id=file_id,
                kind=DerivationKind.ANSWERS,
                parents=[recording.file_id] if recording.file_id else [],
                detail={"recording": recording.id, "model": recording.model},
            )
        progress.end(session, recording, ended_by=ended_by, labels_file=None if stored is None else file_id)


def _write_labels(unit: WorkUnit, recording: Recording, file_id: str) -> StoredObject | None:
    is_empty = True
    with unit.store.writer(files.object_key(unit.project_id, file_id)) as writer:
        for line in training_lines(_answered(unit, recording.id)):
            writer.write(line)
            is_empty = False
        return None if is_empty else writer.commit()


def _answered(unit: WorkUnit, recording_id: str) -> Iterator[tuple[RecordingPrompt, RecordedAnswer]]:
    """Some rows a transaction, none of which is open while they are written out."""
    after = -1
    while True:
        with unit.database.reading() as session:
            rows = service.list_answers(
                session, unit.project_id, recording_id, after=after, limit=_ROWS, states=(AnswerState.ANSWERED,)
            )
        if not rows:
            return
        unit.keep_alive()
        yield from rows
        after = rows[-1][0].position


def _meet(unit: WorkUnit, recording: Recording, trouble: UpstreamTroubleError) -> None:
    """Come back when the upstream may have recovered: at its own word, else after a growing pause."""
    if not trouble.will_pass:
        reasons = {TroubleKind.KEY_REFUSED: "key_refused", TroubleKind.MISSING: "model_gone"}
        _fail(unit, recording, reasons.get(trouble.kind, "upstream_refused"), f"The upstream said: {trouble.message}")
        return
    recording.failures += 1
    if recording.failures > _MAX_FAILURES:
        _fail(unit, recording, "upstream_unavailable", f"It did not answer {_MAX_FAILURES} times: {trouble.message}")
        return
    pause = trouble.retry_after_seconds or growing_pause_seconds(recording.failures)
    log.info("recording.waits", seconds=pause, words=trouble.message)
    with unit.deferring(due_at=clock.now() + pause, error=str(trouble), blameless=True) as session:
        session.add(recording)


def _fail(unit: WorkUnit, recording: Recording, error_code: str, message: str) -> None:
    log.warning("recording.failed", error_code=error_code)
    with unit.finishing() as session:
        progress.fail(session, recording, error_code, message)


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    recording = service.find_recording(session, claim.project_id, claim.subject_id)
    if recording is not None:
        told = f"Answers could not be recorded, by a fault of the service ({claim.work_id}). Record them again."
        progress.fail(session, recording, "server_error", told)


RECORD_ANSWERS = Handler(run=record_answers, give_up=_give_up, longest_seconds=_LONGEST_UNIT_SECONDS)
