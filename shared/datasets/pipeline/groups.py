"""Words by which prompts speak of groups of people, kept for all reports of a project that do not bring their own.

They are part of what a report is asked: after a change the same address asks another question.
"""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from shared import clock
from shared.datasets.pipeline import repository
from shared.datasets.pipeline.asked_json import check_groups


def get_groups(session: Session, project_id: str) -> dict[str, list[str]] | None:
    """None for a project that keeps none."""
    return repository.find_groups(session, project_id) or None


def set_groups(session: Session, project_id: str, groups: Mapping[str, Sequence[str]]) -> None:
    """Replace the project's groups; without any, reports compare none. Raises InvalidInputError."""
    chosen = {group: list(words) for group, words in groups.items()}
    check_groups(chosen)
    repository.save_groups(session, project_id, chosen, now=clock.now_seconds())
