"""Operations that make datasets, and where a dataset has come from."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep
from api.pagination import PageRequest, cut, page_of
from shared.datasets import lineage
from shared.datasets.imports.service import shown_params
from shared.datasets.operations import service
from shared.datasets.operations.tables import DatasetOperation
from shared.datasets.tables import DerivationKind
from shared.files.errors import FileNotFoundInProjectError
from shared.ids import Prefix, is_id

router = APIRouter(prefix="/datasets", tags=["Datasets"])

OperationPage = Annotated[PageRequest, Depends(page_of(default=20, maximum=100))]


def _file_id(file_id: Annotated[str, Path(description="`file-…`")]) -> str:
    if not is_id(file_id, Prefix.FILE):
        raise FileNotFoundInProjectError(file_id)
    return file_id


DatasetFileId = Annotated[str, Depends(_file_id)]


class OperationErrorRead(BaseModel):
    code: str = Field(description="What went wrong, for programs.")
    message: str = Field(description="What went wrong, where, and what would help.")
    param: str | None = Field(description="The parameter it is about.")


class OperationRead(BaseModel):
    object: Literal["dataset.operation"] = Field(description="Always `dataset.operation`.")
    id: str = Field(description="`dsop_…`")
    kind: str = Field(description="`import`, `split`, `fixes`, `merge` or `sample`.")
    state: str = Field(description="`queued`, `running`, `awaiting_confirmation`, `succeeded` or `failed`.")
    files: list[str] = Field(description="The files it reads.")
    params: dict[str, Any] = Field(description="What was asked for.")
    progress: float = Field(description="The share that is done, 0 to 1.")
    result: dict[str, Any] | None = Field(description="A summary; `files` has the id of each new file by its role.")
    error: OperationErrorRead | None = Field(description="Why it failed; nothing was made then.")
    created_at: int = Field(description="Seconds since the epoch.")
    finished_at: int | None = Field(description="Seconds since the epoch.")


class OperationList(BaseModel):
    object: Literal["list"] = Field(description="Always `list`.")
    data: list[OperationRead] = Field(description="Operations, newest first.")
    has_more: bool = Field(description="Whether there are older ones.")


class RelativeRead(BaseModel):
    file_id: str = Field(description="`file-…`")
    filename: str | None = Field(description="Its name; null once it is deleted.")
    kind: str | None = Field(description="How it was made of this file; null for a parent.")
    detail: dict[str, Any] | None = Field(description="More of how it was made; null for a parent.")


class LineageRead(BaseModel):
    file_id: str = Field(description="The file that was asked for.")
    kind: str | None = Field(description="How it was made; null for a file that was uploaded.")
    detail: dict[str, Any] | None = Field(description="More of how it was made: its operation, its role, counts.")
    created_at: int | None = Field(description="When it was made of others, in seconds since the epoch.")
    parents: list[RelativeRead] = Field(description="The files it was made of.")
    children: list[RelativeRead] = Field(description="The files made of it, oldest first; at most 1,000.")


@router.get("/operations")
def list_operations(
    principal: PrincipalDep,
    session: ReadSessionDep,
    page: OperationPage,
    kind: Annotated[DerivationKind | None, Query(description="Only operations of this kind.")] = None,
) -> OperationList:
    """Operations on datasets, newest first."""
    if page.after is not None and not is_id(page.after, Prefix.OPERATION):
        return OperationList(object="list", data=[], has_more=False)
    rows = service.list_operations(session, principal.project_id, after=page.after, limit=page.probe, kind=kind)
    found = cut(rows, page)
    return OperationList(object="list", data=[render_operation(row) for row in found.rows], has_more=found.has_more)


@router.get("/operations/{operation_id}")
def retrieve_operation(
    operation_id: Annotated[str, Path(description="`dsop_…`")], principal: PrincipalDep, session: ReadSessionDep
) -> OperationRead:
    """One operation: how far it is, what it has made, or why it failed."""
    return render_operation(service.get_operation(session, principal.project_id, operation_id))


@router.get("/{file_id}/lineage")
def retrieve_lineage(file_id: DatasetFileId, principal: PrincipalDep, session: ReadSessionDep) -> LineageRead:
    """What a file was made of, and what was made of it."""
    found = lineage.get_lineage(session, principal.project_id, file_id)
    made = found.derivation
    return LineageRead(
        file_id=found.file_id,
        kind=made.kind if made else None,
        detail=made.detail if made else None,
        created_at=made.created_at if made else None,
        parents=[_render_relative(relative) for relative in found.parents],
        children=[_render_relative(relative) for relative in found.children],
    )


def render_operation(operation: DatasetOperation) -> OperationRead:
    error = None
    if operation.error_code is not None:
        error = OperationErrorRead(
            code=operation.error_code, message=operation.error_message or "", param=operation.error_param
        )
    return OperationRead(
        object="dataset.operation",
        error=error,
        params=shown_params(operation.params),
        **operation.model_dump(exclude={"project_id", "params", "error_code", "error_message", "error_param"}),
    )


def _render_relative(relative: lineage.Relative) -> RelativeRead:
    made = relative.derivation
    return RelativeRead(
        file_id=relative.file_id,
        filename=relative.file.filename if relative.file else None,
        kind=made.kind if made else None,
        detail=made.detail if made else None,
    )
