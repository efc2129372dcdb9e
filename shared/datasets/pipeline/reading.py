"""One check of stored files at work: its files are cut, their stretches read, and what was found concluded.

Knows the object store, and neither database nor workers: what it does may be done twice and beside itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import structlog

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.checks.graders import report_grader
from shared.datasets.depths import Depth
from shared.datasets.eval_leakage import EvaluationLeaks
from shared.datasets.leakage import report_leaks
from shared.datasets.near_duplicates import NearDuplicates
from shared.datasets.pipeline.cuts import cut_file
from shared.datasets.pipeline.file_rules import report_file_rules
from shared.datasets.pipeline.finding_log import EntryWriter, FindingWriter, move_entries, read_entries
from shared.datasets.pipeline.places import findings_key
from shared.datasets.pipeline.question import Question
from shared.datasets.pipeline.results import UntrustedResultError, keep_result, load_result
from shared.datasets.pipeline.tables import Role
from shared.datasets.stretch import Stretch
from shared.datasets.tokens.estimate import estimate
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.planning import plan_training
from shared.datasets.tokens.watcher import TokenWatcher
from shared.datasets.watchers import Watcher
from shared.datasets.whole.contexts import Contexts
from shared.datasets.whole.demographics import Demographics
from shared.datasets.whole.domain import Domain
from shared.datasets.whole.duplicates import Duplicates
from shared.datasets.whole.judgements import Judgements
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
    role: Role
    start: int
    end: int
    nth: int = 0
    "Which of the files of this role."


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
    files: Mapping[Role, Sequence[File]]
    "Of each role that somebody plays, in the order of the question."
    store: ObjectStore
    settings: Settings
    tokens_per_second: float | None = None
    "How fast earlier jobs have trained this model."

    def cut(self) -> list[Part]:
        """The stretches to be read, those of the training file first."""
        parts: list[Part] = []
        size = self.settings.dataset_stretch_bytes
        for role in Role:
            for nth, file in enumerate(self.files.get(role, ())):
                cuts = cut_file(self.store, file.object_key, size_bytes=file.bytes, part_bytes=size)
                parts += [Part(len(parts) + n, role, cut.start, cut.end, nth) for n, cut in enumerate(cuts)]
        return parts

    def read(self, part: Part, on_progress: OnProgress) -> Stretch:
        """Check a stretch and keep what it holds for `conclude`."""
        with self.store.writer(self._entries_key(part)) as writer:
            entries = EntryWriter(writer)
            stretch = check_stretch(
                self._iter_chunks(part),
                max_line_bytes=self.settings.max_line_bytes,
                context=self._make_context(part.role),
                depth=self.question.depth,
                is_first=part.start == 0,
                extra=self._extra_watchers(part.role),
                on_progress=lambda report: on_progress(report.bytes_read, report.n_lines),
                listener=entries,
            )
            entries.close()
        keep_result(self.store, self._result_key(part), stretch, secret_key=self._secret_key)
        return stretch

    def show_rows(self, part: Part, watcher: Watcher, keep_alive: Callable[[], None]) -> None:
        """Show `watcher` each sound row of a stretch and keep nothing. What it raises ends that."""
        check_stretch(
            self._iter_chunks(part),
            max_line_bytes=self.settings.max_line_bytes,
            context=self._make_context(part.role),
            depth=Depth.STRUCTURE,
            is_first=part.start == 0,
            extra=[lambda: watcher],
            on_progress=lambda _report: keep_alive(),
        )

    def conclude(
        self,
        parts: Sequence[Part],
        keep_alive: Callable[[], None],
        *,
        judgements: Mapping[int, Judgements] | None = None,
    ) -> Conclusion:
        """Merge all stretches in the order of the file, judge the files together, and write the list of findings.

        `judgements` has for the number of each stretch what a moderation said of its rows, where that was asked.
        """
        with self.store.writer(findings_key(self.folder)) as writer:
            findings = FindingWriter(writer)
            training = self._conclude_file(_select(parts, Role.TRAINING), findings, keep_alive, judgements)
            if self.question.grader is not None:
                report_grader(self.question.grader, training.found)
            validation = None
            if self.files.get(Role.VALIDATION):
                validation = self._conclude_file(_select(parts, Role.VALIDATION), findings, keep_alive, judgements)
                report_leaks(training, validation, validation.found)
            if self.files.get(Role.EVALUATION):
                findings.begin_file(self.files[Role.TRAINING][0].id)
                self._compare_evaluations(training, validation, _select(parts, Role.EVALUATION), keep_alive)
            findings.close()
        document = self._describe(training, validation)
        document["findings"] = {"n_listed": findings.n_written, "cut_codes": sorted(findings.cut_codes)}
        report = training.report
        return Conclusion(document, report.n_examples, report.n_errors, report.n_warnings, report.error_summary())

    def discard_parts(self, parts: Sequence[Part]) -> None:
        """Remove what stretches left for `conclude`."""
        for part in parts:
            self.store.delete(self._result_key(part))
            self.store.delete(self._entries_key(part))

    def _conclude_file(
        self,
        parts: Sequence[Part],
        findings: FindingWriter,
        keep_alive: Callable[[], None],
        judgements: Mapping[int, Judgements] | None,
    ) -> Stretch:
        """The whole file, of which these are all parts, as one stretch; its findings are written."""
        role = parts[0].role
        file = self.files[role][0]
        findings.begin_file(file.id)
        whole = self._load(parts[0])
        self._let_spill(whole)
        offsets = [_Offset(0, 0)]
        for part in parts[1:]:
            keep_alive()
            offsets.append(_Offset(whole.report.n_lines, whole.report.bytes_read))
            whole.merge(self._load(part))
        whole.found.listener = findings
        whole.finish()
        if judgements is not None and whole.is_readable:
            of_file = Judgements()
            for part, offset in zip(parts, offsets, strict=True):
                of_file.merge(judgements[part.number], lines=offset.lines)
            of_file.report(whole.found)
            whole.report.describe(of_file.describe())
        limits = self._make_context(role).limits
        report_file_rules(whole, file, self.question, limits, is_validation=role is Role.VALIDATION)
        for part, offset in zip(parts, offsets, strict=True):
            keep_alive()
            self._copy_findings(part, offset, whole, findings)
        return whole

    def _compare_evaluations(
        self,
        training: Stretch,
        validation: Stretch | None,
        parts: Sequence[Part],
        keep_alive: Callable[[], None],
    ) -> None:
        """Report what the training file has of the files that measure models; what else is in those is their own."""
        n_lines_merged = training.report.n_lines + (0 if validation is None else validation.report.n_lines)
        leaks = EvaluationLeaks(training, n_lines_merged=n_lines_merged)
        for nth, file in enumerate(self.files[Role.EVALUATION]):
            first, *others = [part for part in parts if part.nth == nth]
            evaluation = self._load(first)
            self._let_spill(evaluation)
            for part in others:
                keep_alive()
                evaluation.merge(self._load(part))
            evaluation.finish()
            leaks.add(evaluation, name=file.filename, file_id=file.id)
        leaks.finish()

    def _describe(self, training: Stretch, validation: Stretch | None) -> dict[str, Any]:
        report = training.report
        document = report.to_dict()
        if self._plan is not None and "tokens" in report.facts:
            document["estimate"] = estimate(report.facts, self._plan)
        if validation is not None:
            summary = validation.report.error_summary()
            file_id = self.files[Role.VALIDATION][0].id
            document["validation"] = {"file_id": file_id, "summary": summary, **validation.report.to_dict()}
        return document

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

    def _let_spill(self, stretch: Stretch) -> None:
        """What is too much to hold when further stretches are merged goes to the data folder."""
        for watcher in (stretch.find_watcher(Duplicates), stretch.find_watcher(NearDuplicates)):
            if watcher is not None:
                watcher.scratch = self.settings.data_dir / "scratch"

    def _make_context(self, role: Role) -> Context:
        return self.question.make_context(
            is_validation=role is Role.VALIDATION, min_examples=self.settings.min_examples
        )

    def _iter_chunks(self, part: Part) -> Iterator[bytes]:
        file = self.files[part.role][part.nth]
        return self.store.iter_chunks(file.object_key, start=part.start, end=part.end)

    def _extra_watchers(self, role: Role) -> list[Callable[[], Watcher]]:
        """What goes along for the sake of the question, beside the watchers of its depth."""
        watchers: list[Callable[[], Watcher]] = []
        if role is Role.EVALUATION:
            return watchers
        if self._plan is not None:
            # What a training will take depends on its own file alone.
            watchers.append(partial(TokenWatcher, self._plan.tokens, self._plan if role is Role.TRAINING else None))
        if self.files.get(Role.VALIDATION):
            watchers.append(Contexts)
        if role is Role.TRAINING and self._plan is not None and self._plan.tokens.is_engine:
            watchers.append(partial(Domain, self._plan.model))
        if role is Role.TRAINING and self.question.groups:
            watchers.append(partial(Demographics, self.question.groups))
        return watchers

    @cached_property
    def _plan(self) -> TrainingPlan | None:
        question = self.question
        if question.model is None or question.method is None or question.target is None:
            return None
        return plan_training(
            question.model,
            question.method,
            settings=self.settings,
            provider=question.target,
            tokens_per_second=self.tokens_per_second,
        )

    @property
    def _secret_key(self) -> str:
        return self.settings.secret_key.get_secret_value()

    def _result_key(self, part: Part) -> str:
        return f"{self.folder}/{part.number:06d}.stretch"

    def _entries_key(self, part: Part) -> str:
        return f"{self.folder}/{part.number:06d}.entries"


def _select(parts: Sequence[Part], role: Role) -> list[Part]:
    return [part for part in parts if part.role is role]
