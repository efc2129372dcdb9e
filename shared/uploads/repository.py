"""Every query of the uploads domain, born with a project."""

from sqlmodel import Session, col, select

from shared import clock
from shared.uploads.tables import Upload, UploadPart, UploadStatus


def find_upload(session: Session, project_id: str, upload_id: str) -> Upload | None:
    return session.exec(select(Upload).where(Upload.project_id == project_id, Upload.id == upload_id)).first()


def lock_upload(session: Session, project_id: str, upload_id: str) -> Upload | None:
    """The upload, fresh, with its row locked until the transaction ends: completing and cancelling take turns."""
    statement = (
        select(Upload)
        .where(Upload.project_id == project_id, Upload.id == upload_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).first()


def list_parts(session: Session, project_id: str, upload_id: str) -> list[UploadPart]:
    statement = select(UploadPart).where(UploadPart.project_id == project_id, UploadPart.upload_id == upload_id)
    return list(session.exec(statement))


def list_finished_with_parts_system(session: Session, *, limit: int) -> list[Upload]:
    """Uploads of any project that take no more parts and whose parts may still lie in the store."""
    is_over = (col(Upload.status) != UploadStatus.PENDING) | (col(Upload.expires_at) <= clock.now_seconds())
    statement = select(Upload).where(is_over, col(Upload.parts_removed).is_(False)).limit(limit)
    return list(session.exec(statement))
