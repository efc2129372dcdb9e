"""The report on a dataset as a page for people, with a key or through a link that lasts an hour."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from api.auth import PrincipalDep
from api.dependencies import ResourcesDep, SessionDep
from api.pages.response import answer_with
from api.v1.datasets import FileId, QuestionDep
from shared import clock
from shared.datasets.page.page import show_report, show_waiting
from shared.datasets.pipeline.question import AT_UPLOAD, Question
from shared.datasets.report_links import LINK_SECONDS, ReportLink, make_token, open_token
from shared.datasets.report_view import view_report
from shared.files import service as files
from shared.resources import Resources

router = APIRouter(prefix="/datasets", tags=["Datasets"])
open_router = APIRouter(tags=["Datasets"])
"""Routes whose address is the key."""


class ReportLinkRead(BaseModel):
    url: str = Field(description="Opens the page without a key. Whoever has it can read this report.")
    expires_at: int = Field(description="Until then, in seconds since the epoch.")


@router.get("/{file_id}/report.html", response_class=HTMLResponse)
def retrieve_report_page(
    file_id: FileId, principal: PrincipalDep, resources: ResourcesDep, question: QuestionDep
) -> Response:
    """The report as a page that a browser shows offline; while the check is under way, a page that waits for it."""
    return _show(resources, principal.project_id, file_id, question or AT_UPLOAD)


@router.post("/{file_id}/report/link")
def create_report_link(  # noqa: PLR0917 - what FastAPI injects
    request: Request,
    file_id: FileId,
    principal: PrincipalDep,
    session: SessionDep,
    resources: ResourcesDep,
    question: QuestionDep,
) -> ReportLinkRead:
    """A link to the page that works in a browser, for an hour and for this report alone."""
    files.get_file(session, principal.project_id, file_id)
    link = ReportLink(principal.project_id, file_id, question or AT_UPLOAD, clock.now_seconds() + LINK_SECONDS)
    url = request.url_for("open_report_page").include_query_params(
        token=make_token(link, secret_key=resources.secret_key)
    )
    return ReportLinkRead(url=str(url), expires_at=link.expires_at)


@open_router.get("/report-page", response_class=HTMLResponse)
def open_report_page(
    resources: ResourcesDep, token: Annotated[str, Query(description="From `POST …/report/link`.")]
) -> Response:
    """The page that a link stands for."""
    link = open_token(token, secret_keys=resources.secret_keys)
    return _show(resources, link.project_id, link.file_id, link.question)


def _show(resources: Resources, project_id: str, file_id: str, question: Question) -> Response:
    view = view_report(resources, project_id, file_id, question)
    if view.document is None:
        return answer_with(show_waiting(view.filename, view.share_done), status=202)
    return answer_with(show_report(view.document, view.rows, filename=view.filename))
