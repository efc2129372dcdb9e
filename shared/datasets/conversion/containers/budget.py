"""Counts what unpacking yields, so that a small bomb ends in an error before it fills a disk."""

from shared.datasets.conversion.errors import SourceTooLargeError
from shared.datasets.conversion.limits import Limits


class Budget:
    """One for all that is unpacked from one source of `packed_bytes`."""

    def __init__(self, limits: Limits, packed_bytes: int) -> None:
        self._limits = limits
        self._packed_bytes = max(packed_bytes, 1)
        self._expanded_bytes = 0

    def spend(self, n_bytes: int) -> None:
        """Note bytes that came out. Raises SourceTooLargeError."""
        self._expanded_bytes += n_bytes
        if self._expanded_bytes > self._limits.max_expanded_bytes:
            raise SourceTooLargeError(
                f"The source unpacks to more than {self._limits.max_expanded_bytes >> 20} MiB. Split it."
            )
        ratio = self._expanded_bytes / self._packed_bytes
        if self._expanded_bytes > self._limits.ratio_from_bytes and ratio > self._limits.max_ratio:
            raise SourceTooLargeError(
                f"The source unpacks to more than {self._limits.max_ratio} times its size, which data does not. "
                "Send it unpacked."
            )
