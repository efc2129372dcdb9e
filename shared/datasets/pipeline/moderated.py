"""What rows know of a check's moderation: which stretch is next, what turns have brought, and when all is judged."""

from collections.abc import Mapping

import msgspec
from sqlmodel import Session

from shared.datasets.pipeline import repository
from shared.datasets.pipeline.judging import Turns
from shared.datasets.pipeline.tables import DatasetCheck, DatasetStretch, Role, StretchState
from shared.datasets.whole.judgements import Judgements
from shared.outbox.add import wake_work
from shared.tasks import Work


def find_stretch_to_judge(session: Session, check: DatasetCheck) -> DatasetStretch | None:
    """None when a moderation has seen all rows of the check, or none has to."""
    if check.moderation is None:
        return None
    return repository.find_stretch_to_judge(session, check.project_id, check.id)


def turns_of(stretch: DatasetStretch) -> Turns:
    return Turns() if stretch.moderation is None else msgspec.convert(stretch.moderation, Turns)


def note_turn(session: Session, stretch: DatasetStretch, turns: Turns, *, is_last: bool) -> None:
    """Keep what a turn has brought, in the transaction that settles it; after the last one the stretch is judged."""
    state = StretchState.JUDGED if is_last else StretchState.DONE
    repository.note_judged(session, stretch.project_id, stretch.id, msgspec.to_builtins(turns), state=state)


def count_judged(session: Session, check: DatasetCheck) -> int:
    """Rows that a moderation has judged, or will not; none where nobody was asked."""
    if check.moderation is None:
        return 0
    report = check.report or {}
    of_files = [file.get("facts", {}).get("moderation") for file in (report, report.get("validation", {}))]
    told = sum(int(section["n_judged"]) + int(section["n_not_judged"]) for section in of_files if section)
    stretches = repository.list_stretches(session, check.project_id, check.id)
    return told + sum(turns_of(stretch).kept.n_seen for stretch in stretches)


def ask_for_judgements(session: Session, check: DatasetCheck) -> None:
    wake_work(session, kind=Work.MODERATE_CHECK, project_id=check.project_id, subject_id=check.id)


def ask_for_conclusion(session: Session, check: DatasetCheck) -> None:
    wake_work(session, kind=Work.CONCLUDE_CHECK, project_id=check.project_id, subject_id=check.id)


def list_judgements(session: Session, check: DatasetCheck) -> Mapping[int, Judgements] | None:
    """By the number of the stretch; None where no moderation was asked."""
    if check.moderation is None:
        return None
    stretches = repository.list_stretches(session, check.project_id, check.id)
    return {row.number: turns_of(row).judgements for row in stretches if row.role != Role.EVALUATION}
