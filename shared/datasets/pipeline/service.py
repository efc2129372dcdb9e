"""Use cases of checks: asking a question about a file once, and how its answer comes about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.datasets.pipeline import repository
from shared.datasets.pipeline.moderated import count_judged
from shared.datasets.pipeline.question import AT_UPLOAD, Question, question_of
from shared.datasets.pipeline.reading import Conclusion, Part
from shared.datasets.pipeline.repository import Done
from shared.datasets.pipeline.tables import (
    CheckState,
    DatasetCheck,
    DatasetEvaluationFile,
    DatasetStretch,
    Role,
    StretchState,
)
from shared.db.session import insert_ignoring_duplicates
from shared.files.tables import File
from shared.ids import Prefix, new_id
from shared.outbox.add import add_work
from shared.tasks import Work

MOST_OPEN_CHECKS = 20
"""Checks for models that a project may have under way; those at upload do not count."""

MOST_OPEN_MODERATED = 2
"""Of these with moderation, each of which may keep a worker for minutes while it waits for a provider."""

_OPEN_SECONDS = 3600
"""A check that nobody works at, such as that of a job that was cancelled, counts no longer than this."""


@dataclass(frozen=True)
class Progress:
    """How far a check is, in bytes and lines of its files together."""

    bytes_total: int
    bytes_done: int
    rows_done: int
    rows_judged: int = 0
    "Rows that are settled with a moderation, where one is asked."


def start_check(session: Session, training: File, question: Question, *, beside: Sequence[File] = ()) -> DatasetCheck:
    """The one check that answers `question` about `training`, at work unless it has ended.

    `beside` are the other files that the question names.
    """
    check = ensure_check(session, training, question, beside=beside)
    if check.state == CheckState.QUEUED:
        add_work(session, kind=Work.CHECK_DATASET, project_id=check.project_id, subject_id=check.id)
    return check


def ensure_check(session: Session, training: File, question: Question, *, beside: Sequence[File] = ()) -> DatasetCheck:
    """The same, for a caller that does the work itself."""
    known = repository.find_check_of(session, training.project_id, training.id, question.digest)
    if known is not None:
        return known
    row = {
        "id": new_id(Prefix.DATASET_CHECK),
        "project_id": training.project_id,
        "file_id": training.id,
        "question": question.digest,
        "validation_file": question.validation_file,
        "model": question.model,
        "method": question.method,
        "target": question.target,
        "evaluation_files": list(question.evaluation_files) or None,
        "grader": question.grader,
        "groups": question.groups,
        "moderation": question.moderation,
        "state": CheckState.QUEUED,
        "bytes_total": training.bytes + sum(file.bytes for file in beside),
        "bytes_done": 0,
        "rows_done": 0,
        "n_stretches_left": 0,
        "n_examples": 0,
        "n_errors": 0,
        "n_warnings": 0,
        "summary": "",
        "created_at": clock.now_seconds(),
    }
    insert_ignoring_duplicates(session, DatasetCheck, [row])
    check = repository.find_check_of(session, training.project_id, training.id, question.digest)
    if check is None:
        raise RuntimeError(f"The check of {training.id} vanished in the transaction that made it")
    if check.id == row["id"]:
        _note_evaluation_files(session, check)
    return check


def _note_evaluation_files(session: Session, check: DatasetCheck) -> None:
    for file_id in check.evaluation_files or ():
        session.add(DatasetEvaluationFile(check_id=check.id, file_id=file_id, project_id=check.project_id))


def has_room(session: Session, project_id: str, question: Question) -> bool:
    """Whether the project may ask for another check: each takes the workers seconds to minutes."""
    is_moderated = question.moderation is not None
    most = MOST_OPEN_MODERATED if is_moderated else MOST_OPEN_CHECKS
    since = clock.now_seconds() - _OPEN_SECONDS
    return repository.count_open(session, project_id, since=since, limit=most, only_moderated=is_moderated) < most


def find_check(session: Session, project_id: str, check_id: str) -> DatasetCheck | None:
    return repository.find_check(session, project_id, check_id)


def find_check_of(session: Session, project_id: str, file_id: str, question: Question) -> DatasetCheck | None:
    return repository.find_check_of(session, project_id, file_id, question.digest)


def is_at_upload(check: DatasetCheck) -> bool:
    return question_of(check) == AT_UPLOAD


def begin_stretches(session: Session, check: DatasetCheck, parts: Sequence[Part], *, at_once: int) -> None:
    """Have the stretches of a check read, `at_once` of them at a time. A second call changes nothing."""
    values: dict[str, Any] = {"state": CheckState.RUNNING, "n_stretches_left": len(parts)}
    if not repository.update_open_check(session, check.project_id, check.id, only=[CheckState.QUEUED], **values):
        return
    insert_ignoring_duplicates(session, DatasetStretch, [_stretch_row(check, part) for part in parts])
    _queue_next(session, check.project_id, check.id, limit=at_once)


def find_stretch(session: Session, project_id: str, stretch_id: str) -> DatasetStretch | None:
    return repository.find_stretch(session, project_id, stretch_id)


def list_parts(session: Session, project_id: str, check_id: str) -> list[Part]:
    """The stretches of a check, in the order of their numbers."""
    return [part_of(stretch) for stretch in repository.list_stretches(session, project_id, check_id)]


def part_of(stretch: DatasetStretch) -> Part:
    return Part(stretch.number, Role(stretch.role), stretch.start_byte, stretch.end_byte, stretch.nth)


def note_stretch_progress(session: Session, stretch: DatasetStretch, *, n_bytes: int, n_rows: int) -> None:
    repository.note_done(session, stretch.project_id, stretch.id, n_bytes=n_bytes, n_rows=n_rows)


def note_check_progress(session: Session, check: DatasetCheck, *, n_bytes: int, n_rows: int) -> None:
    """Tell how far a check is that is done in one go."""
    repository.update_open_check(session, check.project_id, check.id, bytes_done=n_bytes, rows_done=n_rows)


def end_stretch(session: Session, stretch: DatasetStretch, *, n_bytes: int, n_rows: int) -> None:
    """Note that a stretch has been read: the next one gets its turn, and after the last the check is concluded."""
    project_id, check_id = stretch.project_id, stretch.check_id
    repository.lock_check(session, project_id, check_id)
    if not repository.end_stretch(session, project_id, stretch.id, n_bytes=n_bytes, n_rows=n_rows):
        return
    if repository.count_down(session, project_id, check_id) == 0:
        check = repository.find_check(session, project_id, check_id)
        is_moderated = check is not None and check.moderation is not None
        kind = Work.MODERATE_CHECK if is_moderated else Work.CONCLUDE_CHECK
        add_work(session, kind=kind, project_id=project_id, subject_id=check_id)
    _queue_next(session, project_id, check_id, limit=1)


def finish_check(session: Session, check: DatasetCheck, conclusion: Conclusion) -> None:
    """Keep what was found; a second conclusion found the same and changes nothing."""
    repository.update_open_check(
        session,
        check.project_id,
        check.id,
        state=CheckState.SUCCEEDED,
        report=conclusion.report,
        n_examples=conclusion.n_examples,
        n_errors=conclusion.n_errors,
        n_warnings=conclusion.n_warnings,
        summary=conclusion.summary,
        finished_at=clock.now_seconds(),
    )
    repository.forget_stretches(session, check.project_id, check.id)


def fail_check(session: Session, project_id: str, check_id: str, *, failure: str) -> None:
    """End a check without an answer; upkeep forgets it soon, and then it can be asked for anew."""
    values: dict[str, Any] = {"state": CheckState.FAILED, "failure": failure, "finished_at": clock.now_seconds()}
    repository.update_open_check(session, project_id, check_id, **values)
    repository.forget_stretches(session, project_id, check_id)


def measure_progress(session: Session, check: DatasetCheck) -> Progress:
    if check.state == CheckState.SUCCEEDED:
        return Progress(check.bytes_total, check.bytes_total, _count_lines(check), count_judged(session, check))
    done = _add_up(check, repository.sum_done(session, check.project_id, [check.id]))
    return replace(done, rows_judged=count_judged(session, check))


def measure_uploads(session: Session, project_id: str, file_ids: Sequence[str]) -> dict[str, Progress]:
    """How far the checks at upload of these files are, as far as they have begun."""
    checks = repository.list_checks_of(session, project_id, file_ids, AT_UPLOAD.digest)
    done = repository.sum_done(session, project_id, [check.id for check in checks])
    return {check.file_id: _add_up(check, done) for check in checks}


def _add_up(check: DatasetCheck, of_stretches: Mapping[str, Done]) -> Progress:
    done = of_stretches.get(check.id, Done(0, 0))
    return Progress(check.bytes_total, check.bytes_done + done.n_bytes, check.rows_done + done.n_rows)


def _queue_next(session: Session, project_id: str, check_id: str, *, limit: int) -> None:
    for stretch_id in repository.queue_next_stretches(session, project_id, check_id, limit=limit):
        add_work(session, kind=Work.CHECK_STRETCH, project_id=project_id, subject_id=stretch_id)


def _stretch_row(check: DatasetCheck, part: Part) -> dict[str, Any]:
    return {
        "id": new_id(Prefix.DATASET_STRETCH),
        "project_id": check.project_id,
        "check_id": check.id,
        "number": part.number,
        "role": part.role,
        "nth": part.nth,
        "start_byte": part.start,
        "end_byte": part.end,
        "state": StretchState.WAITING,
        "bytes_done": 0,
        "rows_done": 0,
    }


def _count_lines(check: DatasetCheck) -> int:
    report = check.report or {}
    return int(report.get("n_lines", 0)) + int(report.get("validation", {}).get("n_lines", 0))
