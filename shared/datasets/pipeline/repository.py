"""Every query of the datasets domain, born with a project."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from shared.datasets.pipeline.tables import (
    CheckState,
    DatasetCheck,
    DatasetEvaluationFile,
    DatasetGroups,
    DatasetModeration,
    DatasetPolicies,
    DatasetStretch,
    Role,
    StretchState,
)
from shared.db.session import insert_ignoring_duplicates
from shared.files.tables import File

_OPEN = (CheckState.QUEUED, CheckState.RUNNING)


class Done(NamedTuple):
    """How far the stretches of a check have been read."""

    n_bytes: int
    n_rows: int


def find_check(session: Session, project_id: str, check_id: str) -> DatasetCheck | None:
    statement = select(DatasetCheck).where(DatasetCheck.project_id == project_id, DatasetCheck.id == check_id)
    return session.exec(statement).first()


def find_check_of(session: Session, project_id: str, file_id: str, question: str) -> DatasetCheck | None:
    statement = select(DatasetCheck).where(
        DatasetCheck.project_id == project_id, DatasetCheck.file_id == file_id, DatasetCheck.question == question
    )
    return session.exec(statement).first()


def count_open(session: Session, project_id: str, *, since: int, limit: int, only_moderated: bool) -> int:
    """Checks for models that the project has asked for since then and that have not ended, counted up to `limit`."""
    statement = select(DatasetCheck.id).where(
        DatasetCheck.project_id == project_id,
        col(DatasetCheck.state).in_(_OPEN),
        col(DatasetCheck.model).is_not(None),
        col(DatasetCheck.created_at) > since,
    )
    if only_moderated:
        statement = statement.where(col(DatasetCheck.moderation).is_not(None))
    return len(session.exec(statement.limit(limit)).all())


def list_checks_of(session: Session, project_id: str, file_ids: Sequence[str], question: str) -> Sequence[DatasetCheck]:
    statement = select(DatasetCheck).where(
        DatasetCheck.project_id == project_id,
        col(DatasetCheck.file_id).in_(file_ids),
        DatasetCheck.question == question,
    )
    return session.exec(statement).all()


def list_answered(
    session: Session, project_id: str, question: str, *, after: str, limit: int
) -> Sequence[DatasetCheck]:
    """Checks of any file that have answered `question`, by id from the one behind `after` on."""
    statement = select(DatasetCheck).where(
        DatasetCheck.project_id == project_id,
        DatasetCheck.question == question,
        DatasetCheck.state == CheckState.SUCCEEDED,
        col(DatasetCheck.id) > after,
    )
    return session.exec(statement.order_by(col(DatasetCheck.id)).limit(limit)).all()


def update_open_check(
    session: Session, project_id: str, check_id: str, *, only: Sequence[CheckState] = _OPEN, **values: Any
) -> bool:
    """Set `values` on a check that has not ended, or is in one of the states `only`; whether there was one."""
    settled = session.execute(
        update(DatasetCheck)
        .where(
            col(DatasetCheck.project_id) == project_id,
            col(DatasetCheck.id) == check_id,
            col(DatasetCheck.state).in_(only),
        )
        .values(**values)
        .returning(col(DatasetCheck.id))
    )
    return settled.first() is not None


def find_stretch(session: Session, project_id: str, stretch_id: str) -> DatasetStretch | None:
    statement = select(DatasetStretch).where(DatasetStretch.project_id == project_id, DatasetStretch.id == stretch_id)
    return session.exec(statement).first()


def list_stretches(session: Session, project_id: str, check_id: str) -> Sequence[DatasetStretch]:
    """In the order of their numbers."""
    statement = select(DatasetStretch).where(
        DatasetStretch.project_id == project_id, DatasetStretch.check_id == check_id
    )
    return session.exec(statement.order_by(col(DatasetStretch.number))).all()


def sum_done(session: Session, project_id: str, check_ids: Sequence[str]) -> dict[str, Done]:
    statement = (
        select(
            DatasetStretch.check_id,
            func.coalesce(func.sum(col(DatasetStretch.bytes_done)), 0),
            func.coalesce(func.sum(col(DatasetStretch.rows_done)), 0),
        )
        .where(DatasetStretch.project_id == project_id, col(DatasetStretch.check_id).in_(check_ids))
        .group_by(DatasetStretch.check_id)
    )
    return {check_id: Done(int(n_bytes), int(n_rows)) for check_id, n_bytes, n_rows in session.execute(statement)}


def note_done(session: Session, project_id: str, stretch_id: str, *, n_bytes: int, n_rows: int) -> None:
    """Tell how far a stretch has been read; one that is done already has told it all."""
    session.execute(
        update(DatasetStretch)
        .where(
            col(DatasetStretch.project_id) == project_id,
            col(DatasetStretch.id) == stretch_id,
            col(DatasetStretch.state) != StretchState.DONE,
        )
        .values(bytes_done=n_bytes, rows_done=n_rows)
    )


def lock_check(session: Session, project_id: str, check_id: str) -> None:
    """Whoever ends a stretch holds its check: of two that end together one is the last, and neither waits in a ring."""
    statement = select(DatasetCheck.id).where(DatasetCheck.project_id == project_id, DatasetCheck.id == check_id)
    session.exec(statement.with_for_update()).first()


def end_stretch(session: Session, project_id: str, stretch_id: str, *, n_bytes: int, n_rows: int) -> bool:
    """Mark a stretch as read; False if it was, or is gone."""
    ended = session.execute(
        update(DatasetStretch)
        .where(
            col(DatasetStretch.project_id) == project_id,
            col(DatasetStretch.id) == stretch_id,
            col(DatasetStretch.state) != StretchState.DONE,
        )
        .values(state=StretchState.DONE, bytes_done=n_bytes, rows_done=n_rows)
        .returning(col(DatasetStretch.id))
    )
    return ended.first() is not None


def count_down(session: Session, project_id: str, check_id: str) -> int | None:
    """One stretch fewer is left; how many are."""
    counted = session.execute(
        update(DatasetCheck)
        .where(col(DatasetCheck.project_id) == project_id, col(DatasetCheck.id) == check_id)
        .values(n_stretches_left=DatasetCheck.n_stretches_left - 1)
        .returning(col(DatasetCheck.n_stretches_left))
    )
    return counted.scalar_one_or_none()


def queue_next_stretches(session: Session, project_id: str, check_id: str, *, limit: int) -> Sequence[str]:
    """Ids of up to `limit` waiting stretches, which now have their turn."""
    waiting = (
        select(DatasetStretch.id)
        .where(
            DatasetStretch.project_id == project_id,
            DatasetStretch.check_id == check_id,
            DatasetStretch.state == StretchState.WAITING,
        )
        .order_by(col(DatasetStretch.number))
        .limit(limit)
    )
    queued = session.execute(
        update(DatasetStretch)
        .where(col(DatasetStretch.project_id) == project_id, col(DatasetStretch.id).in_(waiting))
        .values(state=StretchState.QUEUED)
        .returning(col(DatasetStretch.id))
    )
    return queued.scalars().all()


def find_stretch_to_judge(session: Session, project_id: str, check_id: str) -> DatasetStretch | None:
    """The first one that has been read and whose rows a moderation has yet to see; of a measuring file it sees none."""
    statement = select(DatasetStretch).where(
        DatasetStretch.project_id == project_id,
        DatasetStretch.check_id == check_id,
        DatasetStretch.state == StretchState.DONE,
        col(DatasetStretch.role) != Role.EVALUATION,
    )
    return session.exec(statement.order_by(col(DatasetStretch.number)).limit(1)).first()


def note_judged(
    session: Session, project_id: str, stretch_id: str, moderation: dict[str, Any], *, state: StretchState
) -> None:
    session.execute(
        update(DatasetStretch)
        .where(col(DatasetStretch.project_id) == project_id, col(DatasetStretch.id) == stretch_id)
        .values(moderation=moderation, state=state)
    )


def forget_stretches(session: Session, project_id: str, check_id: str) -> None:
    session.execute(
        delete(DatasetStretch).where(
            col(DatasetStretch.project_id) == project_id, col(DatasetStretch.check_id) == check_id
        )
    )


def lock_policies(session: Session, project_id: str, *, to_change: bool) -> None:
    """Keep the project's policies as they are until the transaction ends; `to_change`, for whoever changes them.

    A project that never had any gets an empty row, since nobody can hold what is not there. SQLite needs no lock.
    """
    row = {"project_id": project_id, "policies": {}, "updated_at": 0}
    insert_ignoring_duplicates(session, DatasetPolicies, [row])
    statement = select(DatasetPolicies.project_id).where(DatasetPolicies.project_id == project_id)
    session.exec(statement.with_for_update(read=not to_change)).one()


def find_policies(session: Session, project_id: str) -> DatasetPolicies | None:
    statement = select(DatasetPolicies).where(DatasetPolicies.project_id == project_id)
    return session.exec(statement).first()


def save_policies(session: Session, project_id: str, policies: dict[str, str], *, now: int) -> None:
    """Replace them; `lock_policies` comes first."""
    session.execute(
        update(DatasetPolicies)
        .where(col(DatasetPolicies.project_id) == project_id)
        .values(policies=policies, updated_at=now)
    )


def find_groups(session: Session, project_id: str) -> dict[str, list[str]] | None:
    found = session.exec(select(DatasetGroups).where(DatasetGroups.project_id == project_id)).first()
    return None if found is None else found.groups


def save_groups(session: Session, project_id: str, groups: dict[str, list[str]], *, now: int) -> None:
    row = {"project_id": project_id, "groups": groups, "updated_at": now}
    if not insert_ignoring_duplicates(session, DatasetGroups, [row]):
        session.execute(
            update(DatasetGroups)
            .where(col(DatasetGroups.project_id) == project_id)
            .values(groups=groups, updated_at=now)
        )


def find_moderation(session: Session, project_id: str) -> str | None:
    found = session.exec(select(DatasetModeration).where(DatasetModeration.project_id == project_id)).first()
    return None if found is None else found.connection_id


def save_moderation(session: Session, project_id: str, connection_id: str | None, *, now: int) -> None:
    row = {"project_id": project_id, "connection_id": connection_id, "updated_at": now}
    if not insert_ignoring_duplicates(session, DatasetModeration, [row]):
        session.execute(
            update(DatasetModeration)
            .where(col(DatasetModeration.project_id) == project_id)
            .values(connection_id=connection_id, updated_at=now)
        )


def list_outdated_system(session: Session, *, failed_before: int, limit: int) -> Sequence[DatasetCheck]:
    """Checks of any project that nobody can use any more: of files that are gone, or failed some time ago."""
    gone = select(File.id).where(col(File.deleted_at).is_not(None))
    measured = select(DatasetEvaluationFile.check_id).where(col(DatasetEvaluationFile.file_id).in_(gone))
    statement = select(DatasetCheck).where(
        col(DatasetCheck.file_id).in_(gone)
        | col(DatasetCheck.validation_file).in_(gone)
        | col(DatasetCheck.id).in_(measured)
        | ((col(DatasetCheck.state) == CheckState.FAILED) & (col(DatasetCheck.finished_at) < failed_before))
    )
    return session.exec(statement.limit(limit)).all()


def list_known_system(session: Session, check_ids: Sequence[str]) -> set[str]:
    """Which of these checks there are."""
    return set(session.exec(select(DatasetCheck.id).where(col(DatasetCheck.id).in_(check_ids))))


def forget_check(session: Session, project_id: str, check_id: str) -> None:
    forget_stretches(session, project_id, check_id)
    session.execute(
        delete(DatasetEvaluationFile).where(
            col(DatasetEvaluationFile.project_id) == project_id, col(DatasetEvaluationFile.check_id) == check_id
        )
    )
    session.execute(
        delete(DatasetCheck).where(col(DatasetCheck.project_id) == project_id, col(DatasetCheck.id) == check_id)
    )
