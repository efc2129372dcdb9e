"""Which formats the rows of a file have: all the same, and the one that the method takes, or something is wrong."""

# ruff: noqa: SLF001 - merged with others of its kind
from shared.datasets.collector import Collector
from shared.datasets.formats import NAMES, find_method_mismatch
from shared.datasets.row import Format


class FormatsSeen:
    def __init__(self) -> None:
        self._counts: dict[Format | None, int] = {}
        self._first_lines: dict[Format | None, int] = {}

    def see(self, format_: Format | None, line: int) -> None:
        """Count a row; None for a format that nobody knows."""
        if format_ not in self._counts:
            self._first_lines[format_] = line
        self._counts[format_] = self._counts.get(format_, 0) + 1

    def merge(self, later: "FormatsSeen", *, lines: int) -> None:
        for format_, count in later._counts.items():
            self._counts[format_] = self._counts.get(format_, 0) + count
            self._first_lines.setdefault(format_, later._first_lines[format_] + lines)

    def counts(self) -> dict[str, int]:
        """Rows of each known format."""
        return {str(format_): count for format_, count in self._counts.items() if format_ is not None}

    def finish(self, found: Collector, *, method: str | None) -> None:
        known = self.counts()
        if not known and self._counts:
            found.add("format_unrecognised", _UNRECOGNISED)
        if len(known) > 1:
            parts = [
                f"{count:,} {NAMES[format_]} (first on line {self._first_lines[format_]:,})"
                for format_, count in self._counts.items()
                if format_ is not None
            ]
            found.add("format_mixed", f"The file mixes formats: {', '.join(parts)}. Put each in a file of its own.")
        mismatch = None if method is None else find_method_mismatch(known, method)
        if mismatch is not None:
            found.add("method_format_mismatch", mismatch)


_UNRECOGNISED = (
    'No row has the keys of a training format: "messages" for chat, "input", "preferred_output" and '
    '"non_preferred_output" for preferences. Import the file instead, which converts other formats.'
)
