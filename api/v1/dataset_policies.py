"""What a project makes of each code that checks report: block, warn or ignore."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, SessionDep
from shared.datasets.pipeline import policies
from shared.datasets.severities import Policy

router = APIRouter(prefix="/datasets/policies", tags=["Datasets"])


class Policies(BaseModel):
    """Codes that are not named are judged by the target's table."""

    model_config = ConfigDict(extra="forbid")

    policies: dict[str, Literal["block", "warn", "ignore"]] = Field(description="What to make of a code, by its name.")


@router.get("")
def retrieve_policies(principal: PrincipalDep, session: ReadSessionDep) -> Policies:
    """The project's policies."""
    return _render(policies.get_policies(session, principal.project_id))


@router.put("")
def replace_policies(body: Policies, principal: PrincipalDep, session: SessionDep) -> Policies:
    """Replace all of the project's policies. Reports and jobs yet to be validated follow at once, files in moments."""
    chosen = {code: Policy(policy) for code, policy in body.policies.items()}
    policies.set_policies(session, principal.project_id, chosen)
    return _render(chosen)


def _render(chosen: dict[str, Policy]) -> Policies:
    return Policies.model_validate({"policies": {code: str(policy) for code, policy in sorted(chosen.items())}})
