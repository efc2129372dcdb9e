"""What a function that does a dataset operation works with: inputs, outputs, and a way to tell how far it is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from shared import clock
from shared.datasets.operations import service as operations
from shared.datasets.operations.outcome import MadeFile
from shared.datasets.operations.tables import DatasetOperation
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.files.tables import File
from shared.settings import Settings
from shared.storage.errors import ObjectNotFoundError
from shared.storage.protocol import ObjectStore, ObjectWriter
from worker.heartbeat import Heartbeat
from worker.unit import WorkUnit

_PROGRESS_SECONDS = 1.0
"Between two writes of the row: a person looks, and a database has better things to do."


class InputVanishedError(InvalidInputError):
    code = "file_not_found"

    def __init__(self, file_id: str) -> None:
        super().__init__(f"{file_id} was deleted before the operation could read it.", param="files")


class OperationRun:
    """One attempt at an operation. No transaction is open while it is at work."""

    def __init__(self, unit: WorkUnit, operation: DatasetOperation) -> None:
        self.operation = operation
        self.params: dict[str, Any] = operation.params
        self.written: list[str] = []
        "Keys of objects that this attempt may have written."
        self._unit = unit
        self._told_at = 0.0
        self._check_claim: Callable[[], None] = lambda: None

    @property
    def store(self) -> ObjectStore:
        return self._unit.store

    @property
    def settings(self) -> Settings:
        return self._unit.settings

    def input_file(self, file_id: str) -> File:
        """The row of a file to read. Raises InputVanishedError."""
        with self._unit.database.reading() as session:
            file = files.find_file(session, self.operation.project_id, file_id)
        if file is None:
            raise InputVanishedError(file_id)
        return file

    def read(self, file: File) -> Iterator[bytes]:
        """The bytes of a file in chunks. Raises InputVanishedError."""
        try:
            return self.store.iter_chunks(file.object_key)
        except ObjectNotFoundError as error:
            raise InputVanishedError(file.id) from error

    def watch_claim(self, check: Callable[[], None]) -> None:
        """Have `check`, which raises ClaimLostError once the claim is lost, asked at each sign of progress."""
        self._check_claim = check

    def report_progress(self, share: float) -> None:
        """Tell that `share` of the work, 0 to 1, is done, and keep the claim. Cheap enough to call in a loop.

        Raises ClaimLostError when somebody else has taken over.
        """
        self._check_claim()
        now = clock.now()
        if now < self._told_at + _PROGRESS_SECONDS:
            return
        self._told_at = now
        with self._unit.database.transaction() as session:
            # Not `progressing`: the work begins anew after a crash, so attempts that killed their worker must add up.
            self._unit.require_claim(session)
            operations.note_progress(session, self.operation.project_id, self.operation.id, min(share, 1.0))

    def beating(self) -> Heartbeat:
        """A block in which the claim is kept however long nothing is reported."""
        return Heartbeat(self._unit)

    @contextmanager
    def writing(self, role: str) -> Iterator["Output"]:
        """An object to write. It is named after the operation: another attempt replaces it instead of adding one."""
        key = files.object_key(self.operation.project_id, f"{self.operation.id}.{role}")
        with self.store.writer(key) as writer:
            self.written.append(key)
            yield Output(role, key, writer)


class Output:
    """One object under way, and the file that it becomes."""

    def __init__(self, role: str, key: str, writer: ObjectWriter) -> None:
        self.role = role
        self._key = key
        self._writer = writer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def store_as(
        self,
        *,
        filename: str,
        purpose: str,
        detail: dict[str, Any] | None = None,
        parents: Sequence[str] | None = None,
    ) -> MadeFile:
        """Make the object visible. It is a file once the operation has ended."""
        stored = self._writer.commit()
        return MadeFile(self.role, self._key, stored, filename, purpose, detail or {}, parents)
