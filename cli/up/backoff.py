"""How long a child that died waits before it is started again."""

_FIRST_SECONDS = 0.2
_LONGEST_SECONDS = 10.0
_HEALTHY_SECONDS = 30.0
"""A child that lived this long had started well: its next failure counts as a first one."""


class Backoff:
    """Doubles from 0.2 s to 10 s while a child keeps dying young."""

    def __init__(self) -> None:
        self._next_seconds = _FIRST_SECONDS
        self._last_seconds = 0.0
        self.is_old_news = False
        """Whether the last wait and the one before were both the longest."""

    def after(self, lifetime_seconds: float) -> float:
        """Seconds to wait now that the child ended after `lifetime_seconds`."""
        if lifetime_seconds >= _HEALTHY_SECONDS:
            self._next_seconds = _FIRST_SECONDS
        delay = self._next_seconds
        self._next_seconds = min(delay * 2, _LONGEST_SECONDS)
        self.is_old_news = delay == _LONGEST_SECONDS == self._last_seconds
        self._last_seconds = delay
        return delay
