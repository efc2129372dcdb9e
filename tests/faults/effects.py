"""The table of effects. It has no unique constraint: an effect that happened twice is seen, not refused."""

from sqlalchemy import text
from sqlmodel import Session

from shared.db.session import Database


def create_effects(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("CREATE TABLE effects (subject_id VARCHAR(64) NOT NULL)"))


def leave_effect(session: Session, subject_id: str) -> None:
    session.execute(text("INSERT INTO effects (subject_id) VALUES (:subject_id)"), {"subject_id": subject_id})


def list_effects(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.execute(text("SELECT subject_id FROM effects")).scalars())


def count_effects(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM effects")).scalar_one())
