"""Errors a caller can act on, without HTTP: kind, code, message, param. Two renderers live in api/errors.py."""

from enum import StrEnum


class Kind(StrEnum):
    """What sort of refusal this is; each wire maps it to a status of its own."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA = "unsupported_media"
    TIMEOUT = "timeout"
    UNPROCESSABLE = "unprocessable"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class ServiceError(Exception):
    """Base of every expected failure. The message says which thing, where, and what would help."""

    kind: Kind = Kind.INVALID
    code: str | None = None

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        kind: Kind | None = None,
        retryable: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        if code is not None:
            self.code = code
        if kind is not None:
            self.kind = kind


class InvalidInputError(ServiceError):
    kind = Kind.INVALID


class NotFoundError(ServiceError):
    """Also what a stranger's id gets: as if absent."""

    kind = Kind.NOT_FOUND


class UnavailableError(ServiceError):
    """A part we lean on does not answer now; asking again later may help."""

    kind = Kind.UNAVAILABLE

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message, code=code, retryable=True)
