"""Refusals of the imports domain."""

from shared.errors import InvalidInputError, NotFoundError


class ImportNotFoundError(NotFoundError):
    code = "import_not_found"

    def __init__(self, import_id: str) -> None:
        super().__init__(f"No such import: {import_id[:80]}", param="import_id")


class ImportStateError(InvalidInputError):
    code = "invalid_import_state"
