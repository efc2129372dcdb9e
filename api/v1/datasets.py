"""What checks found in a dataset."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response, StreamingResponse

from api.auth import PrincipalDep
from api.dependencies import ResourcesDep, SessionDep, SettingsDep
from api.v1.dataset_reads import CheckRead, ReportRead, UploadReportRead
from shared.connections.moderating import get_moderating
from shared.datasets.pipeline import asking
from shared.datasets.pipeline.document import render_report, render_standing
from shared.datasets.pipeline.finding_log import iter_findings
from shared.datasets.pipeline.groups import get_groups
from shared.datasets.pipeline.policies import get_policies
from shared.datasets.pipeline.question import AT_UPLOAD, Question
from shared.datasets.pipeline.tables import CheckState
from shared.resources import Resources

router = APIRouter(prefix="/datasets", tags=["Datasets"])

_RETRY_AFTER = {"retry-after": "1"}

FileId = Annotated[str, Path(description="`file-…`")]


def _make_question(  # noqa: PLR0917 - one for each parameter of the address
    resources: ResourcesDep,
    principal: PrincipalDep,
    model: Annotated[str | None, Query(description="The model that the file is for, hosted or one of ours.")] = None,
    method: Annotated[str | None, Query(description="`supervised` (the default), `dpo` or `reinforcement`.")] = None,
    validation_file: Annotated[str | None, Query(description="`file-…` to be checked along, and for leaks.")] = None,
    target: Annotated[str | None, Query(description="Whose rules count; by default the model's maker.")] = None,
    evaluation_file: Annotated[
        list[str], Query(description="`file-…` that models are measured with: no row may be in it. Up to ten times.")
    ] = [],  # noqa: B006 - FastAPI copies it
    grader: Annotated[str | None, Query(description="JSON of a reinforcement job's grader, checked as well.")] = None,
    groups: Annotated[
        str | None,
        Query(description='JSON such as `{"women": ["she", "her"]}`: do labels differ by group? Else the project\'s.'),
    ] = None,
    moderation: Annotated[
        str | None, Query(description="Connection, by name or id, whose moderation gets every text to judge.")
    ] = None,
) -> Question | None:
    kept_groups = None
    if model is not None and groups is None:
        with resources.database.reading() as session:
            kept_groups = get_groups(session, principal.project_id)
    return asking.make_question(
        model=model,
        method=method,
        validation_file=validation_file,
        target=target,
        evaluation_file=evaluation_file,
        grader=grader,
        groups=groups,
        kept_groups=kept_groups,
        moderation=None if moderation is None else _find_moderating(resources, principal.project_id, moderation),
        settings=resources.settings,
    )


def _find_moderating(resources: Resources, project_id: str, named: str) -> str:
    # In a transaction that has ended before the endpoint works: some of them hold none.
    with resources.database.reading() as session:
        return get_moderating(session, project_id, named).id


QuestionDep = Annotated[Question | None, Depends(_make_question)]


@router.get(
    "/{file_id}/report",
    response_model=UploadReportRead | ReportRead,
    responses={202: {"model": CheckRead, "description": "The check is under way; ask again after `retry-after`."}},
)
def retrieve_report(
    file_id: FileId, principal: PrincipalDep, session: SessionDep, settings: SettingsDep, question: QuestionDep
) -> Response:
    """Every kind of problem in a file, with the lines it is on; with `model=`, also what they mean for that model."""
    project_id = principal.project_id
    if question is None:
        report = asking.get_answer(session, project_id, file_id, AT_UPLOAD)
        return _json(UploadReportRead.model_validate(report, from_attributes=True).model_dump())
    check = asking.ask(session, project_id, file_id, question, settings=settings)
    if check.state == CheckState.SUCCEEDED:
        return _json(render_report(check, policies=get_policies(session, project_id)))
    standing = asking.get_standing(session, project_id, file_id, question)
    return _json(render_standing(standing), status=202, headers=_RETRY_AFTER)


@router.get("/{file_id}/report/findings", response_class=StreamingResponse)
def retrieve_findings(
    file_id: FileId, principal: PrincipalDep, resources: ResourcesDep, question: QuestionDep
) -> StreamingResponse:
    """Every finding of a report as a line of JSON, where the report has samples. Up to 100,000 of each code."""
    with resources.database.reading() as session:
        check = asking.get_answer(session, principal.project_id, file_id, question or AT_UPLOAD)
    return StreamingResponse(iter_findings(resources.store, check), media_type="application/jsonl")


def _json(document: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """As it is: a report of some megabytes need not go through a model field by field."""
    return Response(msgspec.json.encode(document), status, headers, media_type="application/json")
