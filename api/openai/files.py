"""Files: upload, list, retrieve, delete, content."""

import base64
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, ResourcesDep, SessionDep
from api.multipart import UploadForm, read_upload
from api.once import Once, OnceDep
from api.openai.upload_body import UPLOAD_BODY
from api.openai.wire.base import Deleted
from api.openai.wire.files import FileList, FileObject, render_file
from api.pagination import PageRequest, cut, page_of
from shared.datasets.pipeline import service as checks
from shared.datasets.pipeline.service import Progress
from shared.errors import InvalidInputError
from shared.files import service
from shared.files.errors import FileNotFoundInProjectError
from shared.files.service import ReceivedFile
from shared.files.tables import File, FileStatus, Purpose
from shared.ids import Prefix, is_id, new_id
from shared.jobs.usage import require_file_unused
from shared.resources import Resources
from shared.storage.protocol import ObjectWriter
from shared.tenants.service import Principal

router = APIRouter(prefix="/files", tags=["Files"])

FilePage = Annotated[PageRequest, Depends(page_of(default=10_000, maximum=10_000))]

_MIN_EXPIRY_SECONDS, _MAX_EXPIRY_SECONDS = 3600, 2_592_000
_BASE64_CHUNK_BYTES = 3 * (256 << 10)
"A multiple of three, so that the encoded chunks join without padding in between."


def _file_id(file_id: Annotated[str, Path(description="`file-…`")]) -> str:
    if not is_id(file_id, Prefix.FILE):
        raise FileNotFoundInProjectError(file_id)
    return file_id


FileId = Annotated[str, Depends(_file_id)]


@router.post("", openapi_extra=UPLOAD_BODY)
async def create_file(request: Request, principal: PrincipalDep, resources: ResourcesDep, once: OnceDep) -> FileObject:
    """Upload a file. Its lines are checked afterwards: wait until `status` is `processed` or `error`."""
    file_id = new_id(Prefix.FILE)
    key = service.object_key(principal.project_id, file_id)
    writers: list[ObjectWriter] = []

    def open_writer() -> ObjectWriter:
        writers.append(resources.store.writer(key).__enter__())
        return writers[0]

    try:
        form = await read_upload(request, open_writer, max_file_bytes=resources.settings.max_file_bytes)
        received = _Received(file_id, key, form, writers[0])
        return await to_thread.run_sync(_keep, resources, principal, once, received)
    finally:
        for writer in writers:
            # After a commit this does nothing; before one it leaves nothing behind.
            await to_thread.run_sync(writer.__exit__, None, None, None)


@router.get("")
def list_files(
    principal: PrincipalDep,
    session: ReadSessionDep,
    page: FilePage,
    order: Annotated[Literal["asc", "desc"], Query(description="`desc`: newest first.")] = "desc",
    purpose: Annotated[str | None, Query(max_length=64, description="Only files for this purpose.")] = None,
) -> FileList:
    """Files by the time they were made."""
    if page.after is not None and not is_id(page.after, Prefix.FILE):
        return FileList(data=[], first_id=None, last_id=None, has_more=False)
    if purpose is not None and purpose not in set(Purpose):
        return FileList(data=[], first_id=None, last_id=None, has_more=False)
    rows = service.list_files(
        session,
        principal.project_id,
        after=page.after,
        limit=page.probe,
        ascending=order == "asc",
        purpose=purpose,
    )
    found = cut(rows, page)
    progress = _measure(session, found.rows)
    data = [render_file(file, progress.get(file.id)) for file in found.rows]
    return FileList(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=found.has_more,
    )


@router.get("/{file_id}")
def retrieve_file(file_id: FileId, principal: PrincipalDep, session: ReadSessionDep) -> FileObject:
    """One file."""
    file = service.get_file(session, principal.project_id, file_id)
    return render_file(file, _measure(session, [file]).get(file_id))


@router.delete("/{file_id}")
def delete_file(file_id: FileId, principal: PrincipalDep, session: SessionDep) -> Deleted:
    """Delete a file. Refused while a job that has not ended needs it."""
    service.get_file(session, principal.project_id, file_id)
    require_file_unused(session, principal.project_id, file_id)
    service.delete_file(session, principal.project_id, file_id)
    return Deleted(id=file_id, object="file", deleted=True)


@router.get("/{file_id}/content", response_class=StreamingResponse)
def retrieve_content(file_id: FileId, principal: PrincipalDep, resources: ResourcesDep) -> StreamingResponse:
    """The bytes of a file. Result files come in base64, as scripts written for this wire expect them."""
    with resources.database.reading() as session:
        file = service.get_file(session, principal.project_id, file_id)
    if file.purpose == Purpose.FINE_TUNE_RESULTS:
        encoded = _encode(resources.store.iter_chunks(file.object_key, _BASE64_CHUNK_BYTES))
        return StreamingResponse(encoded, media_type="application/octet-stream")
    return StreamingResponse(resources.store.iter_chunks(file.object_key), media_type="application/octet-stream")


def _measure(session: Session, files: Sequence[File]) -> dict[str, Progress]:
    """How far the checks of these files are, of one project, for those that are under way."""
    waiting = [file.id for file in files if file.status == FileStatus.UPLOADED]
    return checks.measure_uploads(session, files[0].project_id, waiting) if waiting else {}


class _Received:
    """A form whose file lies in an uncommitted writer."""

    def __init__(self, file_id: str, key: str, form: UploadForm, writer: ObjectWriter) -> None:
        self.file_id = file_id
        self.key = key
        self.form = form
        self.writer = writer
        self.purpose = service.check_purpose(form.fields.get("purpose"))
        self.expires_after_seconds = _expiry(form.fields)


def _keep(resources: Resources, principal: Principal, once: Once, received: _Received) -> FileObject:
    """Commit the object, then the row: a crash in between leaves bytes nobody sees, never a row without bytes."""
    stored = received.writer.commit()
    file = ReceivedFile(
        file_id=received.file_id,
        object_key=received.key,
        filename=received.form.filename or "",
        purpose=received.purpose,
        stored=stored,
        expires_after_seconds=received.expires_after_seconds,
    )
    fingerprint = f"{stored.sha256}:{file.purpose}:{file.filename}:{file.expires_after_seconds}"
    kept = False
    try:
        with resources.database.transaction() as session:
            answer = once.answer(
                session,
                FileObject,
                lambda: render_file(service.create_file(session, principal.project_id, file)),
                body_sha256=fingerprint,
            )
        kept = answer.id == received.file_id
        return answer
    finally:
        if not kept:
            resources.store.delete(received.key)


def _expiry(fields: dict[str, str]) -> int | None:
    anchor, seconds = fields.get("expires_after[anchor]"), fields.get("expires_after[seconds]")
    if anchor is None and seconds is None:
        return None
    if anchor != "created_at":
        raise InvalidInputError("expires_after[anchor] must be `created_at`.", param="expires_after")
    if (
        seconds is None
        or not (seconds.isascii() and seconds.isdigit())
        or not _MIN_EXPIRY_SECONDS <= int(seconds[:12]) <= _MAX_EXPIRY_SECONDS
    ):
        raise InvalidInputError(
            f"expires_after[seconds] must be {_MIN_EXPIRY_SECONDS} to {_MAX_EXPIRY_SECONDS}.",
            param="expires_after",
        )
    return int(seconds)


def _encode(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Base64 of a stream whose chunks, but for the last, are multiples of three bytes."""
    for chunk in chunks:
        yield base64.b64encode(chunk)
