"""Use cases of imports: asking for one, agreeing to it. Names the places a project may import from; fetches nothing."""

from collections.abc import Sequence
from typing import Any

import httpx2
from sqlmodel import Session

from shared.datasets.conversion.dialects.registry import get_dialect
from shared.datasets.conversion.mapping import read_mapping
from shared.datasets.conversion.options import read_options
from shared.datasets.imports.errors import InvalidObjectKeyError, SourceGoneError
from shared.datasets.operations import service as operations
from shared.datasets.operations.tables import DatasetOperation, OperationState
from shared.datasets.tables import DerivationKind
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.files.tables import Purpose
from shared.outbound.addresses import why_denied
from shared.outbound.policy import OutboundPolicy
from shared.outbound.urls import check_url, literal_address
from shared.storage import keys
from shared.storage.errors import InvalidObjectKeyError as InvalidKeyError

SOURCES = ("file_id", "url", "object_key")
_IMPORTABLE = frozenset({Purpose.USER_DATA, Purpose.FINE_TUNE, Purpose.BATCH})


def import_prefix(project_id: str) -> str:
    """The folder of the object store from which a project may import; whoever fills it has the store's credentials."""
    return f"imports/{project_id}/"


def create_import(
    session: Session, project_id: str, *, wish: dict[str, Any], policy: OutboundPolicy
) -> DatasetOperation:
    """Ask for an import from exactly one of `SOURCES`. Raises what is wrong with the wish; nothing is fetched yet."""
    given = [name for name in SOURCES if wish.get(name) is not None]
    if len(given) != 1:
        raise InvalidInputError("Give one of file_id, url and object_key.", param="file_id", code="invalid_value")
    check_wish(wish)
    if "url" in wish:
        check_source_url(wish["url"], policy)
    if "object_key" in wish:
        check_object_key(wish["object_key"], project_id)
    file_ids = [wish[name] for name in ("file_id", "join_file_id") if wish.get(name) is not None]
    _check_purposes(session, project_id, file_ids)
    return operations.create_operation(session, project_id, kind=DerivationKind.IMPORT, file_ids=file_ids, params=wish)


def confirm_import(session: Session, project_id: str, operation_id: str, *, wish: dict[str, Any]) -> DatasetOperation:
    """Let an import that waits make its file, or show itself once more where the wish has `preview`.

    Raises OperationNotFoundError, OperationNotWaitingError, SourceGoneError and what is wrong with the wish.
    """
    check_wish(wish)
    operation = operations.get_operation(session, project_id, operation_id)
    if operation.state == OperationState.AWAITING_CONFIRMATION:
        for file_id in {*operation.files, *_fetched_files(operation)}:
            if files.find_file(session, project_id, file_id) is None:
                raise SourceGoneError(operation_id, file_id)
    return operations.confirm_operation(session, project_id, operation_id, params={"preview": False} | wish)


def _fetched_files(operation: DatasetOperation) -> list[str]:
    """The file that a downloaded source has become."""
    found = (operation.result or {}).get("source_file")
    return [found] if found else []


def check_wish(wish: dict[str, Any]) -> None:
    """Raises FormatNotRecognisedError for an unknown format, InvalidMappingError for a mapping or options."""
    if wish.get("format") is not None:
        get_dialect(wish["format"])
    read_mapping(wish.get("mapping") or {})
    read_options(wish.get("options") or {})


def check_object_key(key: str, project_id: str) -> None:
    """Raises InvalidObjectKeyError unless the object is the project's to import, whether or not it is there."""
    prefix = import_prefix(project_id)
    try:
        keys.check_key(key)
    except InvalidKeyError:
        raise InvalidObjectKeyError(prefix) from None
    if not key.startswith(prefix):
        raise InvalidObjectKeyError(prefix)


def check_source_url(url: str, policy: OutboundPolicy) -> httpx2.URL:
    """The address, parsed. Raises InvalidInputError for one that may not be imported from.

    An operator who permits plain http has receivers of his own in mind; what others send is read over https only.
    """
    parts = check_url(url, policy)
    if parts.scheme != "https" and not _is_inside(parts.raw_host.decode("ascii")):
        raise InvalidInputError("url must begin with https://.", param="url", code="invalid_url")
    return parts


def _is_inside(host: str) -> bool:
    address = literal_address(host)
    return host == "localhost" or (address is not None and why_denied(address, ()) is not None)


def shown_params(params: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, without what may be a key to the address, and without what we keep to know it again."""
    params = {name: value for name, value in params.items() if name != operations.CONFIRMATION}
    return params | {"url": without_query(params["url"])} if "url" in params else params


def without_query(url: str) -> str:
    """An address without its query, which of a signed one is a secret."""
    return str(httpx2.URL(url).copy_with(query=None))


def _check_purposes(session: Session, project_id: str, file_ids: Sequence[str]) -> None:
    for file_id in file_ids:
        purpose = files.get_file(session, project_id, file_id).purpose
        if purpose not in _IMPORTABLE:
            raise InvalidInputError(
                f"{file_id} has the purpose {purpose}. Imported are files for: {', '.join(sorted(_IMPORTABLE))}.",
                param="file_id",
                code="invalid_file",
            )
