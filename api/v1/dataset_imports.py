"""Importing datasets of other formats: ask, look at what was detected, agree."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from api.auth import PrincipalDep
from api.dependencies import ResourcesDep, SessionDep
from api.once import OnceDep
from api.openai.wire.base import ONE_LINE, WireRequest
from api.v1.dataset_operations import OperationRead, render_operation
from shared.datasets.imports import service
from shared.outbound.policy import outbound_policy
from shared.outbound.urls import MAX_URL_CHARACTERS

router = APIRouter(prefix="/datasets", tags=["Datasets"])

FieldName = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
_MOST_ROLES = 100


class ImportMapping(WireRequest):
    """Which field of a record plays which part; dots reach into objects."""

    prompt: FieldName | None = Field(None, description="The question or instruction.")
    context: FieldName | None = Field(None, description="What the question is about; follows or precedes it.")
    response: FieldName | None = Field(None, description="The answer to learn.")
    system: FieldName | None = Field(None, description="The system message.")
    history: FieldName | None = Field(None, description="Earlier turns, as pairs of question and answer.")
    messages: FieldName | None = Field(None, description="A list of turns, instead of prompt and response.")
    role_key: FieldName | None = Field(None, description="In a turn: who speaks.")
    content_key: FieldName | None = Field(None, description="In a turn: what is said.")
    role_map: dict[FieldName, FieldName] | None = Field(
        None,
        max_length=_MOST_ROLES,
        description="From names of speakers to system, user, assistant, tool, function_call.",
    )
    tools: FieldName | None = Field(None, description="The tools offered.")
    images: FieldName | None = Field(None, description="Addresses of images, for `<image>` marks in the texts.")
    chosen: FieldName | None = Field(None, description="The better answer of a pair.")
    rejected: FieldName | None = Field(None, description="The worse answer.")
    choices: FieldName | None = Field(None, description="The options of a multiple choice.")
    label: FieldName | None = Field(None, description="The right option, or a verdict on an answer.")
    group: FieldName | None = Field(None, description="What rows of one context share. Kept in rows for graders only.")


class ImportOptions(WireRequest):
    """What may be chosen about the rows that are made."""

    system: str | None = Field(None, max_length=100_000, description="System message for rows without one.")
    reasoning: Literal["keep", "drop"] = Field("keep", description="Reasoning as `<think>…</think>`, or not at all.")
    strip_legacy: bool = Field(default=True, description="Take old separators off prompts and completions.")
    input_template: Literal["lines", "stanford"] = Field("lines", description="How an Alpaca input follows.")
    kto: Literal["positives", "pairs"] = Field(
        "positives", description="Good answers as chat rows, or good and bad ones to one prompt as preference rows."
    )
    encoding: FieldName | None = Field(None, description="Of a CSV file that is not UTF-8; else guessed.")
    delimiter: Literal[",", ";", "\t", "|"] | None = Field(None, description="Of a CSV file; else found.")


class ImportRequest(WireRequest):
    file_id: FieldName | None = Field(None, description="A file of purpose `user_data`, `fine-tune` or `batch`.")
    url: Annotated[str, Field(max_length=MAX_URL_CHARACTERS)] | None = Field(
        None, description="An https address that answers with the data itself."
    )
    object_key: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        None, description="An object below `imports/<project id>/` in the service's object store."
    )
    join_file_id: FieldName | None = Field(
        None, description="A second file to join: a batch's answers to its requests."
    )
    format: FieldName | None = Field(None, description="The format, such as `alpaca`; else detected.")
    mapping: ImportMapping | None = Field(None, description="Fields by hand; else found.")
    options: ImportOptions | None = Field(None, description="What may be chosen about the rows.")
    split: Name | None = Field(None, description="Which file or split of an archive.")
    sheet: Name | None = Field(None, description="Which sheet of a workbook; else the first.")
    filename: Name | None = Field(None, description="The name of the new file.")
    preview: bool = Field(default=False, description="Stop and show what was detected, until it is confirmed.")


class ImportConfirmation(WireRequest):
    format: FieldName | None = Field(None, description="Another format than the one detected.")
    mapping: ImportMapping | None = Field(None, description="Fields by hand; else as detected.")
    options: ImportOptions | None = Field(None, description="Instead of those given before.")
    preview: bool = Field(default=False, description="Show it once more with these corrections, and wait again.")


@router.post("/import", status_code=202)
def import_dataset(
    body: ImportRequest, principal: PrincipalDep, session: SessionDep, resources: ResourcesDep, once: OnceDep
) -> OperationRead:
    """Make a training file of a source in another format. With `preview`, nothing is made before it is confirmed."""

    def make() -> OperationRead:
        wish = body.model_dump(exclude_none=True, exclude_unset=True)
        policy = outbound_policy(resources.settings)
        return render_operation(service.create_import(session, principal.project_id, wish=wish, policy=policy))

    return once.answer(session, OperationRead, make)


@router.post("/operations/{operation_id}/confirm", status_code=202)
def confirm_operation(
    operation_id: Annotated[str, Path(description="`dsop_…`")],
    body: ImportConfirmation,
    principal: PrincipalDep,
    session: SessionDep,
    once: OnceDep,
) -> OperationRead:
    """Let an import go on that waits with its preview, as detected or with corrections. Saying it twice is once."""

    def make() -> OperationRead:
        wish = body.model_dump(exclude_none=True, exclude_unset=True)
        return render_operation(service.confirm_import(session, principal.project_id, operation_id, wish=wish))

    return once.answer(session, OperationRead, make)
