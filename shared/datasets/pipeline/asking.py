"""Asking about a file from outside: the answer if there is one, else how far the work on it is."""

from collections.abc import Iterable

from sqlmodel import Session

from shared.datasets.formats import FORMAT_OF_METHOD
from shared.datasets.pipeline import service
from shared.datasets.pipeline.errors import CheckFailedError, NoTrainingDataError, ReportNotFoundError
from shared.datasets.pipeline.question import Question, target_of
from shared.datasets.pipeline.tables import CheckState, DatasetCheck
from shared.datasets.severities import TARGETS
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.files.errors import FileNotFoundInProjectError
from shared.files.tables import File, Purpose
from shared.ids import Prefix, is_id

_MODEL_CHARS = 256


def make_question(
    *,
    model: str | None,
    method: str | None,
    validation_file: str | None,
    target: str | None,
    base_models: Iterable[str],
) -> Question | None:
    """The question in these parameters; None when none is given. Raises InvalidInputError naming the parameter."""
    if model is None:
        if method is validation_file is target is None:
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
    return Question(
        validation_file=validation_file,
        model=model,
        method=method or "supervised",
        target=target or target_of(model, base_models),
    )


def ask(session: Session, project_id: str, file_id: str, question: Question) -> DatasetCheck:
    """The check that answers `question`; started by the first who asks.

    Raises FileNotFoundInProjectError for a file that is not there, CheckFailedError and NoTrainingDataError.
    """
    training = _get_training_data(session, project_id, file_id, param="file_id")
    validation = None
    if question.validation_file is not None:
        validation = _get_training_data(session, project_id, question.validation_file, param="validation_file")
    check = service.start_check(session, training, question, validation=validation)
    if check.state == CheckState.FAILED:
        raise CheckFailedError(check.failure or "")
    return check


def find_answer(session: Session, project_id: str, file_id: str, question: Question) -> DatasetCheck | None:
    """The check that answers `question` if somebody has asked it. Raises FileNotFoundInProjectError."""
    files.get_file(session, project_id, file_id)
    return service.find_check_of(session, project_id, file_id, question)


def get_upload_report(session: Session, project_id: str, file_id: str) -> DatasetCheck:
    """Raises ReportNotFoundError, for a stranger's file too."""
    check = None
    if is_id(file_id, Prefix.FILE) and files.find_file(session, project_id, file_id) is not None:
        check = service.find_upload_report(session, project_id, file_id)
    if check is None:
        raise ReportNotFoundError(file_id)
    return check


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
