"""Every query of remembered answers, born with a project."""

from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from shared import clock
from shared.db.session import insert_ignoring_duplicates
from shared.idempotency.tables import RememberedAnswer


def claim_key(session: Session, project_id: str, *, key: str, fingerprint: str) -> RememberedAnswer | None:
    """Take a key that nobody has taken; else the row of whoever has.

    A twin that is still at work holds its uncommitted row, so the insert waits for it: one of two concurrent equal
    requests has the effect, the other sees its answer.
    """
    row: dict[str, Any] = {
        "project_id": project_id,
        "key": key,
        "fingerprint": fingerprint,
        "body": "",
        "created_at": clock.now(),
    }
    if insert_ignoring_duplicates(session, RememberedAnswer, [row]):
        return None
    return session.exec(_by_key(project_id, key).with_for_update()).first()


def find_key(session: Session, project_id: str, *, key: str) -> RememberedAnswer | None:
    return session.exec(_by_key(project_id, key)).first()


def write_answer(session: Session, project_id: str, *, key: str, fingerprint: str, body: str) -> None:
    session.execute(
        update(RememberedAnswer)
        .where(col(RememberedAnswer.project_id) == project_id, col(RememberedAnswer.key) == key)
        .values(fingerprint=fingerprint, body=body, created_at=clock.now())
    )


def forget_old_system(session: Session, *, older_than_seconds: float) -> int:
    """Delete answers nobody may ask for again; how many."""
    gone = session.execute(
        delete(RememberedAnswer)
        .where(col(RememberedAnswer.created_at) < clock.now() - older_than_seconds)
        .returning(col(RememberedAnswer.key))
    )
    return len(gone.all())


def _by_key(project_id: str, key: str) -> SelectOfScalar[RememberedAnswer]:
    return select(RememberedAnswer).where(RememberedAnswer.project_id == project_id, RememberedAnswer.key == key)
