"""Files on the wire."""

from typing import Literal

from pydantic import Field

from api.openai.wire.base import WireModel
from shared.datasets.pipeline.service import Progress
from shared.files.tables import File


class FileProgress(WireModel):
    bytes_total: int = Field(description="Size of the file.")
    bytes_done: int = Field(description="Bytes that have been checked.")
    rows_done: int = Field(description="Lines that have been checked.")


class FileObject(WireModel):
    id: str = Field(description="`file-…`")
    object: Literal["file"] = "file"
    bytes: int = Field(description="Size in bytes.")
    created_at: int = Field(description="Seconds since the epoch.")
    expires_at: int | None = Field(
        description="When the file is deleted by itself, in seconds since the epoch; null: never."
    )
    filename: str = Field(description="The name it was sent with, as a label.")
    purpose: Literal["assistants", "batch", "fine-tune", "vision", "user_data", "fine-tune-results"] = Field(
        description="What the file is for."
    )
    status: Literal["uploaded", "processed", "error"] = Field(
        description="`uploaded` until its lines are checked, then `processed` or `error`, by the project's policies."
    )
    status_details: str | None = Field(description="What is wrong with it, naming lines.")
    progress: FileProgress | None = Field(
        default=None, description="How far the check of its lines is; null before and after. Not on OpenAI's wire."
    )


class FileList(WireModel):
    object: Literal["list"] = "list"
    data: list[FileObject] = Field(description="One page of files.")
    first_id: str | None = Field(description="First id of the page.")
    last_id: str | None = Field(description="Last id of the page; pass it as `after` for the next.")
    has_more: bool = Field(description="Whether there are files behind this page.")


def render_file(file: File, progress: Progress | None = None) -> FileObject:
    return FileObject.model_validate(
        {
            "id": file.id,
            "bytes": file.bytes,
            "created_at": file.created_at,
            "expires_at": file.expires_at,
            "filename": file.filename,
            "purpose": file.purpose,
            "status": file.status,
            "status_details": file.status_details,
            "progress": None if progress is None else _render_progress(progress),
        }
    )


def _render_progress(progress: Progress) -> FileProgress:
    """Of the check at upload, for which nobody is asked to judge rows."""
    return FileProgress(bytes_total=progress.bytes_total, bytes_done=progress.bytes_done, rows_done=progress.rows_done)
