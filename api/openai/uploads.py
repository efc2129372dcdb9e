"""Resumable uploads: the way in for files of up to 8 GB."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Request

from api.auth import PrincipalDep
from api.dependencies import ResourcesDep, SessionDep, SettingsDep
from api.multipart import read_upload
from api.once import Once, OnceDep
from api.openai.upload_body import PART_BODY
from api.openai.wire.uploads import (
    UploadComplete,
    UploadCreate,
    UploadObject,
    UploadPartObject,
    render_part,
    render_upload,
)
from shared.files import service as files
from shared.ids import Prefix, is_id, new_id
from shared.resources import Resources
from shared.storage.protocol import ObjectWriter
from shared.uploads import service
from shared.uploads.service import UploadNotFoundError, UploadPlan, UploadStateError

router = APIRouter(prefix="/uploads", tags=["Uploads"])


def _upload_id(upload_id: Annotated[str, Path(description="`upload_…`")]) -> str:
    if not is_id(upload_id, Prefix.UPLOAD):
        raise UploadNotFoundError(upload_id)
    return upload_id


UploadId = Annotated[str, Depends(_upload_id)]


@router.post("")
def create_upload(
    body: UploadCreate, principal: PrincipalDep, session: SessionDep, settings: SettingsDep, once: OnceDep
) -> UploadObject:
    """Announce a file that comes in parts, within an hour."""
    plan = UploadPlan(
        filename=body.filename,
        purpose=body.purpose,
        mime_type=body.mime_type,
        bytes=body.bytes,
        file_expires_after_seconds=body.expires_after.seconds if body.expires_after else None,
    )
    limit = settings.max_upload_bytes
    return once.answer(
        session,
        UploadObject,
        lambda: render_upload(service.create_upload(session, principal.project_id, plan, max_bytes=limit)),
    )


@router.post("/{upload_id}/parts", openapi_extra=PART_BODY)
async def add_part(
    request: Request, upload_id: UploadId, principal: PrincipalDep, resources: ResourcesDep
) -> UploadPartObject:
    """Send one part. Parts may come in any order and side by side; completing names the ones that count."""
    project_id, part_id = principal.project_id, new_id(Prefix.UPLOAD_PART)
    key = service.part_key(project_id, upload_id, part_id)
    await to_thread.run_sync(_require_pending, resources, project_id, upload_id)
    writers: list[ObjectWriter] = []

    def open_writer() -> ObjectWriter:
        writers.append(resources.store.writer(key).__enter__())
        return writers[0]

    try:
        await read_upload(
            request, open_writer, field_name="data", max_file_bytes=resources.settings.max_upload_part_bytes
        )
        return await to_thread.run_sync(_keep_part, resources, project_id, upload_id, part_id, writers[0])
    finally:
        for writer in writers:
            # After a commit this does nothing; before one it leaves nothing behind.
            await to_thread.run_sync(writer.__exit__, None, None, None)


@router.post("/{upload_id}/complete")
def complete_upload(
    upload_id: UploadId, body: UploadComplete, principal: PrincipalDep, resources: ResourcesDep, once: OnceDep
) -> UploadObject:
    """Join the parts into a file. Its lines are checked afterwards, like those of any file."""
    earlier = once.find_earlier(resources.database, UploadObject)
    if earlier is not None:
        return earlier
    try:
        return _join_parts(resources, principal.project_id, upload_id, body, once)
    except UploadStateError:
        # The same request may have completed the upload since we looked.
        earlier = once.find_earlier(resources.database, UploadObject)
        if earlier is None:
            raise
        return earlier


@router.post("/{upload_id}/cancel")
def cancel_upload(upload_id: UploadId, principal: PrincipalDep, session: SessionDep, once: OnceDep) -> UploadObject:
    """Give an upload up; it takes no more parts."""
    return once.answer(
        session, UploadObject, lambda: render_upload(service.cancel_upload(session, principal.project_id, upload_id))
    )


def _join_parts(
    resources: Resources, project_id: str, upload_id: str, body: UploadComplete, once: Once
) -> UploadObject:
    """Write the joined object with no transaction open, then make it a file; an object nobody points at is removed."""
    with resources.database.reading() as session:
        parts = service.order_parts(session, project_id, upload_id, body.part_ids)
    file_id = new_id(Prefix.FILE)
    key = files.object_key(project_id, file_id)
    stored = service.join_parts(resources.store, parts, key=key, md5=body.md5)
    kept = False
    try:
        with resources.database.transaction() as session:
            answer = once.answer(
                session,
                UploadObject,
                lambda: render_upload(
                    *service.complete_upload(session, project_id, upload_id, file_id=file_id, stored=stored)
                ),
            )
        kept = answer.file is not None and answer.file.id == file_id
        return answer
    finally:
        if not kept:
            resources.store.delete(key)


def _require_pending(resources: Resources, project_id: str, upload_id: str) -> None:
    with resources.database.reading() as session:
        service.require_pending(session, project_id, upload_id)


def _keep_part(
    resources: Resources, project_id: str, upload_id: str, part_id: str, writer: ObjectWriter
) -> UploadPartObject:
    """Commit the object, then the row: a crash in between leaves bytes that upkeep removes with the upload."""
    stored = writer.commit()
    with resources.database.transaction() as session:
        return render_part(service.add_part(session, project_id, upload_id, part_id=part_id, stored=stored))
