"""Use cases of usage: what one completion used, written down; what a project used, by day."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.clock import DAY_SECONDS
from shared.errors import InvalidInputError
from shared.ids import Prefix, new_id
from shared.usage import repository
from shared.usage.repository import DailyUsage

_MOST_DAYS = 366
_MOST_TOKENS = 1 << 50
"A count beyond this is a provider's mistake."


def usage_row(
    *, project_id: str, key_id: str, connection_id: str | None, model: str, usage: Any, is_stream: bool
) -> dict[str, object]:
    """A row for the answerer's `usage` object, or for none. Counts that are no counts are left out."""
    counts = usage if isinstance(usage, Mapping) else {}
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {
        "id": new_id(Prefix.USAGE),
        "project_id": project_id,
        "key_id": key_id,
        "connection_id": connection_id,
        "model": model,
        **{name: _count(counts.get(name)) for name in names},
        "is_stream": is_stream,
        "created_at": clock.now_seconds(),
    }


def usage_by_day(session: Session, project_id: str, *, start: int, end: int) -> list[DailyUsage]:
    """Days (UTC) in which something was used, oldest first. Raises InvalidInputError for a year or more at once."""
    if not 0 <= start < end:
        raise InvalidInputError("end_time must lie after start_time.", param="end_time")
    if end - start > _MOST_DAYS * DAY_SECONDS:
        raise InvalidInputError(f"At most {_MOST_DAYS} days at once.", param="start_time")
    return repository.sum_by_day(session, project_id, start=start, end=end)


def models_used_system(session: Session, connection_id: str, *, since: int) -> list[tuple[str, str]]:
    """Project and model of every pair that asked a connection for something."""
    return repository.models_used_system(session, connection_id, since=since)


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if is_count and isinstance(value, int) else None
