"""Copying a file: streamed into the store while its hash is taken, going on where a connection broke."""

import base64
import binascii
import hashlib

from sqlmodel import Session

from shared.datasets.lineage import record_derivation
from shared.datasets.tables import DerivationKind
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.files.service import ReceivedFile
from shared.files.tables import Purpose
from shared.imports import progress
from shared.imports.foreign import epoch_of, text_of, whole_of
from shared.imports.reasons import CannotCopyError
from shared.imports.tables import ImportedObject
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from shared.storage.protocol import ObjectWriter, StoredObject
from worker.imports.run import StepRun

_READINGS = 4
"""Connections that one copy may use up before it is left for later."""
_LARGEST_RESULT_BYTES = 64 << 20
_PURPOSES = {str(purpose) for purpose in Purpose}


def copy_file(run: StepRun, imported: ImportedObject) -> None:
    """Copy one file with its bytes verified. Raises UpstreamTroubleError or CannotCopyError."""
    document = imported.document
    if whole_of(document, "bytes") is None:
        document = imported.document = run.source.file(imported.upstream_id)
    size_bytes = whole_of(document, "bytes")
    if size_bytes is not None and size_bytes > run.unit.settings.max_upload_bytes:
        raise CannotCopyError("file_too_large", f"It has {size_bytes} bytes; files here have at most "
                              f"{run.unit.settings.max_upload_bytes}.")  # fmt: skip
    key = files.object_key(run.project_id, imported.local_id)
    is_result = document.get("purpose") == Purpose.FINE_TUNE_RESULTS
    with run.unit.store.writer(key) as writer:
        reading = Reading(run, imported.upstream_id, writer, keep=is_result)
        reading.read_all()
        if is_result:
            reading.write_decoded()
        elif size_bytes is not None and reading.size_bytes != size_bytes:
            raise broken_off(f"{reading.size_bytes} of {size_bytes} bytes came.")
        stored = writer.commit()
    _keep(run, imported, key, stored, upstream_sha256=reading.sha256)


class Reading:
    """One file on its way. A second connection goes on where the first one broke, or proves to bring the same bytes."""

    def __init__(self, run: StepRun, upstream_id: str, writer: ObjectWriter, *, keep: bool) -> None:
        self._run = run
        self._upstream_id = upstream_id
        self._writer = writer
        self._kept: bytearray | None = bytearray() if keep else None
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def read_all(self) -> None:
        for left in reversed(range(_READINGS)):
            before = self.size_bytes
            try:
                self._read_on()
            except UpstreamTroubleError as trouble:
                # Without a byte of progress the upstream is away, which is not waited for with a file half open.
                if not left or self.size_bytes == before or trouble.kind is not TroubleKind.UNKNOWN:
                    raise
            else:
                return

    def _read_on(self) -> None:
        with self._run.source.content(self._upstream_id, start=self.size_bytes) as (begins_at, chunks):
            repeated = hashlib.sha256()
            to_skip = self.size_bytes - begins_at
            for chunk in chunks:
                self._run.unit.keep_alive()
                known, fresh = chunk[:to_skip], chunk[to_skip:]
                repeated.update(known)
                to_skip -= len(known)
                if known and to_skip == 0 and repeated.digest() != self._hash.digest():
                    raise CannotCopyError("changed_upstream", "Its bytes were other ones when it was read on.")
                self._take(fresh)
            if to_skip > 0:
                raise broken_off("A second reading ended before the first one had.")

    def _take(self, fresh: bytes) -> None:
        self._hash.update(fresh)
        self.size_bytes += len(fresh)
        if self.size_bytes > self._run.unit.settings.max_upload_bytes:
            raise CannotCopyError("file_too_large", "More bytes came than files here may have.")
        if self._kept is None:
            self._writer.write(fresh)
            return
        self._kept += fresh
        if len(self._kept) > _LARGEST_RESULT_BYTES:
            raise CannotCopyError("file_too_large", f"A result file of more than {_LARGEST_RESULT_BYTES} bytes.")

    def write_decoded(self) -> None:
        """The CSV of a result file. Upstreams send it in base64, and older ones as it is."""
        self._writer.write(decoded_result(bytes(self._kept or b"")))


def broken_off(message: str) -> UpstreamTroubleError:
    """Trouble that a new try may end."""
    return UpstreamTroubleError(TroubleKind.UNKNOWN, message)


def decoded_result(content: bytes) -> bytes:
    """`content` without its base64; as it is where it is none, as a CSV with its commas never is."""
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        return content


def _keep(run: StepRun, imported: ImportedObject, key: str, stored: StoredObject, *, upstream_sha256: str) -> None:
    document = imported.document
    purpose = text_of(document, "purpose")
    filename = text_of(document, "filename") or imported.upstream_id
    created_at = epoch_of(document, "created_at")
    outcome = {"bytes": stored.size_bytes, "sha256": stored.sha256, "upstream_sha256": upstream_sha256}
    try:
        with run.unit.progressing() as session:
            if files.find_file_even_deleted(session, run.project_id, imported.local_id) is None:
                if purpose == Purpose.FINE_TUNE_RESULTS:
                    files.create_result_file(
                        session, run.project_id, object_key=key, filename=files.clean_filename(filename),
                        stored=stored, file_id=imported.local_id, created_at=created_at,
                    )  # fmt: skip
                else:
                    received = ReceivedFile(
                        imported.local_id, key, filename, purpose if purpose in _PURPOSES else Purpose.USER_DATA,
                        stored, created_at=created_at,
                    )  # fmt: skip
                    files.create_file(session, run.project_id, received)
                _note_origin(session, run, imported)
            progress.mark_copied(session, imported, outcome)
    except InvalidInputError as refusal:
        run.unit.store.delete(key)
        raise CannotCopyError("not_usable_here", refusal.message) from refusal


def _note_origin(session: Session, run: StepRun, imported: ImportedObject) -> None:
    """Have the file's lineage tell where it came from."""
    record_derivation(
        session,
        run.project_id,
        file_id=imported.local_id,
        kind=DerivationKind.IMPORT,
        parents=[],
        detail={"connection": run.running.connection_id, "upstream_id": imported.upstream_id},
    )
