"""When a failed delivery is tried again: ten attempts over about three days. Pure."""

import random

_MINUTE = 60
_HOUR = 60 * _MINUTE
SCHEDULE_SECONDS = (
    5,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"Pauses after attempt 1, 2, …; the first attempt is at once, the tenth about 75.6 hours later."
JITTER = 0.2


def delay_seconds(attempts_made: int, *, retry_after_seconds: float | None = None) -> float | None:
    """Seconds until the next attempt, jittered by a fifth; None when the last was made.

    A receiver's Retry-After counts, within one and two times the schedule: it can neither hurry us nor park us.
    """
    if attempts_made > len(SCHEDULE_SECONDS):
        return None
    base = SCHEDULE_SECONDS[attempts_made - 1]
    if retry_after_seconds is not None:
        return min(max(retry_after_seconds, base), 2 * base)
    return base * random.uniform(1 - JITTER, 1 + JITTER)
