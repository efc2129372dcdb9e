"""Resumable uploads on the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.openai.wire.base import ONE_LINE, WireModel, WireRequest
from api.openai.wire.files import FileObject, render_file
from shared.files.tables import File
from shared.uploads.service import current_status
from shared.uploads.tables import Upload, UploadPart


class ExpiresAfter(WireRequest):
    anchor: Literal["created_at"] = Field(description="From when the seconds count.")
    seconds: Annotated[int, Field(ge=3600, le=2_592_000)] = Field(description="An hour to 30 days.")


class UploadCreate(WireRequest):
    filename: Annotated[str, StringConstraints(min_length=1, max_length=255)] = Field(description="A label.")
    purpose: Annotated[str, StringConstraints(max_length=64)] = Field(description="As for files.")
    bytes: Annotated[int, Field(ge=1)] = Field(description="Size of the whole file in bytes.")
    mime_type: Annotated[str, StringConstraints(min_length=1, max_length=128), ONE_LINE] = Field(
        description="Kept, not checked."
    )
    expires_after: ExpiresAfter | None = Field(None, description="When the finished file is deleted by itself.")


class UploadComplete(WireRequest):
    part_ids: Annotated[list[str], Field(min_length=1, max_length=10_000)] = Field(description="Every part, in order.")
    md5: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="Hexadecimal MD5 of the whole file, checked when given."
    )


class UploadObject(WireModel):
    id: str = Field(description="`upload_…`")
    object: Literal["upload"] = "upload"
    bytes: int = Field(description="Size declared, in bytes.")
    created_at: int = Field(description="Seconds since the epoch.")
    expires_at: int = Field(description="Until when parts are taken, in seconds since the epoch.")
    filename: str
    purpose: str
    status: Literal["pending", "completed", "cancelled", "expired"]
    file: FileObject | None = Field(description="The file, once completed.")


class UploadPartObject(WireModel):
    id: str = Field(description="`part_…`; name it when completing.")
    object: Literal["upload.part"] = "upload.part"
    created_at: int = Field(description="Seconds since the epoch.")
    upload_id: str


def render_upload(upload: Upload, file: File | None = None) -> UploadObject:
    return UploadObject(
        id=upload.id,
        bytes=upload.bytes,
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        filename=upload.filename,
        purpose=upload.purpose,
        status=current_status(upload).value,
        file=None if file is None else render_file(file),
    )


def render_part(part: UploadPart) -> UploadPartObject:
    return UploadPartObject(id=part.id, created_at=part.created_at, upload_id=part.upload_id)
