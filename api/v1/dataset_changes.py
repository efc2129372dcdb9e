"""Making files out of files: split, fixes, merge, sample. Each answers an operation, whose work begins at once."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import Session

from api.auth import PrincipalDep
from api.dependencies import SessionDep
from api.once import OnceDep
from api.openai.wire.base import ONE_LINE, WireRequest
from api.v1.dataset_operations import DatasetFileId, OperationRead, render_operation
from shared.datasets.fixing import DEFAULT_CODES, FIXABLE_CODES
from shared.datasets.operations import service
from shared.datasets.tables import DerivationKind
from shared.errors import InvalidInputError

router = APIRouter(prefix="/datasets", tags=["Datasets"])

_MOST_FILES = 100
_MOST_ROWS = 1 << 40

Filename = Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
Seed = Annotated[int, Field(ge=0, lt=1 << 63)]
Share = Annotated[float, Field(gt=0, lt=1)]
RowCount = Annotated[int, Field(ge=1, le=_MOST_ROWS)]


class SplitRequest(WireRequest):
    validation_share: Share = Field(0.1, description="The share of the rows that goes to validation.")
    validation_rows: RowCount | None = Field(None, description="So many rows instead of a share.")
    seed: Seed = Field(0, description="Another seed is another split; the same one the same.")
    group_by: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="A top-level field; rows with the same value stay together. Else: rows with one context."
    )
    filename: Filename | None = Field(None, description="What the new files are named after; else the file's name.")


class FixesRequest(WireRequest):
    codes: Annotated[list[str], Field(min_length=1, max_length=_MOST_FILES)] | None = Field(
        None, description="Codes to fix, of those whose fix is `auto`; else all of them but `pii_detected`."
    )
    filename: Filename | None = Field(None, description="What the new version is named after; else the file's name.")


class MergeRequest(WireRequest):
    files: Annotated[list[str], Field(min_length=2, max_length=_MOST_FILES)] = Field(
        description="Ids of 2 to 100 files, in the order of their rows."
    )
    dedupe: bool = Field(default=False, description="Keep only the first of rows that say the same.")
    shuffle_seed: Seed | None = Field(None, description="Shuffle the rows by this seed; null keeps their order.")
    filename: Filename | None = Field(None, description="What the new file is named after; else the first file.")


class SampleRequest(WireRequest):
    rows: RowCount | None = Field(None, description="How many rows.")
    share: Share | None = Field(None, description="Which share of the rows; give this or `rows`.")
    seed: Seed = Field(0, description="Another seed is another sample; the same one the same.")
    by_label: bool = Field(default=False, description="Take the same share of each label; for files of labels.")
    filename: Filename | None = Field(None, description="What the new file is named after; else the file's name.")


@router.post("/{file_id}/split", status_code=202)
def split_dataset(
    file_id: DatasetFileId, body: SplitRequest, principal: PrincipalDep, session: SessionDep, once: OnceDep
) -> OperationRead:
    """Make a training and a validation file of one, by groups of rows that share a context."""

    def make() -> OperationRead:
        return _ask(session, principal.project_id, DerivationKind.SPLIT, [file_id], body)

    return once.answer(session, OperationRead, make)


@router.post("/{file_id}/fixes", status_code=202)
def fix_dataset(
    file_id: DatasetFileId, body: FixesRequest, principal: PrincipalDep, session: SessionDep, once: OnceDep
) -> OperationRead:
    """Make a new version of a file in which all is mended that can be mended safely."""
    chosen = body.model_copy(update={"codes": _fixable(body.codes)})

    def make() -> OperationRead:
        return _ask(session, principal.project_id, DerivationKind.FIXES, [file_id], chosen)

    return once.answer(session, OperationRead, make)


@router.post("/{file_id}/sample", status_code=202)
def sample_dataset(
    file_id: DatasetFileId, body: SampleRequest, principal: PrincipalDep, session: SessionDep, once: OnceDep
) -> OperationRead:
    """Make a file with some of the rows, chosen by a seed."""
    if (body.rows is None) == (body.share is None):
        raise InvalidInputError("Give either rows or share.", param="rows", code="invalid_value")

    def make() -> OperationRead:
        return _ask(session, principal.project_id, DerivationKind.SAMPLE, [file_id], body)

    return once.answer(session, OperationRead, make)


@router.post("/merge", status_code=202)
def merge_datasets(body: MergeRequest, principal: PrincipalDep, session: SessionDep, once: OnceDep) -> OperationRead:
    """Make one file of several that have the same format."""

    def make() -> OperationRead:
        return _ask(session, principal.project_id, DerivationKind.MERGE, body.files, body)

    return once.answer(session, OperationRead, make)


def _fixable(codes: list[str] | None) -> list[str]:
    chosen = DEFAULT_CODES if codes is None else frozenset(codes)
    if unknown := sorted(chosen - FIXABLE_CODES):
        problem = f"{unknown[0][:64]!r} has no automatic fix; use some of {', '.join(sorted(FIXABLE_CODES))}."
        raise InvalidInputError(problem, param="codes", code="invalid_value")
    return sorted(chosen)


def _ask(
    session: Session, project_id: str, kind: DerivationKind, file_ids: list[str], body: WireRequest
) -> OperationRead:
    params = body.model_dump(exclude={"files"}, exclude_none=True)
    return render_operation(service.create_operation(session, project_id, kind=kind, file_ids=file_ids, params=params))
