"""What the data of a job means for it: whether it can start, and what its owner should know.

A report for exactly these files, this model and this method is used if there is one, and made if not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared import clock
from shared.connections import service as connections
from shared.connections.errors import ConnectionNotFoundError, NoModerationError
from shared.connections.kinds import ConnectionKind
from shared.datasets.pipeline import service as checks
from shared.datasets.pipeline.estimates import forget_answer, is_outdated
from shared.datasets.pipeline.groups import get_groups
from shared.datasets.pipeline.moderation import get_moderation
from shared.datasets.pipeline.policies import get_policies
from shared.datasets.pipeline.question import HOSTED_TARGET, Question, target_of
from shared.datasets.pipeline.tables import CheckState, DatasetCheck
from shared.datasets.pipeline.verdict import Judged, judge_check
from shared.datasets.severities import Policy
from shared.files import service as files
from shared.files.tables import File
from shared.jobs.events import NewEvent, dataset_warning
from shared.jobs.failure import JobFailure
from shared.jobs.tables import Job
from worker.datasets.checks import do_whole_check, is_small, open_reading
from worker.job_moderation import INCOMPLETE, fail_without, is_worth_another_try, tell_moderating, wait_or_fail
from worker.unit import WorkUnit

_MOST_WARNINGS = 20
"""Events of one file; the report has them all."""

_TOO_FEW = "too_few_examples"
_AZURE = "azure"

_WAIT_SECONDS = 1.0
"""Polled: whoever concludes a check knows nothing of jobs. A row a second is little beside what it waits for."""


@dataclass(frozen=True)
class Waiting:
    """The files are not judged yet; look again at `until`."""

    until: float
    told: list[NewEvent] = field(default_factory=list)


@dataclass(frozen=True)
class DataVerdict:
    failure: JobFailure | None = None
    n_examples: int = 0
    warnings: list[NewEvent] = field(default_factory=list)


def judge_data(unit: WorkUnit, job: Job) -> DataVerdict | Waiting:
    """Whether `job` can train on its files, or that others are still checking or moderating them."""
    named = {"training_file": job.training_file, "validation_file": job.validation_file}
    found: dict[str, File] = {}
    for param, file_id in named.items():
        if file_id is None:
            continue
        file = _find_file(unit, file_id)
        if file is None:
            message = f"{file_id} was deleted before the job could read it."
            return DataVerdict(JobFailure(f"invalid_{param}", message, param))
        found[param] = file
    try:
        check, told = _answer(unit, job, found["training_file"], found.get("validation_file"))
    except (ConnectionNotFoundError, NoModerationError) as error:
        return DataVerdict(fail_without(error))
    if check.state == CheckState.SUCCEEDED:
        return _conclude(unit, job, check)
    if check.state == CheckState.FAILED:
        return DataVerdict(JobFailure("server_error", f"{check.failure} Create the job again."))
    return Waiting(clock.now() + _WAIT_SECONDS, told)


def _conclude(unit: WorkUnit, job: Job, check: DatasetCheck) -> DataVerdict | Waiting:
    with unit.database.reading() as session:
        policies = get_policies(session, job.project_id)
        wait_seconds = unit.settings.moderation_wait_seconds
        waiting = wait_or_fail(session, job, check, policies, wait_seconds=wait_seconds)
    if waiting is None:
        return _judge(check, policies, min_examples=unit.settings.min_examples)
    # What is certain is told at once, whatever moderation may yet say of other rows.
    certain = _judge(check, {**policies, INCOMPLETE: Policy.WARN}, min_examples=unit.settings.min_examples)
    if certain.failure is not None:
        return certain
    if isinstance(waiting, JobFailure):
        return DataVerdict(waiting)
    until, event = waiting
    return Waiting(until, [event])


def _answer(unit: WorkUnit, job: Job, training: File, validation: File | None) -> tuple[DatasetCheck, list[NewEvent]]:
    """The check of the job's files: as it was, done now if they are small, or left to others. And what to tell of it.

    Raises ConnectionNotFoundError and NoModerationError where the project wants moderation and nobody can be asked.
    """
    with unit.database.reading() as session:
        groups = get_groups(session, job.project_id)
        moderation = get_moderation(session, job.project_id)
        policies = get_policies(session, job.project_id)
    question = Question(
        validation_file=job.validation_file,
        model=job.model,
        method=job.method,
        target=_find_target(unit, job),
        grader=(job.method_settings or {}).get("grader"),
        groups=groups,
        moderation=moderation,
    )
    beside = [] if validation is None else [validation]
    with unit.database.transaction() as session:
        # Not `progressing`: nothing is done yet, and attempts that killed their worker must add up.
        unit.require_claim(session)
        known = checks.find_check_of(session, job.project_id, training.id, question)
        if known is not None and (
            is_outdated(known, unit.settings) or is_worth_another_try(session, job, known, policies)
        ):
            forget_answer(session, known)
            known = None
        told = [] if known is not None or moderation is None else [tell_moderating(session, job, moderation)]
        check = checks.ensure_check(session, training, question, beside=beside)
        is_done_here = is_small(unit, check)
        if not is_done_here:
            checks.start_check(session, training, question, beside=beside)
    if check.state == CheckState.QUEUED and is_done_here:
        reading = open_reading(unit, check)
        if reading is not None:
            do_whole_check(unit, check, reading, settling=unit.progressing)
    with unit.database.reading() as session:
        answered = checks.find_check(session, check.project_id, check.id)
    if answered is None:
        raise RuntimeError(f"The check {check.id} vanished while a job was waiting for it")
    return answered, told


def _find_target(unit: WorkUnit, job: Job) -> str:
    """Whose rules count: those of the provider that the job goes to, else those that follow from the model."""
    if job.connection_id is None:
        return target_of(job.model, unit.settings)
    with unit.database.reading() as session:
        connection = connections.find_connection(session, job.project_id, job.connection_id)
    is_azure = connection is not None and connection.kind == ConnectionKind.AZURE
    return _AZURE if is_azure else HOSTED_TARGET


def _judge(check: DatasetCheck, policies: Mapping[str, Policy], *, min_examples: int) -> DataVerdict:
    # Before the warnings of both: what is wrong with the first file is told first.
    judged = judge_check(check, policies=policies)
    for param, section in judged.items():
        failure = _failure(param, section, min_examples=min_examples)
        if failure is not None:
            return DataVerdict(failure)
    warnings = [event for param, section in judged.items() for event in _warnings(param, section)]
    return DataVerdict(n_examples=check.n_examples, warnings=warnings)


def _failure(param: str, section: Judged, *, min_examples: int) -> JobFailure | None:
    blocking = [code for code in section.verdict.blocking if code != _TOO_FEW]
    if blocking:
        return JobFailure(f"invalid_{param}", section.explain(blocking), param)
    n_examples = section.report["n_examples"]
    if param == "training_file" and (section.verdict.blocking or n_examples < min_examples):
        message = f"Training file has {n_examples} example(s), but must have at least {min_examples} examples."
        return JobFailure("invalid_n_examples", message, param)
    return None


def _warnings(param: str, section: Judged) -> Iterator[NewEvent]:
    codes = section.verdict.warnings
    shown = codes if len(codes) <= _MOST_WARNINGS else codes[: _MOST_WARNINGS - 1]
    for code in shown:
        yield dataset_warning(param, code, _tell(param, section.entry(code)))
    if len(shown) < len(codes):
        rest = f"The {param.replace('_', ' ')} has {len(codes) - len(shown)} more kinds of warnings; see its report."
        yield dataset_warning(param, "more", rest)


def _tell(param: str, entry: dict[str, Any]) -> str:
    """`Training file, duplicate_exact (21): Line 1521: …`."""
    first = entry["samples"][0]["message"]
    return f"{param.replace('_', ' ').capitalize()}, {entry['code']} ({entry['count']:,}): {first}"


def _find_file(unit: WorkUnit, file_id: str) -> File | None:
    with unit.database.reading() as session:
        return files.find_file(session, unit.project_id, file_id)
