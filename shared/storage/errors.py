"""What can go wrong with stored objects."""

from shared.errors import NotFoundError, UnavailableError


class ObjectNotFoundError(NotFoundError):
    """No object has this key."""

    code = "object_not_found"

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no stored object {key!r}.")
        self.key = key


class StorageUnavailableError(UnavailableError):
    """The store cannot be reached, is full or refuses us; nothing was half-written."""

    code = "storage_unavailable"


class InvalidObjectKeyError(ValueError):
    """A key that our own code must never have made: a defect, not a user's mistake."""
