"""Refusals of the files domain."""

from shared.errors import NotFoundError


class FileNotFoundInProjectError(NotFoundError):
    def __init__(self, file_id: str) -> None:
        super().__init__(f"No such File object: {file_id[:80]}", param="id")
