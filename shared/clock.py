"""The time, in one place. Refuses to know about sleeping."""

import time

DAY_SECONDS = 86_400


def now() -> float:
    """Seconds since the epoch, with fractions. Leases compare these across hosts, so hosts must run NTP."""
    return time.time()


def now_seconds() -> int:
    """Whole seconds since the epoch: the wire's `created_at` and its kin are integers."""
    return int(time.time())
