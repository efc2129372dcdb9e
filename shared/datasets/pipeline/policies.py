"""What a project makes of each code. Read when a report is judged, so that a change needs no new check."""

from collections.abc import Mapping

from sqlmodel import Session

from shared import clock
from shared.datasets.codes import CODES
from shared.datasets.pipeline import repository
from shared.datasets.severities import Policy
from shared.errors import InvalidInputError


def get_policies(session: Session, project_id: str) -> dict[str, Policy]:
    """Codes the project has an opinion on; a code that this release no longer knows is left out."""
    found = repository.find_policies(session, project_id)
    known = {} if found is None else found.policies
    return {code: Policy(policy) for code, policy in known.items() if code in CODES}


def set_policies(session: Session, project_id: str, policies: Mapping[str, Policy]) -> None:
    """Replace all of the project's policies. Raises InvalidInputError for a code that does not exist."""
    unknown = [code for code in policies if code not in CODES]
    if unknown:
        raise InvalidInputError(
            f"There is no code `{unknown[0][:80]}`. The codes are listed in docs/dataset-checks.md.",
            param=f"policies.{unknown[0][:80]}",
            code="unknown_dataset_code",
        )
    chosen = {code: str(policy) for code, policy in sorted(policies.items())}
    repository.save_policies(session, project_id, chosen, now=clock.now_seconds())
