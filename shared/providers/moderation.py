"""Asking an upstream's moderation which texts it flags, through the `openai` SDK. Knows no row and no connection."""

import random
import time
from collections.abc import Sequence
from itertools import count

import httpx2
import msgspec
import openai

from shared.providers.pacing import Pacer
from shared.providers.trouble import TroubleKind, UpstreamTroubleError, harmless, naming_trouble

MODEL = "omni-moderation-latest"
MOST_BYTES = 4 << 20
"Of an answer: a dozen scores for each of 32 texts are far less."

MOST_SECONDS = 300.0
"""Of one moderator's life, pauses included, where nobody says otherwise."""

_TRIES = 3
_TRIES_WHEN_LIMITED = 10
"""A 429 passes with time: small accounts have a minute's tokens in one request of ours."""

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
"Where the upstream does not say how long."
_CATEGORY_CHARS = 64
_MOST_CATEGORIES = 32


class TimeUsedUpError(Exception):
    """The moderator's time is over, or a pause that the upstream asks for would last longer."""


class PauseNeededError(Exception):
    """The texts have to be put to the upstream again in so many seconds, as those of which `n_tried` were tried."""

    def __init__(self, seconds: float, *, n_tried: int) -> None:
        super().__init__(f"{seconds:.0f} seconds after {n_tried} tries")
        self.seconds = seconds
        self.n_tried = n_tried


class _Result(msgspec.Struct, frozen=True):
    flagged: bool
    categories: dict[str, bool | None] = {}
    "OpenAI leaves some null."


class _Answer(msgspec.Struct, frozen=True):
    results: list[_Result]


class Moderator:
    """Judges texts, one request after the other. Judging twice is harmless, so what may pass is tried again.

    Between two tries it sleeps. With `longest_pause_seconds` it works in turns: whatever pause is longer, or would not
    end in its time, is PauseNeededError.
    """

    def __init__(
        self,
        client: openai.OpenAI,
        pacer: Pacer,
        *,
        within_seconds: float = MOST_SECONDS,
        longest_pause_seconds: float | None = None,
    ) -> None:
        self._client = client
        self._pacer = pacer
        self._until = time.monotonic() + within_seconds
        self._longest_pause_seconds = longest_pause_seconds

    def judge(self, texts: Sequence[str], *, n_tried: int = 0) -> list[tuple[str, ...]]:
        """For each text the categories in which it is flagged; `n_tried` tries were made before a pause.

        Raises UpstreamTroubleError, TimeUsedUpError and PauseNeededError.
        """
        for tried in count(n_tried + 1):
            if time.monotonic() >= self._until:
                raise self._out_of_time(0.0, n_tried=tried - 1)
            try:
                return self._ask(texts)
            except UpstreamTroubleError as trouble:
                is_limited = trouble.kind is TroubleKind.RATE_LIMITED
                if not trouble.will_pass or tried >= (_TRIES_WHEN_LIMITED if is_limited else _TRIES):
                    raise
                self._pause(trouble, tried)
        raise AssertionError

    def _ask(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        body = {"model": MODEL, "input": [_encodable(text) for text in texts]}
        self._pacer.take_turn()
        # Nobody else is held back by a 429: providers limit moderation apart from jobs and chat.
        with naming_trouble():
            response = self._client.post("/moderations", cast_to=httpx2.Response, body=body)
        return [_flagged_categories(result) for result in _read_results(response.content, n_texts=len(texts))]

    def _pause(self, trouble: UpstreamTroubleError, tried: int) -> None:
        seconds = trouble.retry_after_seconds
        if seconds is None:
            seconds = min(_FIRST_PAUSE_SECONDS * 2 ** (tried - 1), _LONGEST_PAUSE_SECONDS) * random.uniform(0.5, 1)
        is_too_long = self._longest_pause_seconds is not None and seconds > self._longest_pause_seconds
        if is_too_long or time.monotonic() + seconds >= self._until:
            raise self._out_of_time(seconds, n_tried=tried) from trouble
        time.sleep(seconds)

    def _out_of_time(self, seconds: float, *, n_tried: int) -> Exception:
        if self._longest_pause_seconds is None:
            return TimeUsedUpError()
        return PauseNeededError(seconds, n_tried=n_tried)


def _read_results(content: bytes, *, n_texts: int) -> list[_Result]:
    try:
        results = msgspec.json.decode(content, type=_Answer).results
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = "The upstream's answer is not of a moderation's form. Is its base URL the right one?"
        raise UpstreamTroubleError(TroubleKind.REFUSED, told) from None
    if len(results) != n_texts:
        told = f"The upstream judged {len(results)} texts where {n_texts} were sent."
        raise UpstreamTroubleError(TroubleKind.REFUSED, told)
    return results


def _flagged_categories(result: _Result) -> tuple[str, ...]:
    if not result.flagged:
        return ()
    named = [harmless(name, max_chars=_CATEGORY_CHARS) for name, is_flagged in result.categories.items() if is_flagged]
    return tuple(named[:_MOST_CATEGORIES]) or ("no category",)


def _encodable(text: str) -> str:
    """JSON may escape half a surrogate pair, which no request can carry."""
    return text.encode("utf-8", "replace").decode()
