"""Rows judged by an upstream's moderation: what goes wrong there becomes one sentence of a report.

An upstream's own words are not repeated: they may quote what it was sent.
"""

from collections.abc import Sequence
from typing import Protocol

from shared.datasets.whole.moderated import NotJudgedError
from shared.providers.moderation import MOST_SECONDS, TimeUsedUpError
from shared.providers.trouble import TroubleKind, UpstreamTroubleError

_IN_A_ROW = 3
"""Requests that failed one after the other, each after its tries; then nothing more is sent."""

_QUOTA_STATUS = 429
_FORBIDDEN_STATUS = 403

_QUOTA_USED_UP = "The quota for the moderation service is used up"
_TOLD = {
    TroubleKind.KEY_REFUSED: "The moderation service refused the key",
    TroubleKind.MISSING: "There is no moderation at the address that was asked",
    TroubleKind.RATE_LIMITED: "The moderation service took no more requests for now",
    TroubleKind.REFUSED: "The moderation service refused the request",
    TroubleKind.UNKNOWN: "The moderation service failed",
}
"""Of all that comes with a status."""


class Judge(Protocol):
    """What a Moderator does."""

    def judge(self, texts: Sequence[str], /, *, n_tried: int = 0) -> list[tuple[str, ...]]:
        """Raises UpstreamTroubleError, TimeUsedUpError and PauseNeededError."""


class UpstreamModeration:
    """A `Moderate` of one upstream. A pause that the judge needs is raised as it is."""

    def __init__(self, judge: Judge, *, n_failed: int = 0, n_tried: int = 0) -> None:
        self.n_failed = n_failed
        "Requests in a row, each after its tries."
        self._judge = judge
        self._n_tried = n_tried

    def __call__(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        n_tried, self._n_tried = self._n_tried, 0
        try:
            judged = self._judge.judge(texts, n_tried=n_tried)
        except TimeUsedUpError:
            raise time_used_up(MOST_SECONDS) from None
        except UpstreamTroubleError as trouble:
            self.n_failed += 1
            is_final = _meets_all_texts(trouble) or self.n_failed >= _IN_A_ROW
            may_pass = _meets_all_texts(trouble) or trouble.will_pass
            raise NotJudgedError(_explain(trouble), is_final=is_final, may_pass=may_pass) from None
        self.n_failed = 0
        return judged


def time_used_up(most_seconds: float, *, may_pass: bool = False) -> NotJudgedError:
    reason = f"The time for it, {most_seconds:,.0f} seconds for a stretch of a file, was used up."
    return NotJudgedError(reason, is_final=True, may_pass=may_pass)


def _meets_all_texts(trouble: UpstreamTroubleError) -> bool:
    """Whether it is sure to go no better with other texts, until somebody does something about it."""
    is_about_texts = trouble.kind is TroubleKind.REFUSED and trouble.status not in {_FORBIDDEN_STATUS, _QUOTA_STATUS}
    return not trouble.will_pass and not is_about_texts


def _explain(trouble: UpstreamTroubleError) -> str:
    if trouble.status is None:
        # Then the words are our own.
        return trouble.message
    is_quota = trouble.kind is TroubleKind.REFUSED and trouble.status == _QUOTA_STATUS
    return f"{_QUOTA_USED_UP if is_quota else _TOLD[trouble.kind]} ({trouble.status})."
