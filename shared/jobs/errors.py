"""Refusals of the jobs domain."""

from shared.errors import InvalidInputError, NotFoundError


class JobNotFoundError(NotFoundError):
    code = "fine_tune_not_found"

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Could not find fine tune: {job_id[:80]}", param="fine_tuning_job_id")


class ModelNotTrainableError(InvalidInputError):
    code = "model_not_available"


class UnusableFileError(InvalidInputError):
    """A file named in a job that is not there (or somebody else's, which is the same) or is not training data."""

    code = "invalid_file"
