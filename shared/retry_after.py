"""How long another service asks us to wait, in any of the three forms there are. Does not say whether to heed it."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from shared import clock


def read_retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """`retry-after-ms` first, as the SDKs do, then `retry-after` as seconds or as a date; None where neither says so.

    `headers` is one whose names are found in any case. A date that has passed is nonsense too.
    """
    for read, name in ((_milliseconds, "retry-after-ms"), (_seconds_or_date, "retry-after")):
        given = headers.get(name)
        try:
            seconds = math.nan if given is None else read(given)
        except (ValueError, OverflowError):
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


def _milliseconds(text: str) -> float:
    return float(text) / 1000


def _seconds_or_date(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return parsedate_to_datetime(text).timestamp() - clock.now()
