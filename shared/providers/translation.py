"""An upstream's events in our words: ids and names that mean something there are replaced by those that do here.

How a job begins and ends is told by us, so upstream's telling of it is left out, or takes our event's place.
"""

import re
from collections.abc import Mapping
from typing import Any

import xxhash

from shared.jobs.events import NewEvent
from shared.providers.shapes import UpstreamEvent
from shared.providers.trouble import harmless

_MESSAGE_CHARS = 1000
_KEY_PREFIX = "upstream:"
_KEY_CHARS = 64
_DATA_CHARS = 8000
_LEVELS = {"info": "info", "warn": "warn", "warning": "warn", "error": "error"}

_OUR_KEYS = (
    (re.compile(r"Created fine-tun\w+ job", re.IGNORECASE), "created"),
    (re.compile(r"Validating (training )?files?\b", re.IGNORECASE), "validating"),
    (re.compile(r"Files? validated", re.IGNORECASE), "validated"),
    (re.compile(r"Fine-tun\w+ job started", re.IGNORECASE), "started"),
)
"What upstream says at moments of which our own events tell: told under our key, so once."
_TOLD_BY_US = re.compile(
    r"New fine-tuned model created|Cancellation was requested"
    r"|The job (has successfully completed|failed due to|was cancel+ed|was paused|was resumed)"
    # The same file has been judged here, by the same rules where upstream is a Tunery.
    r"|(Training|Validation) file, \w+ \([\d,]+\): |The (training|validation) file has \d+ more kinds of warnings",
    re.IGNORECASE,
)


class Names:
    """Replaces upstream's ids and names by ours in its texts."""

    def __init__(self, pairs: Mapping[str | None, str]) -> None:
        known = {theirs: ours for theirs, ours in pairs.items() if theirs}
        self._ours = known
        longest_first = sorted(known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if known else None

    def translate(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._ours[found[0]], text) if self._pattern else text


def translate_event(event: UpstreamEvent, names: Names) -> NewEvent | None:
    """The event as our client gets it; None for what we tell ourselves."""
    message = str(event.message or "")
    if _TOLD_BY_US.match(message):
        return None
    key = next((ours for pattern, ours in _OUR_KEYS if pattern.match(message)), _key_of(event.id))
    data = _harmless_data(event.data)
    return NewEvent(
        key=key,
        message=harmless(names.translate(message), max_chars=_MESSAGE_CHARS),
        level=_LEVELS.get(str(event.level).lower(), "info"),
        type="metrics" if event.type == "metrics" and data else "message",
        data=data,
        created_at=int(event.created_at or 0) or None,
        upstream_id=event.id,
    )


def tells_of_checkpoint(event: UpstreamEvent) -> bool:
    return "checkpoint" in str(event.message).lower()


def _key_of(event_id: str) -> str:
    """Unique within the job, as the upstream's id is, and never longer than our column."""
    key = f"{_KEY_PREFIX}{event_id}"
    return key if len(key) <= _KEY_CHARS else f"{_KEY_PREFIX}{xxhash.xxh3_128_hexdigest(event_id.encode())}"


def _harmless_data(data: Any) -> dict[str, Any] | None:
    """Numbers and short texts by name; whatever else an upstream may put there has no place in our wire."""
    if not isinstance(data, Mapping) or len(str(data)) > _DATA_CHARS:
        return None
    plain = {str(name): value for name, value in data.items() if isinstance(value, int | float | str | bool)}
    return {harmless(name): harmless(value) if isinstance(value, str) else value for name, value in plain.items()}
