"""The turns in which a moderation is asked about the rows of a stretch: each goes on where the last one ended.

A turn is short: whoever asks waits for a provider, and others have to ask theirs. Knows neither rows nor workers.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from shared.datasets.moderation import Judge, UpstreamModeration, time_used_up
from shared.datasets.pipeline.reading import Part, Reading
from shared.datasets.whole.judgements import Judgements, Kept
from shared.datasets.whole.moderated import Moderated, NotJudgedError
from shared.providers.moderation import PauseNeededError

TURN_SECONDS = 10.0
"""After which no further request begins. One that has begun has as long as its connection gives it."""

MOST_SECONDS = 7200.0
"""Of asking about one stretch and of the pauses that this needs: 10,000 rows are 300 requests, and there are accounts
that may make three a minute."""

_LONGEST_PAUSE_SECONDS = 300.0
"""A service that wants to be left alone for longer counts as one that does not judge."""


class Turns(msgspec.Struct, frozen=True, kw_only=True):
    """What turns so far have brought; as JSON in a stretch's row."""

    kept: Kept = Kept()
    n_failed: int = 0
    "Requests in a row."
    n_tried: int = 0
    "Of the request that comes next."
    seconds_used: float = 0.0
    "Pauses included."
    seconds_paused: float = 0.0

    @property
    def judgements(self) -> Judgements:
        return Judgements(self.kept)


@dataclass(frozen=True)
class Asking:
    """Whom to ask in a turn, and until when, in seconds of the monotonic clock. What `keep_alive` raises ends it."""

    judge: Judge
    ends_at: float
    keep_alive: Callable[[], None]


class _TurnOverError(Exception):
    """The rows that come next are for another turn."""


def take_turn(reading: Reading, part: Part, turns: Turns, asking: Asking) -> tuple[Turns, float | None]:
    """The turns with this one; seconds until the next one may begin, None if every row of the stretch is settled."""
    started_at = time.monotonic()
    moderation = UpstreamModeration(asking.judge, n_failed=turns.n_failed, n_tried=turns.n_tried)

    def moderate(texts: Sequence[str]) -> Sequence[Sequence[str]]:
        asking.keep_alive()
        if turns.seconds_used >= MOST_SECONDS:
            # A service that is only slow would be as slow again.
            raise time_used_up(MOST_SECONDS, may_pass=turns.seconds_paused > 0)
        if time.monotonic() >= asking.ends_at:
            raise _TurnOverError
        try:
            return moderation(texts)
        except PauseNeededError as needed:
            if needed.seconds > _LONGEST_PAUSE_SECONDS:
                raise _too_late(needed.seconds) from None
            raise

    moderated = Moderated(moderate, turns.judgements)
    pause_seconds, n_tried = None, 0
    try:
        reading.show_rows(part, moderated, asking.keep_alive)
        moderated.judge_waiting()
    except _TurnOverError:
        pause_seconds, n_tried = 0.0, turns.n_tried if moderated.judgements.n_seen == turns.kept.n_seen else 0
    except PauseNeededError as needed:
        pause_seconds, n_tried = needed.seconds, needed.n_tried
    paused = pause_seconds or 0.0
    taken = Turns(
        kept=moderated.judgements.keep(),
        n_failed=moderation.n_failed,
        n_tried=n_tried,
        seconds_used=turns.seconds_used + time.monotonic() - started_at + paused,
        seconds_paused=turns.seconds_paused + paused,
    )
    return taken, pause_seconds


def _too_late(seconds: float) -> NotJudgedError:
    reason = f"The moderation service took no requests for the next {seconds:,.0f} seconds."
    return NotJudgedError(reason, is_final=True, may_pass=True)
