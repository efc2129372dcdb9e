"""What is wrong with a file as a whole and only its row tells: its name, its size, what it comes without."""

from pathlib import PurePosixPath

from shared.datasets.collector import Collector
from shared.datasets.limits import Limits
from shared.datasets.pipeline.question import Question
from shared.datasets.stretch import Stretch
from shared.files.tables import File

_MEGABYTE = 1 << 20
_KNOWN_SUFFIXES = frozenset({".jsonl", ".json", ".ndjson"})


def report_file_rules(whole: Stretch, file: File, question: Question, limits: Limits, *, is_validation: bool) -> None:
    """Add what the lines cannot tell to a file that has been read."""
    found = whole.found
    _report_size(file, limits, found)
    if not whole.report.formats and whole.is_readable:
        _report_suffix(file, found)
    if question.method == "reinforcement" and question.validation_file is None and not is_validation:
        problem = "Reinforcement needs a validation file, and none is named; name one, of at most 1,000 rows."
        found.add_for_file("rft_validation_missing", problem)


def _report_size(file: File, limits: Limits, found: Collector) -> None:
    most = limits.max_file_bytes
    if most is not None and file.bytes > most:
        problem = (
            f"The file has {file.bytes / _MEGABYTE:,.0f} MB, and at most {most / _MEGABYTE:,.0f} MB are taken. "
            "Split it or take a sample."
        )
        found.add_for_file("file_too_large", problem, detail={"bytes": file.bytes, "most": most})


def _report_suffix(file: File, found: Collector) -> None:
    suffix = PurePosixPath(file.filename).suffix.lower()
    # A client that sends bytes without a name says nothing of what they are.
    if suffix and suffix not in _KNOWN_SUFFIXES:
        shown = suffix[:20]
        problem = f"Neither the content nor the suffix ({shown}) is known. Export the data as JSON Lines (.jsonl)."
        found.add_for_file("file_extension_unsupported", problem, detail={"suffix": shown})
