"""What a check found in a dataset."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep
from shared.datasets import service
from shared.errors import NotFoundError
from shared.ids import Prefix, is_id

router = APIRouter(prefix="/datasets", tags=["Datasets"])


class DatasetReportRead(BaseModel):
    file_id: str = Field(description="The file that was checked.")
    created_at: int = Field(description="Seconds since the epoch.")
    n_examples: int = Field(description="Rows a job can train on.")
    n_errors: int = Field(description="Findings that keep a job from starting.")
    n_warnings: int = Field(description="Findings worth a look.")
    summary: str = Field(description="One sentence for people; empty when nothing is wrong.")
    report: dict[str, Any] = Field(
        description="Counts for each code, and the first findings of each with line numbers."
    )


class ReportNotFoundError(NotFoundError):
    code = "report_not_found"

    def __init__(self, file_id: str) -> None:
        super().__init__(
            f"There is no report for {file_id[:80]}: no such file, or its check has not ended.",
            param="file_id",
        )


@router.get("/{file_id}/report")
def retrieve_report(
    file_id: Annotated[str, Path(description="`file-…`")], principal: PrincipalDep, session: ReadSessionDep
) -> DatasetReportRead:
    """Every kind of problem in a file, with the lines it is on."""
    report = service.find_report(session, principal.project_id, file_id) if is_id(file_id, Prefix.FILE) else None
    if report is None:
        raise ReportNotFoundError(file_id)
    return DatasetReportRead.model_validate(report, from_attributes=True)
