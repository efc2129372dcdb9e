"""Every query of the imports domain, born with a project."""

from collections.abc import Iterable

from sqlalchemy import case, func, update
from sqlmodel import Session, col, select

from shared import clock
from shared.db.session import insert_ignoring_duplicates
from shared.imports.tables import Import, ImportedObject, ImportStep, ObjectKind, ObjectState, Retraining

_COPY_ORDER = (ObjectKind.FILE, ObjectKind.JOB, ObjectKind.CHECKPOINT, ObjectKind.MODEL)
"Files first, so that jobs find their data, and models last, so that they find their jobs."


def find_import(session: Session, project_id: str, import_id: str) -> Import | None:
    return session.exec(select(Import).where(Import.project_id == project_id, Import.id == import_id)).first()


def find_import_of_connection(session: Session, project_id: str, connection_id: str) -> Import | None:
    statement = select(Import).where(Import.project_id == project_id, Import.connection_id == connection_id)
    return session.exec(statement).first()


def lock_import(session: Session, project_id: str, import_id: str) -> Import | None:
    """The import, fresh, with its row locked until the transaction ends."""
    statement = (
        select(Import)
        .where(Import.project_id == project_id, Import.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).first()


def list_imports(session: Session, project_id: str, *, after: str | None, limit: int) -> list[Import]:
    """Newest first."""
    statement = select(Import).where(Import.project_id == project_id)
    if after is not None:
        statement = statement.where(col(Import.id) < after)
    return list(session.exec(statement.order_by(col(Import.id).desc()).limit(limit)))


def find_step(session: Session, project_id: str, step_id: str) -> ImportStep | None:
    return session.exec(select(ImportStep).where(ImportStep.project_id == project_id, ImportStep.id == step_id)).first()


def find_newest_step(session: Session, project_id: str, import_id: str) -> ImportStep | None:
    statement = select(ImportStep).where(ImportStep.project_id == project_id, ImportStep.import_id == import_id)
    return session.exec(statement.order_by(col(ImportStep.id).desc()).limit(1)).first()


def find_by_upstream_id(
    session: Session, project_id: str, import_id: str, *, kind: str, upstream_id: str
) -> ImportedObject | None:
    statement = select(ImportedObject).where(
        ImportedObject.project_id == project_id,
        ImportedObject.import_id == import_id,
        ImportedObject.kind == kind,
        ImportedObject.upstream_id == upstream_id,
    )
    return session.exec(statement).first()


def find_by_local_id(session: Session, project_id: str, *, kind: str, local_id: str) -> ImportedObject | None:
    statement = select(ImportedObject).where(
        ImportedObject.project_id == project_id, ImportedObject.kind == kind, ImportedObject.local_id == local_id
    )
    return session.exec(statement.limit(1)).first()


def list_by_upstream_ids(
    session: Session, project_id: str, import_id: str, *, kind: str, upstream_ids: Iterable[str]
) -> list[ImportedObject]:
    statement = select(ImportedObject).where(
        ImportedObject.project_id == project_id,
        ImportedObject.import_id == import_id,
        ImportedObject.kind == kind,
        col(ImportedObject.upstream_id).in_(list(upstream_ids)),
    )
    return list(session.exec(statement))


def list_objects(
    session: Session,
    project_id: str,
    import_id: str,
    *,
    after: str | None = None,
    limit: int,
    kind: str | None = None,
    state: str | None = None,
) -> list[ImportedObject]:
    """In the order in which they were seen, from the one behind `after` on."""
    statement = select(ImportedObject).where(
        ImportedObject.project_id == project_id, ImportedObject.import_id == import_id
    )
    if kind is not None:
        statement = statement.where(ImportedObject.kind == kind)
    if state is not None:
        statement = statement.where(ImportedObject.state == state)
    if after is not None:
        statement = statement.where(col(ImportedObject.id) > after)
    return list(session.exec(statement.order_by(col(ImportedObject.id)).limit(limit)))


def list_to_copy(
    session: Session, project_id: str, import_id: str, *, kinds: Iterable[str], limit: int
) -> list[ImportedObject]:
    """What was found and is not here yet, in the order in which it can be copied."""
    order = case({kind.value: place for place, kind in enumerate(_COPY_ORDER)}, value=col(ImportedObject.kind))
    statement = select(ImportedObject).where(
        ImportedObject.project_id == project_id,
        ImportedObject.import_id == import_id,
        ImportedObject.state == ObjectState.FOUND,
        col(ImportedObject.kind).in_(list(kinds)),
    )
    return list(session.exec(statement.order_by(order, col(ImportedObject.id)).limit(limit)))


def add_objects(session: Session, project_id: str, rows: list[dict[str, object]]) -> int:
    """Insert what is not known yet; how many were new."""
    return insert_ignoring_duplicates(session, ImportedObject, [row | {"project_id": project_id} for row in rows])


def try_failed_again(session: Session, project_id: str, import_id: str) -> None:
    """Let a new run have another look at what could not be had."""
    session.execute(
        update(ImportedObject)
        .where(
            col(ImportedObject.project_id) == project_id,
            col(ImportedObject.import_id) == import_id,
            col(ImportedObject.state) == ObjectState.FAILED,
        )
        .values(state=ObjectState.FOUND, reason_code=None, reason=None, updated_at=clock.now_seconds())
    )


def count_objects(session: Session, project_id: str, import_id: str) -> dict[str, dict[str, int]]:
    """Kind to state to how many."""
    statement = (
        select(ImportedObject.kind, ImportedObject.state, func.count())
        .where(ImportedObject.project_id == project_id, ImportedObject.import_id == import_id)
        .group_by(col(ImportedObject.kind), col(ImportedObject.state))
    )
    counts: dict[str, dict[str, int]] = {kind.value: {} for kind in ObjectKind}
    for kind, state, number in session.exec(statement):
        counts[kind][state] = number
    return counts


def lock_retraining(session: Session, project_id: str, import_id: str, *, fingerprint: str) -> Retraining | None:
    statement = select(Retraining).where(
        Retraining.project_id == project_id,
        Retraining.import_id == import_id,
        Retraining.fingerprint == fingerprint,
    )
    return session.exec(statement.with_for_update()).first()


def list_retrainings(session: Session, project_id: str, import_id: str) -> list[Retraining]:
    """Newest first."""
    statement = select(Retraining).where(Retraining.project_id == project_id, Retraining.import_id == import_id)
    return list(session.exec(statement.order_by(col(Retraining.id).desc())))


def sum_outcomes(session: Session, project_id: str, import_id: str) -> dict[str, int]:
    """Bytes of the files and events of the jobs that were copied."""
    statement = select(ImportedObject.kind, ImportedObject.outcome).where(
        ImportedObject.project_id == project_id,
        ImportedObject.import_id == import_id,
        ImportedObject.state == ObjectState.COPIED,
        col(ImportedObject.kind).in_([str(ObjectKind.FILE), str(ObjectKind.JOB)]),
    )
    totals = {"bytes": 0, "events": 0}
    for kind, outcome in session.exec(statement):
        name = "bytes" if kind == ObjectKind.FILE else "events"
        totals[name] += int(outcome.get(name, 0))
    return totals
