"""How fast the own engine has trained a model for a project: better than any rule of thumb. Knows no datasets."""

from statistics import median

from sqlmodel import Session

from shared.jobs import repository

_LATEST = 5
_SHORTEST_SECONDS = 5
"""A shorter run spends its time on starting."""


def measure_training_speed(session: Session, project_id: str, model: str) -> float | None:
    """Trained tokens a second, the median of the latest jobs; None before the first of some length has succeeded."""
    runs = repository.list_engine_runs(session, project_id, model, at_least_seconds=_SHORTEST_SECONDS, limit=_LATEST)
    return median(tokens / seconds for tokens, seconds in runs) if runs else None
