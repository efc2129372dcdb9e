"""Checking stored files: a check is cut into stretches, each a unit of work of its own, and concluded after the last.

A small check is one unit. Whatever is done here may be done twice: a stretch read again writes the same object, and a
check that has ended stays as it is. Leases are renewed from a thread: counting a batch of tokens, or judging millions
of rows together, is one call that may take longer than a lease.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

from sqlmodel import Session

from shared import clock
from shared.datasets.pipeline import moderated
from shared.datasets.pipeline import service as checks
from shared.datasets.pipeline.places import folder_of
from shared.datasets.pipeline.question import question_of
from shared.datasets.pipeline.reading import Part, Reading
from shared.datasets.pipeline.tables import CheckState, DatasetCheck, Role
from shared.datasets.pipeline.uploads import settle_upload
from shared.datasets.tokens.models import base_name
from shared.datasets.whole.judgements import Judgements
from shared.files import service as files
from shared.files.tables import File
from shared.jobs.speed import measure_training_speed
from shared.outbox.claim import Claim
from worker.base_models import prepare_base_of
from worker.heartbeat import Heartbeat
from worker.task import Handler
from worker.unit import WorkUnit

LONGEST_CHECK_SECONDS = 3600.0
"The largest upload, 8 GB, takes a free core three minutes. A check renews its lease, so this only ends one that hangs."

_PROGRESS_SECONDS = 1.0
"Between two writes of a row: a person looks, and a database has better things to do."
_OPEN = {CheckState.QUEUED, CheckState.RUNNING}
_VANISHED = "A file was deleted before it was checked."


class _Teller:
    """Writes how far a reading is, once a second, and ends it when the claim is lost. So much was read before."""

    def __init__(
        self, unit: WorkUnit, heartbeat: Heartbeat, note: Callable[..., None], n_bytes: int = 0, n_rows: int = 0
    ) -> None:
        self._unit = unit
        self._heartbeat = heartbeat
        self._note = note
        self._before = (n_bytes, n_rows)
        self._told_at = clock.now()

    def __call__(self, n_bytes: int, n_rows: int) -> None:
        self._heartbeat.check()
        if clock.now() < self._told_at + _PROGRESS_SECONDS:
            return
        self._told_at = clock.now()
        with self._unit.database.transaction() as session:
            # Not `progressing`: reading begins anew after a crash, so attempts that killed their worker must add up.
            self._unit.require_claim(session)
            self._note(session, n_bytes=self._before[0] + n_bytes, n_rows=self._before[1] + n_rows)


def run_check(unit: WorkUnit) -> None:
    """Cut a check into stretches; if there is little to read, read and conclude it at once."""
    begun = begin_unit(unit, unit.subject_id, CheckState.QUEUED)
    if begun is None:
        return
    check, reading = begun
    if is_small(unit, check):
        do_whole_check(unit, check, reading, settling=unit.finishing)
        return
    parts = reading.cut()
    with unit.finishing() as session:
        checks.begin_stretches(session, check, parts, at_once=unit.settings.dataset_stretches_at_once)


def run_stretch(unit: WorkUnit) -> None:
    """Read one stretch."""
    with unit.database.reading() as session:
        stretch = checks.find_stretch(session, unit.project_id, unit.subject_id)
    begun = begin_unit(unit, None if stretch is None else stretch.check_id, CheckState.RUNNING)
    if stretch is None or begun is None:
        return
    _check, reading = begun
    note = partial(checks.note_stretch_progress, stretch=stretch)
    with Heartbeat(unit) as heartbeat:
        read = reading.read(checks.part_of(stretch), _Teller(unit, heartbeat, note))
    with unit.finishing() as session:
        checks.end_stretch(session, stretch, n_bytes=read.report.bytes_read, n_rows=read.report.n_lines)


def run_conclusion(unit: WorkUnit) -> None:
    """Merge what the stretches hold."""
    begun = begin_unit(unit, unit.subject_id, CheckState.RUNNING)
    if begun is None:
        return
    check, reading = begun
    with unit.database.reading() as session:
        is_judged = moderated.find_stretch_to_judge(session, check) is None
        parts = checks.list_parts(session, unit.project_id, check.id)
        judgements = moderated.list_judgements(session, check)
    if not is_judged:
        # Of a check that an earlier release began, which judged rows where it read them.
        with unit.finishing() as session:
            moderated.ask_for_judgements(session, check)
            return
    _conclude(unit, check, reading, parts, settling=unit.finishing, judgements=judgements)


def is_small(unit: WorkUnit, check: DatasetCheck) -> bool:
    """Whether a check is done in one go. One with moderation is not: whoever waits for a provider does so elsewhere."""
    return check.moderation is None and check.bytes_total <= unit.settings.dataset_stretch_bytes


def do_whole_check(
    unit: WorkUnit,
    check: DatasetCheck,
    reading: Reading,
    *,
    settling: Callable[[], AbstractContextManager[Session]],
) -> None:
    """Read and conclude a small check within this unit; the answer is kept in the transaction that `settling` opens."""
    parts = reading.cut()
    note = partial(checks.note_check_progress, check=check)
    n_bytes = n_rows = 0
    with Heartbeat(unit) as heartbeat:
        for part in parts:
            read = reading.read(part, _Teller(unit, heartbeat, note, n_bytes, n_rows))
            n_bytes, n_rows = n_bytes + read.report.bytes_read, n_rows + read.report.n_lines
    _conclude(unit, check, reading, parts, settling=settling)


def open_reading(unit: WorkUnit, check: DatasetCheck, *, prepares_base: bool = True) -> Reading | None:
    """A check with its files; None when one of them is gone. Without `prepares_base` tokens may be estimates."""
    with unit.database.reading() as session:
        named = {
            Role.TRAINING: [check.file_id],
            Role.VALIDATION: [check.validation_file] if check.validation_file else [],
            Role.EVALUATION: check.evaluation_files or [],
        }
        there = {role: _find_files(session, check.project_id, names) for role, names in named.items()}
        speed = measure_training_speed(session, check.project_id, base_name(check.model)) if check.model else None
    if any(len(there[role]) < len(names) for role, names in named.items()):
        return None
    if prepares_base:
        prepare_base_of(unit, check.model)
    return Reading(folder_of(check), question_of(check), there, unit.store, unit.settings, speed)


def _conclude(
    unit: WorkUnit,
    check: DatasetCheck,
    reading: Reading,
    parts: Sequence[Part],
    *,
    settling: Callable[[], AbstractContextManager[Session]],
    judgements: Mapping[int, Judgements] | None = None,
) -> None:
    with Heartbeat(unit) as heartbeat:
        conclusion = reading.conclude(parts, heartbeat.check, judgements=judgements)
    with settling() as session:
        checks.finish_check(session, check, conclusion)
        if checks.is_at_upload(check):
            settle_upload(session, check.project_id, check.id)
    # Afterwards: whoever else concludes this check may be reading them, and would have to read the stretches again.
    reading.discard_parts(parts)


def _find_files(session: Session, project_id: str, names: Sequence[str]) -> list[File]:
    found = (files.find_file(session, project_id, name) for name in names)
    return [file for file in found if file is not None]


def begin_unit(
    unit: WorkUnit, check_id: str | None, state: CheckState, *, prepares_base: bool = True
) -> tuple[DatasetCheck, Reading] | None:
    """A check in the state in which there is something to do, with its files; None where the unit has ended instead."""
    with unit.database.reading() as session:
        check = None if check_id is None else checks.find_check(session, unit.project_id, check_id)
    if check is None or check.state != state:
        with unit.finishing():
            return None
    reading = open_reading(unit, check, prepares_base=prepares_base)
    if reading is None:
        with unit.finishing() as session:
            checks.fail_check(session, check.project_id, check.id, failure=_VANISHED)
        return None
    return check, reading


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    fail_for_good(session, claim, check_id=claim.subject_id)


def _give_up_stretch(session: Session, claim: Claim, _reason: str) -> None:
    stretch = checks.find_stretch(session, claim.project_id, claim.subject_id)
    if stretch is not None:
        fail_for_good(session, claim, check_id=stretch.check_id)


def fail_for_good(session: Session, claim: Claim, *, check_id: str) -> None:
    """End a check that the service could not do, and the file's wait for it."""
    told = f"The file could not be checked, by a fault of the service ({claim.work_id})."
    checks.fail_check(session, claim.project_id, check_id, failure=told)
    check = checks.find_check(session, claim.project_id, check_id)
    if check is not None and checks.is_at_upload(check):
        files.mark_checked(session, claim.project_id, check.file_id, problem=f"{told} Upload it again.")


CHECK_DATASET = Handler(run=run_check, give_up=_give_up, longest_seconds=LONGEST_CHECK_SECONDS)
CHECK_STRETCH = Handler(run=run_stretch, give_up=_give_up_stretch, longest_seconds=LONGEST_CHECK_SECONDS)
CONCLUDE_CHECK = Handler(run=run_conclusion, give_up=_give_up, longest_seconds=LONGEST_CHECK_SECONDS)
