"""What the check at upload makes of a file's status: by the codes' own severities, and by the project's policies.

Whoever writes a status holds the policies meanwhile: a change of them is either seen here, or comes afterwards and has
every file judged anew.
"""

from sqlmodel import Session

from shared.datasets.pipeline import repository
from shared.datasets.pipeline.policies import get_policies
from shared.datasets.pipeline.question import AT_UPLOAD
from shared.datasets.pipeline.verdict import find_problem
from shared.files import service as files

_BATCH = 20
"""Reports are read whole, and one with many codes has some hundred kilobytes."""


def settle_upload(session: Session, project_id: str, check_id: str) -> None:
    """Move the file of a check at upload that has ended to `processed` or `error`."""
    repository.lock_policies(session, project_id, to_change=False)
    check = repository.find_check(session, project_id, check_id)
    if check is not None:
        problem = find_problem(check, policies=get_policies(session, project_id))
        files.mark_checked(session, project_id, check.file_id, problem=problem)


def settle_uploads_behind(session: Session, project_id: str, after: str) -> str | None:
    """Judge some of the project's uploads anew: those behind the check `after`. The last one's id; None at the end."""
    repository.lock_policies(session, project_id, to_change=False)
    policies = get_policies(session, project_id)
    checks = repository.list_answered(session, project_id, AT_UPLOAD.digest, after=after, limit=_BATCH)
    for check in checks:
        files.mark_checked(session, project_id, check.file_id, problem=find_problem(check, policies=policies))
    return checks[-1].id if checks else None
