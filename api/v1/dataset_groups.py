"""Words by which prompts speak of groups of people, for the project's reports."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, SessionDep
from shared.datasets.pipeline import groups

router = APIRouter(prefix="/datasets/groups", tags=["Datasets"])


class Groups(BaseModel):
    """Reports for a model compare labels by these groups; one that is asked for with `groups` of its own, by those."""

    model_config = ConfigDict(extra="forbid")

    groups: dict[str, list[str]] = Field(description="Words for each group, by a name for it; none: no comparison.")


@router.get("")
def retrieve_groups(principal: PrincipalDep, session: ReadSessionDep) -> Groups:
    """The project's groups."""
    return Groups(groups=groups.get_groups(session, principal.project_id) or {})


@router.put("")
def replace_groups(body: Groups, principal: PrincipalDep, session: SessionDep) -> Groups:
    """Replace all of the project's groups. They are part of a report: the next one asked for is made with them."""
    groups.set_groups(session, principal.project_id, body.groups)
    return body
