"""Imports as they are asked for and answered."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.imports.tables import Import, ImportedObject, ImportStep, ObjectState


class ImportCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    connection: str = Field(min_length=1, max_length=128, description="Id or name of the connection to leave.")
    what: list[Literal["files", "jobs", "models"]] = Field(
        default=["files", "jobs", "models"],
        min_length=1,
        max_length=3,
        description="What to take along. Jobs bring their events and checkpoints, files their result files.",
    )
    steps: list[Literal["inventory", "copy"]] = Field(
        default=["inventory", "copy"], min_length=1, max_length=2, description="`inventory` alone copies nothing."
    )


class ImportErrorRead(BaseModel):
    code: str = Field(description="What went wrong, for programs.")
    message: str = Field(description="What went wrong and what would help.")


class KindCounts(BaseModel):
    found: int = Field(description="Seen upstream and not here yet.")
    copied: int = Field(description="Here.")
    waiting: int = Field(description="Still changing upstream, as a running job is; the next run looks again.")
    failed: int = Field(description="Could not be had; the objects say why, and the next run tries again.")


class ImportRead(BaseModel):
    object: Literal["import"] = Field(description="Always `import`.")
    id: str = Field(description="`imp_…`")
    connection: str = Field(description="`conn_…`")
    state: str = Field(description="`running`, `succeeded`, `failed` or `cancelled`.")
    step: str | None = Field(description="What it is at while it runs: `inventory` or `copy`.")
    progress: float = Field(description="The share of what was found that is copied or given up, 0 to 1.")
    runs: int = Field(description="Times it was started; each run adds what is new.")
    counts: dict[str, KindCounts] = Field(description="For each kind: `file`, `job`, `checkpoint`, `model`.")
    error: ImportErrorRead | None = Field(
        description="Why the last run ended early; starting again goes on from there."
    )
    waiting_since_failures: int = Field(description="Times in a row that the upstream did not answer; 0 when it does.")
    created_at: int = Field(description="Seconds since the epoch.")
    updated_at: int = Field(description="Seconds since the epoch.")
    finished_at: int | None = Field(description="End of the last run in seconds since the epoch.")


class ImportList(BaseModel):
    object: Literal["list"] = Field(description="Always `list`.")
    data: list[ImportRead] = Field(description="Imports, newest first.")
    has_more: bool = Field(description="Whether there are older ones.")


class ImportedObjectRead(BaseModel):
    object: Literal["import.object"] = Field(description="Always `import.object`.")
    id: str = Field(description="`impobj_…`")
    kind: str = Field(description="`file`, `job`, `checkpoint` or `model`.")
    state: str = Field(description="`found`, `copied`, `waiting` or `failed`.")
    upstream_id: str = Field(description="Its id, or a model's name, upstream.")
    local_id: str = Field(description="Its id here, once it is copied.")
    parent: str | None = Field(description="Upstream id of the job that a checkpoint or a model comes from.")
    reason_code: str | None = Field(description="Why it could not be had, for programs.")
    reason: str | None = Field(description="Why it could not be had.")
    outcome: dict[str, Any] = Field(description="Bytes and SHA-256 of a file, number of events of a job.")
    upstream_created_at: int | None = Field(description="Seconds since the epoch.")


class ImportedObjectList(BaseModel):
    object: Literal["list"] = Field(description="Always `list`.")
    data: list[ImportedObjectRead] = Field(description="In the order in which they were seen.")
    has_more: bool = Field(description="Whether there are more.")


def render_import(found: Import, step: ImportStep | None, counts: dict[str, dict[str, int]]) -> ImportRead:
    states = [str(state) for state in ObjectState]
    by_kind = {kind: KindCounts(**{state: told.get(state, 0) for state in states}) for kind, told in counts.items()}
    settled = sum(each.copied + each.failed for each in by_kind.values())
    total = settled + sum(each.found for each in by_kind.values())
    is_running = found.state == "running" and step is not None
    error = None
    if found.error_code is not None:
        error = ImportErrorRead(code=found.error_code, message=found.error_message or "")
    return ImportRead(
        object="import",
        id=found.id,
        connection=found.connection_id,
        state=found.state,
        step=step.kind if step is not None and is_running else None,
        # What a run was not about stays where it is, and the run is whole without it.
        progress=settled / total if total and found.state != "succeeded" else float(not is_running),
        runs=found.runs,
        counts=by_kind,
        error=error,
        waiting_since_failures=step.failures if step is not None and is_running else 0,
        created_at=found.created_at,
        updated_at=found.updated_at,
        finished_at=found.finished_at,
    )


def render_object(imported: ImportedObject) -> ImportedObjectRead:
    fields = {name: getattr(imported, name) for name in ImportedObjectRead.model_fields if name != "object"}
    return ImportedObjectRead(object="import.object", **fields)
