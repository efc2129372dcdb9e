"""Who moderates the files of the project's jobs."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, SessionDep
from shared.datasets.pipeline import moderation

router = APIRouter(prefix="/datasets/moderation", tags=["Datasets"])


class Moderation(BaseModel):
    """Off unless a project chooses a connection: what every row of a job's files says is sent to its provider."""

    model_config = ConfigDict(extra="forbid")

    connection: str | None = Field(
        description="Connection, by name or id, whose moderation judges the files of each job; null: none does."
    )


@router.get("")
def retrieve_moderation(principal: PrincipalDep, session: ReadSessionDep) -> Moderation:
    """The id of the connection that the project has chosen."""
    return Moderation(connection=moderation.get_moderation(session, principal.project_id))


@router.put("")
def replace_moderation(body: Moderation, principal: PrincipalDep, session: SessionDep) -> Moderation:
    """Choose another one, or none. Jobs that wait for their validation follow."""
    return Moderation(connection=moderation.set_moderation(session, principal.project_id, body.connection))
