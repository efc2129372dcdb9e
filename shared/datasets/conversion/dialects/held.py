"""Counts what a gatherer holds, so that a source without partners ends in an error and not in the machine's memory."""

from shared.datasets.conversion.errors import SourceTooLargeError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.record import Record
from shared.datasets.conversion.values import write_json


class Held:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held_bytes = 0

    def add(self, record: Record) -> None:
        """Note one more record. Raises SourceTooLargeError."""
        self._held_bytes += len(write_json(record.value))
        if self._held_bytes > self._limits.max_gathered_bytes:
            raise SourceTooLargeError(
                f"Records that belong together lie too far apart: at record {record.number}, more than "
                f"{self._limits.max_gathered_bytes >> 20} MiB would have to be held. Sort the source, or split it."
            )

    def release(self, record: Record) -> None:
        """Note that a record went out again."""
        self._held_bytes -= len(write_json(record.value))
