"""Use cases of resumable uploads: parts in any order and side by side, joined once, in the order named at the end."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session

from shared import clock
from shared.errors import InvalidInputError, NotFoundError
from shared.files import service as files
from shared.files.service import ReceivedFile
from shared.files.tables import File
from shared.ids import Prefix, new_id
from shared.storage.protocol import ObjectStore, StoredObject
from shared.uploads import repository
from shared.uploads.tables import Upload, UploadPart, UploadStatus

LIFETIME_SECONDS = 3600
"How long an upload takes parts, as on the wire's own service."
MAX_PARTS = 10_000


class UploadNotFoundError(NotFoundError):
    code = "upload_not_found"

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"No such Upload object: {upload_id[:80]}", param="upload_id")


class UploadStateError(InvalidInputError):
    """400, not 409: clients of the wire repeat a 409 by themselves."""

    code = "invalid_upload_state"


class UploadMismatchError(InvalidInputError):
    """What arrived is not what was declared; nothing was kept, and the upload still takes parts."""

    code = "upload_mismatch"


@dataclass(frozen=True)
class UploadPlan:
    """What a client says it is going to send."""

    filename: str
    purpose: str
    mime_type: str
    bytes: int
    file_expires_after_seconds: int | None = None


def create_upload(session: Session, project_id: str, plan: UploadPlan, *, max_bytes: int) -> Upload:
    if not 0 < plan.bytes <= max_bytes:
        raise InvalidInputError(f"bytes must be 1 to {max_bytes}.", param="bytes", code="invalid_upload_size")
    now = clock.now_seconds()
    upload = Upload(
        id=new_id(Prefix.UPLOAD),
        project_id=project_id,
        filename=files.clean_filename(plan.filename),
        purpose=files.check_purpose(plan.purpose),
        mime_type=plan.mime_type,
        bytes=plan.bytes,
        file_expires_after_seconds=plan.file_expires_after_seconds,
        created_at=now,
        expires_at=now + LIFETIME_SECONDS,
    )
    session.add(upload)
    return upload


def current_status(upload: Upload) -> UploadStatus:
    """The state on the wire: an upload whose hour is over has expired, whether or not upkeep has noted it."""
    if upload.status == UploadStatus.PENDING and upload.expires_at <= clock.now_seconds():
        return UploadStatus.EXPIRED
    return UploadStatus(upload.status)


def require_pending(session: Session, project_id: str, upload_id: str) -> Upload:
    """Raises UploadNotFoundError, and UploadStateError when it takes no more parts."""
    upload = repository.find_upload(session, project_id, upload_id)
    if upload is None:
        raise UploadNotFoundError(upload_id)
    status = current_status(upload)
    if status is not UploadStatus.PENDING:
        raise UploadStateError(f"Upload {upload_id} is {status} and takes no more parts.", param="upload_id")
    return upload


def part_key(project_id: str, upload_id: str, part_id: str) -> str:
    return f"uploads/{project_id}/{upload_id}/{part_id}"


def add_part(session: Session, project_id: str, upload_id: str, *, part_id: str, stored: StoredObject) -> UploadPart:
    """Note a stored part. An upload that ended meanwhile refuses it."""
    upload = _lock_pending(session, project_id, upload_id)
    if len(repository.list_parts(session, project_id, upload.id)) >= MAX_PARTS:
        raise UploadStateError(f"Upload {upload_id} already has {MAX_PARTS} parts.", param="upload_id")
    part = UploadPart(
        id=part_id,
        project_id=project_id,
        upload_id=upload.id,
        bytes=stored.size_bytes,
        object_key=part_key(project_id, upload.id, part_id),
        created_at=clock.now_seconds(),
    )
    session.add(part)
    return part


def order_parts(session: Session, project_id: str, upload_id: str, part_ids: list[str]) -> list[UploadPart]:
    """The named parts, in the order named. Raises UploadMismatchError when they are not what was declared."""
    upload = require_pending(session, project_id, upload_id)
    known = {part.id: part for part in repository.list_parts(session, project_id, upload.id)}
    missing = [part_id for part_id in part_ids if part_id not in known]
    if missing or len(set(part_ids)) != len(part_ids):
        named = f"no such part: {missing[0][:80]}" if missing else "a part is named twice"
        raise UploadMismatchError(f"part_ids can not be joined: {named}.", param="part_ids")
    parts = [known[part_id] for part_id in part_ids]
    total = sum(part.bytes for part in parts)
    if total != upload.bytes:
        raise UploadMismatchError(
            f"The parts add up to {total} bytes, and {upload.bytes} were declared. Name every part once, in order.",
            param="part_ids",
        )
    return parts


def join_parts(store: ObjectStore, parts: list[UploadPart], *, key: str, md5: str | None) -> StoredObject:
    """Write the parts as one object, in constant memory. No transaction may be open."""
    digest = hashlib.md5(usedforsecurity=False)
    with store.writer(key) as writer:
        for chunk in _chunks(store, parts):
            digest.update(chunk)
            writer.write(chunk)
        if md5 is not None and md5.lower() != digest.hexdigest():
            raise UploadMismatchError(f"The joined file has md5 {digest.hexdigest()}, not the one given.", param="md5")
        return writer.commit()


def complete_upload(
    session: Session, project_id: str, upload_id: str, *, file_id: str, stored: StoredObject
) -> tuple[Upload, File]:
    """Make the joined object a file and end the upload."""
    upload = _lock_pending(session, project_id, upload_id)
    received = ReceivedFile(
        file_id=file_id,
        object_key=files.object_key(project_id, file_id),
        filename=upload.filename,
        purpose=upload.purpose,
        stored=stored,
        expires_after_seconds=upload.file_expires_after_seconds,
    )
    file = files.create_file(session, project_id, received)
    upload.status = UploadStatus.COMPLETED
    upload.file_id = file.id
    session.add(upload)
    return upload, file


def cancel_upload(session: Session, project_id: str, upload_id: str) -> Upload:
    """End an upload without a file; upkeep removes its parts."""
    upload = _lock_pending(session, project_id, upload_id)
    upload.status = UploadStatus.CANCELLED
    session.add(upload)
    return upload


def _lock_pending(session: Session, project_id: str, upload_id: str) -> Upload:
    if repository.lock_upload(session, project_id, upload_id) is None:
        raise UploadNotFoundError(upload_id)
    return require_pending(session, project_id, upload_id)


def _chunks(store: ObjectStore, parts: list[UploadPart]) -> Iterator[bytes]:
    for part in parts:
        yield from store.iter_chunks(part.object_key)
