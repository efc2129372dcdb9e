"""Refusals of imports that are not about the data itself."""

from shared.errors import InvalidInputError, Kind, ServiceError


class InvalidObjectKeyError(InvalidInputError):
    code = "invalid_object_key"

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"object_key must lie below {prefix} and consist of letters, digits, dots, hyphens and underscores between "
            "slashes.",
            param="object_key",
        )


class ObjectNotThereError(InvalidInputError):
    code = "object_not_there"

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no object {key[:200]} in the object store.", param="object_key")


class DownloadFailedError(InvalidInputError):
    """An address that does not give the data, whoever is to blame; the message never tells about our network."""

    code = "download_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The url could not be downloaded: {reason}.", param="url")


class SourceGoneError(ServiceError):
    """What a preview has shown is not there any more."""

    kind = Kind.CONFLICT
    code = "source_gone"

    def __init__(self, operation_id: str, file_id: str) -> None:
        super().__init__(
            f"{file_id}, which {operation_id} has shown, was deleted or has expired. Ask for another import.",
            param="operation_id",
        )
