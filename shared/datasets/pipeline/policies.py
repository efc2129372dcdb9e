"""What a project makes of each code. Read when a report is judged, so that a change needs no new check.

The status of a file is kept, not read: a change of policies has all files judged anew.
"""

from collections.abc import Mapping

from sqlmodel import Session

from shared import clock
from shared.datasets.codes import CODES
from shared.datasets.pipeline import repository
from shared.datasets.severities import Policy
from shared.errors import InvalidInputError
from shared.outbox.add import wake_work
from shared.tasks import Work


def get_policies(session: Session, project_id: str) -> dict[str, Policy]:
    """Codes the project has an opinion on; a code that this release no longer knows is left out."""
    found = repository.find_policies(session, project_id)
    known = {} if found is None else found.policies
    return {code: Policy(policy) for code, policy in known.items() if code in CODES}


def find_edition(session: Session, project_id: str) -> tuple[dict[str, str], int] | None:
    """What the project has chosen, and when: the same twice means that nobody has changed it in between."""
    found = repository.find_policies(session, project_id)
    return None if found is None else (found.policies, found.updated_at)


def set_policies(session: Session, project_id: str, policies: Mapping[str, Policy]) -> None:
    """Replace all of the project's policies, and have the files that were checked before follow.

    Raises InvalidInputError for a code that does not exist.
    """
    unknown = [code for code in policies if code not in CODES]
    if unknown:
        raise InvalidInputError(
            f"There is no code `{unknown[0][:80]}`. The codes are listed in docs/dataset-checks.md.",
            param=f"policies.{unknown[0][:80]}",
            code="unknown_dataset_code",
        )
    chosen = {code: str(policy) for code, policy in sorted(policies.items())}
    # First: whoever judges uploads holds its unit before it holds the policies.
    wake_work(session, kind=Work.JUDGE_UPLOADS, project_id=project_id, subject_id=project_id)
    repository.lock_policies(session, project_id, to_change=True)
    repository.save_policies(session, project_id, chosen, now=clock.now_seconds())
