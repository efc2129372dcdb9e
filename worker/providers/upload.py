"""Copying a file's content to a provider, once: whole, or in parts that a killed worker's successor goes on with."""

import hashlib
import shutil
from pathlib import Path

import structlog
from sqlmodel import Session

from shared import clock
from shared.connections.errors import ConnectionNotFoundError
from shared.connections.kinds import ConnectionState
from shared.jobs.failure import JobFailure
from shared.outbox.claim import Claim
from shared.providers import copies
from shared.providers.failures import CONNECTION_GONE, KEY_REFUSED, describe_refusal
from shared.providers.shapes import UpstreamFile
from shared.providers.tables import CopyState, ProviderFile
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from shared.providers.wire import Wire
from worker.heartbeat import Heartbeat
from worker.providers.wire import OpenConnection, note_failing, note_key_refused, open_connection
from worker.task import Handler
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_TROUBLE_PAUSE_SECONDS = 5.0
_KEY_PAUSE_SECONDS = 60.0
_SLOWEST_BYTES_A_SECOND = 1 << 18
"Slower than this, a request with a file in it counts as hanging."
_CLOCK_SKEW_SECONDS = 600.0


class _CorruptedError(Exception):
    """The stored bytes are not those that were uploaded to us."""


def upload_copy(unit: WorkUnit) -> None:
    """Bring a copy to where its row wants it: there, or gone."""
    with unit.database.reading() as session:
        copy = copies.find_copy(session, unit.project_id, unit.subject_id)
    if copy is None or copy.state in {CopyState.SENT, CopyState.FAILED}:
        with unit.finishing():
            return
    try:
        with open_connection(unit, unit.project_id, copy.connection_id) as opened, Heartbeat(unit):
            if copy.state == CopyState.DELETING:
                _remove(unit, copy, opened)
            else:
                _send(unit, copy, opened)
    except ConnectionNotFoundError:
        with unit.finishing() as session:
            if copy.state == CopyState.DELETING:
                copies.forget(session, unit.project_id, copy.id)
            else:
                copies.mark_failed(session, unit.project_id, copy.id, CONNECTION_GONE)


def _remove(unit: WorkUnit, copy: ProviderFile, opened: OpenConnection) -> None:
    try:
        if copy.upstream_file_id is not None:
            opened.wire.delete_file(copy.upstream_file_id)
    except UpstreamTroubleError as trouble:
        if trouble.kind is not TroubleKind.REFUSED:
            _wait(unit, trouble)
            return
        log.warning("provider.copy_not_deleted", upstream=copy.upstream_file_id, code=trouble.code)
    with unit.finishing() as session:
        copies.forget(session, unit.project_id, copy.id)


def _send(unit: WorkUnit, copy: ProviderFile, opened: OpenConnection) -> None:
    if opened.state == ConnectionState.REVOKED:
        _fail(unit, copy, KEY_REFUSED)
        return
    folder = unit.settings.data_dir.absolute() / "work" / f"{copy.id}-{unit.claim.fence}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = _find_lost(opened.wire, copy) or _transfer(unit, copy, opened.wire, folder / "copy.jsonl")
    except _CorruptedError:
        told = "The stored file is not what was uploaded: its checksum differs. Upload it again, then create the job."
        _fail(unit, copy, JobFailure("file_corrupted", told))
    except UpstreamTroubleError as trouble:
        _settle_trouble(unit, copy, opened, trouble)
    else:
        with unit.finishing() as session:
            copies.mark_sent(session, unit.project_id, copy.id, upstream_file_id=file.id)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find_lost(wire: Wire, copy: ProviderFile) -> UpstreamFile | None:
    """The copy of an earlier try whose answer never came: by name and size. Doubles of it are removed."""
    if copy.state != CopyState.SENDING:
        return None
    name, since = copies.upstream_name(copy), copy.created_at - _CLOCK_SKEW_SECONDS
    found: list[UpstreamFile] = []
    for page in wire.list_files():
        found += [file for file in page if file.filename == name and file.bytes == copy.bytes]
        if any((file.created_at or since) < since for file in page):
            break
    found.sort(key=lambda file: (file.created_at or 0.0, file.id))
    for double in found[1:]:
        log.warning("provider.double_copy_deleted", upstream=double.id)
        wire.delete_file(double.id)
    return found[0] if found else None


def _transfer(unit: WorkUnit, copy: ProviderFile, wire: Wire, path: Path) -> UpstreamFile:
    _fetch_checked(unit, copy, path)
    if copy.bytes > unit.settings.provider_single_upload_bytes:
        return _send_parts(unit, copy, wire, path)
    with unit.database.transaction() as session:
        unit.require_claim(session)
        copies.mark_sending(session, unit.project_id, copy.id)
    with path.open("rb") as stream:
        return wire.create_file(copies.upstream_name(copy), stream, seconds=_time_for(copy.bytes))


def _send_parts(unit: WorkUnit, copy: ProviderFile, wire: Wire, path: Path) -> UpstreamFile:
    """Go on behind the last part that is known to be there; parts nobody names at the end do not count upstream."""
    upload_id, part_ids = copy.upload_id, list(copy.part_ids)
    if upload_id is None:
        upload_id = wire.create_upload(copies.upstream_name(copy), size_bytes=copy.bytes)
        with unit.progressing() as session:
            copies.mark_sending(session, unit.project_id, copy.id)
            copies.note_upload(session, unit.project_id, copy.id, upload_id=upload_id)
    try:
        with path.open("rb") as stream:
            stream.seek(copy.bytes_sent)
            while part := stream.read(unit.settings.provider_part_bytes):
                part_ids.append(wire.add_part(upload_id, part, seconds=_time_for(len(part))))
                with unit.progressing() as session:
                    sent = stream.tell()
                    copies.note_part(session, unit.project_id, copy.id, part_id=part_ids[-1], bytes_sent=sent)
        return wire.complete_upload(upload_id, part_ids)
    except UpstreamTroubleError as trouble:
        if trouble.will_pass or trouble.kind is TroubleKind.KEY_REFUSED or not copy.part_ids:
            raise
        # An upload lives for an hour: one that was begun before a long break may be over.
        with unit.progressing() as session:
            copies.note_upload(session, unit.project_id, copy.id, upload_id=None)
        raise UpstreamTroubleError(TroubleKind.UNKNOWN, trouble.message) from trouble


def _fetch_checked(unit: WorkUnit, copy: ProviderFile, path: Path) -> None:
    with unit.database.reading() as session:
        source = copies.get_source(session, copy)
    digest = hashlib.sha256()
    with path.open("wb") as target:
        for chunk in unit.store.iter_chunks(source.object_key):
            digest.update(chunk)
            target.write(chunk)
    if digest.hexdigest() != copy.sha256:
        raise _CorruptedError


def _settle_trouble(unit: WorkUnit, copy: ProviderFile, opened: OpenConnection, trouble: UpstreamTroubleError) -> None:
    log.warning("provider.upload_trouble", kind=trouble.kind, status=trouble.status, code=trouble.code)
    if trouble.will_pass:
        note_failing(unit, opened, trouble.message)
        _wait(unit, trouble)
    elif trouble.kind is TroubleKind.KEY_REFUSED:
        note_key_refused(unit, opened)
        _fail(unit, copy, KEY_REFUSED)
    else:
        _fail(unit, copy, describe_refusal(trouble))


def _wait(unit: WorkUnit, trouble: UpstreamTroubleError) -> None:
    pause = trouble.retry_after_seconds
    if pause is None:
        pause = _KEY_PAUSE_SECONDS if trouble.kind is TroubleKind.KEY_REFUSED else _TROUBLE_PAUSE_SECONDS
    with unit.deferring(due_at=clock.now() + pause, error=str(trouble), blameless=True):
        pass


def _fail(unit: WorkUnit, copy: ProviderFile, failure: JobFailure) -> None:
    with unit.finishing() as session:
        copies.mark_failed(session, unit.project_id, copy.id, failure)


def _time_for(size_bytes: int) -> float:
    return 60.0 + size_bytes / _SLOWEST_BYTES_A_SECOND


def _give_up(session: Session, claim: Claim, _reason: str) -> None:
    told = f"The file could not be copied to the provider, by a fault of the service ({claim.work_id})."
    copies.mark_failed(session, claim.project_id, claim.subject_id, JobFailure("server_error", told))


UPLOAD_COPY = Handler(run=upload_copy, give_up=_give_up, longest_seconds=3 * 3600.0)
