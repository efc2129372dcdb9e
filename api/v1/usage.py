"""What the project has used, by day and model."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep
from shared import clock
from shared.clock import DAY_SECONDS
from shared.usage import service

router = APIRouter(prefix="/usage", tags=["Usage"])

_HUGE = 10**12
_USUAL_DAYS = 30


class UsageResult(BaseModel):
    model: str = Field(description="As requests named it.")
    connection_id: str | None = Field(description="`conn_…`; null for the model server here.")
    num_model_requests: int = Field(description="Completions that were answered.")
    input_tokens: int = Field(description="Prompt tokens, as the answerer counted them.")
    output_tokens: int = Field(description="Completion tokens, likewise.")


class UsageBucket(BaseModel):
    object: Literal["bucket"] = Field(description="Always `bucket`.")
    start_time: int = Field(description="First second of the day (UTC), since the epoch.")
    end_time: int = Field(description="First second of the next day.")
    results: list[UsageResult] = Field(description="One for each model and connection.")


class UsagePage(BaseModel):
    object: Literal["page"] = Field(description="Always `page`.")
    data: list[UsageBucket] = Field(description="Days in which something was used, oldest first.")


@router.get("/completions")
def list_usage(
    principal: PrincipalDep,
    session: ReadSessionDep,
    start_time: Annotated[
        int | None, Query(ge=0, le=_HUGE, description="Seconds since the epoch; 30 days before the end if left out.")
    ] = None,
    end_time: Annotated[
        int | None, Query(ge=0, le=_HUGE, description="Seconds since the epoch, not included; now if left out.")
    ] = None,
) -> UsagePage:
    """Chat completions of the project by day (UTC), model and connection; at most 366 days."""
    end = clock.now_seconds() + 1 if end_time is None else end_time
    start = max(0, end - _USUAL_DAYS * DAY_SECONDS) if start_time is None else start_time
    buckets: dict[int, UsageBucket] = {}
    for used in service.usage_by_day(session, principal.project_id, start=start, end=end):
        empty = UsageBucket(object="bucket", start_time=used.day, end_time=used.day + DAY_SECONDS, results=[])
        buckets.setdefault(used.day, empty).results.append(
            UsageResult(
                model=used.model,
                connection_id=used.connection_id,
                num_model_requests=used.requests,
                input_tokens=used.prompt_tokens,
                output_tokens=used.completion_tokens,
            )
        )
    return UsagePage(object="page", data=list(buckets.values()))
