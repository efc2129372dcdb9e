"""Refusals of checks."""

from shared.errors import InvalidInputError, Kind, NotFoundError, ServiceError, UnavailableError


class ReportNotFoundError(NotFoundError):
    code = "report_not_found"

    def __init__(self, file_id: str) -> None:
        super().__init__(
            f"There is no report for {file_id[:80]}: no such file, or its check has not ended.",
            param="file_id",
        )


class NoTrainingDataError(InvalidInputError):
    """A file that is none of training data cannot be checked as such."""

    code = "invalid_file"

    def __init__(self, file_id: str, purpose: str, *, param: str) -> None:
        super().__init__(
            f"{file_id} was uploaded with purpose `{purpose}`; only files for `fine-tune` are checked.", param=param
        )


class TooManyChecksError(ServiceError):
    kind = Kind.RATE_LIMITED
    code = "too_many_checks"

    def __init__(self) -> None:
        super().__init__("Too many checks of this project are under way. Ask again when some of them have ended.")


class CheckFailedError(UnavailableError):
    """The service could not do a check. It forgets it within a minute or two, and then does it anew."""

    code = "check_failed"

    def __init__(self, failure: str) -> None:
        super().__init__(f"{failure} Ask again in two minutes: the check is then made anew.")
