"""Every query of the files domain, born with a project."""

from sqlalchemy import update
from sqlmodel import Session, col, select

from shared import clock
from shared.files.tables import File


def find_file(session: Session, project_id: str, file_id: str) -> File | None:
    statement = select(File).where(File.project_id == project_id, File.id == file_id, col(File.deleted_at).is_(None))
    return session.exec(statement).first()


def find_file_even_deleted(session: Session, project_id: str, file_id: str) -> File | None:
    """For work under way: a job goes on with a file whose row is on its way out."""
    return session.exec(select(File).where(File.project_id == project_id, File.id == file_id)).first()


def list_files(
    session: Session, project_id: str, *, after: str | None, limit: int, ascending: bool, purpose: str | None
) -> list[File]:
    statement = select(File).where(File.project_id == project_id, col(File.deleted_at).is_(None))
    if purpose is not None:
        statement = statement.where(File.purpose == purpose)
    if after is not None:
        statement = statement.where(col(File.id) > after if ascending else col(File.id) < after)
    order = col(File.id).asc() if ascending else col(File.id).desc()
    return list(session.exec(statement.order_by(order).limit(limit)))


def mark_file(session: Session, project_id: str, file_id: str, *, status: str, details: str | None) -> None:
    session.execute(
        update(File)
        .where(col(File.project_id) == project_id, col(File.id) == file_id)
        .values(status=status, status_details=details)
    )


def mark_deleted(session: Session, project_id: str, file_id: str) -> None:
    session.execute(
        update(File)
        .where(col(File.project_id) == project_id, col(File.id) == file_id)
        .values(deleted_at=clock.now_seconds())
    )


def list_expired_system(session: Session, *, after: str, limit: int) -> list[File]:
    """Files of any project whose time is over, by id from the one behind `after` on."""
    statement = select(File).where(
        col(File.expires_at) <= clock.now_seconds(), col(File.deleted_at).is_(None), col(File.id) > after
    )
    return list(session.exec(statement.order_by(col(File.id)).limit(limit)))


def list_deleted_system(session: Session, *, limit: int) -> list[File]:
    """Files of any project that were deleted and whose object may still lie in the store."""
    statement = select(File).where(col(File.deleted_at).is_not(None), File.object_key != "").limit(limit)
    return list(session.exec(statement))


def forget_object_system(session: Session, file_id: str) -> None:
    session.execute(update(File).where(col(File.id) == file_id).values(object_key=""))
