"""Rows of a dataset as a model will be trained on them."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api.auth import PrincipalDep
from api.dependencies import ResourcesDep
from shared.datasets.tokens.rendering import RenderedRow
from shared.datasets.tokens.showing import ShownRow, show_row
from shared.files import service as files
from shared.files.errors import FileNotFoundInProjectError
from shared.ids import Prefix, is_id

router = APIRouter(prefix="/datasets", tags=["Datasets"])

_MODEL_CHARS = 200


class SegmentRead(BaseModel):
    text: str = Field(description="The text; empty for a mark.")
    tokens: list[int] = Field(description="Its token ids; of a `mark`, `tools` or `image` only their number is known.")
    n_tokens: int = Field(description="How many tokens it is.")
    trained: bool = Field(description="Whether the model learns to write it: the loss mask.")
    kept: bool = Field(description="False for what the model's limit cuts off.")
    kind: str = Field(description="`text`, `role`, `mark`, `tools` or `image`.")


class RenderedRowRead(BaseModel):
    segments: list[SegmentRead] = Field(description="The whole row in reading order.")
    total: int = Field(description="Tokens of the row.")
    trained: int = Field(description="Tokens that are learned, after truncation.")
    truncated_at: int | None = Field(description="The first token that is cut off, from 0; null for a row that fits.")

    @classmethod
    def of(cls, row: RenderedRow) -> Self:
        return cls.model_validate(row, from_attributes=True)


class RenderedRead(RenderedRowRead):
    file_id: str = Field(description="The file.")
    line: int = Field(description="The line, from 1.")
    format: str = Field(description="`chat`, `preference`, `reinforcement` or `completion`.")
    model: str = Field(description="The model it is shown for.")
    tokenizer: str = Field(description="tiktoken's encoding, or the engine model's name.")
    limit_tokens: int | None = Field(description="Longer rows are cut at the end; null where no limit is known.")
    rejected: RenderedRowRead | None = Field(description="Of a preference row: the conversation that is rejected.")
    is_exact: bool = Field(description="False where the model, tools or images leave only an estimate.")
    note: str = Field(description="What these tokens are.")


class RowQuestion(BaseModel):
    model: str = Field(min_length=1, max_length=_MODEL_CHARS, description="The model that the row is for.")
    method: Literal["supervised", "dpo", "reinforcement"] | None = Field(
        None, description="The training method, where the keys of the row leave a choice."
    )


@router.get("/{file_id}/rows/{line}/rendered")
def retrieve_rendered_row(
    file_id: Annotated[str, Path(description="`file-…`")],
    line: Annotated[int, Path(ge=1, le=2**53, description="The line, from 1.")],
    principal: PrincipalDep,
    resources: ResourcesDep,
    question: Annotated[RowQuestion, Query()],
) -> RenderedRead:
    """The very text and token ids that a model will be trained on, with the loss mask."""
    if not is_id(file_id, Prefix.FILE):
        raise FileNotFoundInProjectError(file_id)
    with resources.database.reading() as session:
        file = files.get_file(session, principal.project_id, file_id)
    shown = show_row(
        resources.store, file, line, model=question.model, method=question.method, settings=resources.settings
    )
    return _read(file_id, shown)


def _read(file_id: str, shown: ShownRow) -> RenderedRead:
    row, rejected = shown.rendering.row, shown.rendering.rejected
    return RenderedRead(
        file_id=file_id,
        line=shown.line,
        format=shown.format,
        model=shown.target.model,
        tokenizer=shown.target.tokenizer,
        limit_tokens=shown.target.limit_tokens,
        rejected=None if rejected is None else RenderedRowRead.of(rejected),
        is_exact=shown.rendering.is_exact,
        note=shown.rendering.note,
        **RenderedRowRead.of(row).model_dump(),
    )
