"""Asking about a file from outside: the answer if there is one, else how far the work on it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from shared.connections.moderating import require_moderation
from shared.datasets.formats import FORMAT_OF_METHOD
from shared.datasets.pipeline import service
from shared.datasets.pipeline.asked_json import read_grader, read_groups
from shared.datasets.pipeline.errors import (
    CheckFailedError,
    NoTrainingDataError,
    ReportNotFoundError,
    TooManyChecksError,
)
from shared.datasets.pipeline.estimates import forget_answer, is_outdated
from shared.datasets.pipeline.question import AT_UPLOAD, Question, target_of
from shared.datasets.pipeline.service import Progress
from shared.datasets.pipeline.tables import CheckState, DatasetCheck
from shared.datasets.pipeline.unjudged import can_be_judged_now
from shared.datasets.severities import TARGETS
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.files.errors import FileNotFoundInProjectError
from shared.files.tables import File, FileStatus, Purpose
from shared.ids import Prefix, is_id
from shared.settings import Settings

ENDED = frozenset({CheckState.SUCCEEDED, CheckState.FAILED})
MOST_EVALUATION_FILES = 10
"""Each is read as a whole for the sake of one report."""

_MODEL_CHARS = 256


@dataclass(frozen=True)
class Standing:
    """How far an answer is."""

    file_id: str
    check_id: str | None
    "None before the check at upload has begun."
    state: str
    progress: Progress


def make_question(
    *,
    model: str | None,
    method: str | None,
    validation_file: str | None,
    target: str | None,
    evaluation_file: Sequence[str] = (),
    grader: str | None = None,
    groups: str | None = None,
    kept_groups: dict[str, list[str]] | None = None,
    moderation: str | None = None,
    settings: Settings,
) -> Question | None:
    """The question in these parameters; None when none is given. Raises InvalidInputError naming the parameter.

    `grader` and `groups` are JSON. Without `groups` those that the project keeps count; `{}` asks for none.
    `moderation` is the id of a connection.
    """
    if model is None:
        if not evaluation_file and method is validation_file is target is grader is groups is moderation is None:
            return None
        raise InvalidInputError(
            "Name the model that the file is for: `model=gpt-4o-mini-2024-07-18`, or a base model of this service.",
            param="model",
            code="missing_required_parameter",
        )
    if not 1 <= len(model) <= _MODEL_CHARS or not model.isprintable():
        raise _invalid("model", f"must be 1 to {_MODEL_CHARS} printable characters")
    if method is not None and method not in FORMAT_OF_METHOD:
        raise _invalid("method", f"must be one of {', '.join(FORMAT_OF_METHOD)}")
    if target is not None and target not in TARGETS:
        raise _invalid("target", f"must be one of {', '.join(TARGETS)}")
    if len(set(evaluation_file)) > MOST_EVALUATION_FILES:
        raise _invalid("evaluation_file", f"may name at most {MOST_EVALUATION_FILES} files")
    return Question(
        validation_file=validation_file,
        model=model,
        method=method or "supervised",
        target=target or target_of(model, settings),
        evaluation_files=tuple(sorted(set(evaluation_file))),
        grader=None if grader is None else read_grader(grader),
        groups=kept_groups if groups is None else read_groups(groups) or None,
        moderation=moderation,
    )


def ask(session: Session, project_id: str, file_id: str, question: Question, *, settings: Settings) -> DatasetCheck:
    """The check that answers `question`; started by the first who asks, and anew where a better answer can be had.

    Raises FileNotFoundInProjectError for a file that is not there, NoTrainingDataError, CheckFailedError,
    TooManyChecksError, and what require_moderation raises.
    """
    training = _get_training_data(session, project_id, file_id, param="file_id")
    named = [("evaluation_file", name) for name in question.evaluation_files]
    if question.validation_file is not None:
        named.insert(0, ("validation_file", question.validation_file))
    beside = [_get_training_data(session, project_id, name, param=param) for param, name in named]
    known = service.find_check_of(session, project_id, training.id, question)
    if known is None and question.moderation is not None:
        require_moderation(session, project_id, question.moderation)
    has_room = service.has_room(session, project_id, question)
    if known is None and not has_room:
        raise TooManyChecksError
    if known is not None and has_room and (is_outdated(known, settings) or can_be_judged_now(session, known)):
        forget_answer(session, known)
    check = service.start_check(session, training, question, beside=beside)
    if check.state == CheckState.FAILED:
        raise CheckFailedError(check.failure or "")
    return check


def get_answer(session: Session, project_id: str, file_id: str, question: Question) -> DatasetCheck:
    """The check that has answered `question`. Raises ReportNotFoundError, for a stranger's file too."""
    check = _find_check(session, project_id, file_id, question)
    if check is None or check.state != CheckState.SUCCEEDED:
        raise ReportNotFoundError(file_id)
    return check


def get_standing(session: Session, project_id: str, file_id: str, question: Question) -> Standing:
    """How far the answer to `question` is. Raises ReportNotFoundError if nobody has asked, or there is no such file."""
    check = _find_check(session, project_id, file_id, question)
    if check is not None:
        return Standing(file_id, check.id, check.state, service.measure_progress(session, check))
    file = files.find_file(session, project_id, file_id) if is_id(file_id, Prefix.FILE) else None
    if file is None or question != AT_UPLOAD:
        raise ReportNotFoundError(file_id)
    # The check at upload begins by itself, some moments after the upload.
    waits = file.status == FileStatus.UPLOADED
    done = 0 if waits else file.bytes
    return Standing(file_id, None, CheckState.QUEUED if waits else CheckState.SUCCEEDED, Progress(file.bytes, done, 0))


def _find_check(session: Session, project_id: str, file_id: str, question: Question) -> DatasetCheck | None:
    if not is_id(file_id, Prefix.FILE) or files.find_file(session, project_id, file_id) is None:
        return None
    return service.find_check_of(session, project_id, file_id, question)


def _get_training_data(session: Session, project_id: str, file_id: str, *, param: str) -> File:
    # Garbage never reaches the database, and no id has this form.
    known = file_id if is_id(file_id, Prefix.FILE) else str(Prefix.FILE)
    file = files.find_file(session, project_id, known)
    if file is None:
        raise FileNotFoundInProjectError(file_id)
    if file.purpose != Purpose.FINE_TUNE:
        raise NoTrainingDataError(file.id, file.purpose, param=param)
    return file


def _invalid(param: str, what: str) -> InvalidInputError:
    return InvalidInputError(f"{param} {what}.", param=param, code="invalid_value")
