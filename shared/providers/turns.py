"""A request in its turn: asked when the connection's pacer says so, and a 429 holds everybody back."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.providers.pacing import Pacer
from shared.providers.trouble import TroubleKind, UpstreamTroubleError, naming_trouble


@contextmanager
def in_turn(pacer: Pacer) -> Iterator[None]:
    """Wait, then run the block, which makes one request. Raises UpstreamTroubleError and nothing else of the SDK's."""
    pacer.take_turn()
    try:
        with naming_trouble():
            yield
    except UpstreamTroubleError as trouble:
        if trouble.kind is TroubleKind.RATE_LIMITED:
            pacer.hold_back(trouble.retry_after_seconds)
        raise


class Unpaced:
    """For what has no limit but its own."""

    def take_turn(self) -> None:
        """Go at once."""

    def hold_back(self, seconds: float | None) -> None:
        """Whoever asks one at a time needs no holding back."""
