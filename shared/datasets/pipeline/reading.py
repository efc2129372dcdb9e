"""One check of stored files at work: its files are cut, their stretches read, and what was found concluded.

Knows the object store, and neither database nor workers: what it does may be done twice and beside itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import structlog

from shared.datasets.check import check_stretch
from shared.datasets.findings import Report
from shared.datasets.leakage import report_leaks
from shared.datasets.pipeline.cuts import cut_file
from shared.datasets.pipeline.finding_log import EntryWriter, FindingWriter, move_entries, read_entries
from shared.datasets.pipeline.question import Question
from shared.datasets.pipeline.results import UntrustedResultError, keep_result, load_result
from shared.datasets.stretch import Stretch
from shared.files.tables import File
from shared.settings import Settings
from shared.storage.errors import ObjectNotFoundError
from shared.storage.protocol import ObjectStore

log = structlog.get_logger(__name__)

OnProgress = Callable[[int, int], None]
"""Hears how many bytes and rows of the stretch have been read; what it raises ends the reading."""


class Part(NamedTuple):
    """A stretch by its place: bytes `start` up to but not including `end` of one of the files."""

    number: int
    is_validation: bool
    start: int
    end: int


@dataclass(frozen=True)
class Conclusion:
    """What is kept of a check. `report` is the document less what depends on the time of asking."""

    report: dict[str, Any]
    n_examples: int
    n_errors: int
    n_warnings: int
    summary: str


class _Offset(NamedTuple):
    """What stands before a stretch in its file."""

    lines: int
    n_bytes: int


@dataclass(frozen=True)
class Reading:
    folder: str
    "Where in the store all that the check writes lies."
    question: Question
    training: File
    "The file that is asked about."
    validation: File | None
    store: ObjectStore
    settings: Settings

    @property
    def findings_key(self) -> str:
        return f"{self.folder}/findings.jsonl"

    def cut(self) -> list[Part]:
        """The stretches to be read, those of the validation file last."""
        parts: list[Part] = []
        for file in filter(None, (self.training, self.validation)):
            size = self.settings.dataset_stretch_bytes
            cuts = cut_file(self.store, file.object_key, size_bytes=file.bytes, part_bytes=size)
            first = len(parts)
            parts += [
                Part(number, file is self.validation, cut.start, cut.end)
                for number, cut in enumerate(cuts, start=first)
            ]
        return parts

    def read(self, part: Part, on_progress: OnProgress) -> Stretch:
        """Check a stretch and keep what it holds for `conclude`."""
        file = self._file_of(part)
        chunks = self.store.iter_chunks(file.object_key, start=part.start, end=part.end)
        with self.store.writer(self._entries_key(part)) as writer:
            entries = EntryWriter(writer)
            stretch = check_stretch(
                chunks,
                max_line_bytes=self.settings.max_line_bytes,
                context=self.question.make_context(
                    is_validation=part.is_validation, min_examples=self.settings.min_examples
                ),
                depth=self.question.depth,
                is_first=part.start == 0,
                on_progress=lambda report: on_progress(report.bytes_read, report.n_lines),
                listener=entries,
            )
            entries.close()
        keep_result(self.store, self._result_key(part), stretch, secret_key=self._secret_key)
        return stretch

    def conclude(self, parts: Sequence[Part], keep_alive: Callable[[], None]) -> Conclusion:
        """Merge all stretches in the order of the file, judge the files together, and write the list of findings."""
        with self.store.writer(self.findings_key) as writer:
            findings = FindingWriter(writer)
            of_training = [part for part in parts if not part.is_validation]
            training = self._conclude_file(self.training, of_training, findings, keep_alive)
            document = training.report.to_dict()
            if self.validation is not None:
                of_validation = [part for part in parts if part.is_validation]
                validation = self._conclude_file(self.validation, of_validation, findings, keep_alive)
                validation.found.listener = findings
                report_leaks(training, validation, validation.found)
                document["validation"] = _describe(self.validation, validation.report)
            findings.close()
        document["findings"] = {"n_listed": findings.n_written, "cut_codes": findings.cut_codes}
        report = training.report
        return Conclusion(document, report.n_examples, report.n_errors, report.n_warnings, report.error_summary())

    def discard_parts(self, parts: Sequence[Part]) -> None:
        """Remove what stretches left for `conclude`."""
        for part in parts:
            self.store.delete(self._result_key(part))
            self.store.delete(self._entries_key(part))

    def _conclude_file(
        self, file: File, parts: Sequence[Part], findings: FindingWriter, keep_alive: Callable[[], None]
    ) -> Stretch:
        """The whole file as one stretch; its findings are written."""
        findings.file_id = file.id
        offsets: list[_Offset] = []
        whole: Stretch | None = None
        for part in parts:
            keep_alive()
            stretch = self._load(part)
            offsets.append(_Offset(whole.report.n_lines, whole.report.bytes_read) if whole else _Offset(0, 0))
            if whole is None:
                whole = stretch
            else:
                whole.merge(stretch)
        if whole is None:
            raise ValueError(f"{file.id} was cut into nothing")
        whole.found.listener = findings
        whole.finish()
        for part, offset in zip(parts, offsets, strict=True):
            keep_alive()
            self._copy_findings(part, offset, whole, findings)
        return whole

    def _copy_findings(self, part: Part, offset: _Offset, whole: Stretch, findings: FindingWriter) -> None:
        entries = read_entries(self.store, self._entries_key(part))
        released = whole.found.released
        for finding, times in move_entries(entries, lines=offset.lines, n_bytes=offset.n_bytes, released=released):
            findings(finding, times=times, is_held=False)

    def _load(self, part: Part) -> Stretch:
        """What was kept of a stretch. One that is gone, or of another release of ours, is read again here."""
        try:
            return load_result(self.store, self._result_key(part), secret_key=self._secret_key)
        except (ObjectNotFoundError, UntrustedResultError) as error:
            log.warning("dataset.stretch_read_again", key=self._result_key(part), error=type(error).__name__)
            return self.read(part, lambda _bytes, _rows: None)

    def _file_of(self, part: Part) -> File:
        file = self.validation if part.is_validation else self.training
        if file is None:
            raise ValueError(f"Part {part.number} is of a validation file that is not there")
        return file

    @property
    def _secret_key(self) -> str:
        return self.settings.secret_key.get_secret_value()

    def _result_key(self, part: Part) -> str:
        return f"{self.folder}/{part.number:06d}.stretch"

    def _entries_key(self, part: Part) -> str:
        return f"{self.folder}/{part.number:06d}.entries"


def _describe(file: File, report: Report) -> dict[str, Any]:
    return {"file_id": file.id, "summary": report.error_summary(), **report.to_dict()}
