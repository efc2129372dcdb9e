"""Rows judged by an upstream's moderation: what goes wrong there becomes one sentence of a report.

An upstream's own words are not repeated: they may quote what it was sent.
"""

from collections.abc import Sequence

from shared.datasets.whole.moderated import NotJudgedError
from shared.providers.moderation import MOST_SECONDS, Moderator, TimeUsedUpError
from shared.providers.trouble import TroubleKind, UpstreamTroubleError

_IN_A_ROW = 3
"""Requests that failed one after the other, each after its tries; then nothing more is sent."""

_QUOTA_STATUS = 429
_FORBIDDEN_STATUS = 403
_TIME_USED_UP = f"The time for it, {MOST_SECONDS:.0f} seconds for a stretch of a file, was used up."

_QUOTA_USED_UP = "The quota for the moderation service is used up"
_TOLD = {
    TroubleKind.KEY_REFUSED: "The moderation service refused the key",
    TroubleKind.MISSING: "There is no moderation at the address that was asked",
    TroubleKind.RATE_LIMITED: "The moderation service took no more requests for now",
    TroubleKind.REFUSED: "The moderation service refused the request",
    TroubleKind.UNKNOWN: "The moderation service failed",
}
"""Of all that comes with a status."""


class UpstreamModeration:
    """A `Moderate` of one upstream."""

    def __init__(self, moderator: Moderator) -> None:
        self._moderator = moderator
        self._n_failed = 0

    def __call__(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        try:
            judged = self._moderator.judge(texts)
        except TimeUsedUpError:
            raise NotJudgedError(_TIME_USED_UP, is_final=True) from None
        except UpstreamTroubleError as trouble:
            self._n_failed += 1
            is_final = _meets_all_texts(trouble) or self._n_failed == _IN_A_ROW
            may_pass = _meets_all_texts(trouble) or trouble.will_pass
            raise NotJudgedError(_explain(trouble), is_final=is_final, may_pass=may_pass) from None
        self._n_failed = 0
        return judged


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
