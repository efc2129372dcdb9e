"""Which connections have a moderation that can judge texts. Decides from rows alone; asks nobody."""

from sqlmodel import Session

from shared.connections import service
from shared.connections.errors import ConnectionNotFoundError, NoModerationError
from shared.connections.kinds import ENGINE, ConnectionKind, ConnectionState
from shared.connections.routing import find_named
from shared.connections.tables import Connection

_PARAM = "moderation"
_NEEDED = "Name a connection of kind `openai`, or of another provider that answers POST /v1/moderations."


def get_moderating(session: Session, project_id: str, named: str, *, param: str = _PARAM) -> Connection:
    """The connection with this id or name. Raises ConnectionNotFoundError, and NoModerationError for one without."""
    if named == ENGINE:
        raise NoModerationError(f"The engine here has no moderation. {_NEEDED}", param=param)
    try:
        connection = find_named(service.list_connections(session, project_id), named)
    except ConnectionNotFoundError:
        raise ConnectionNotFoundError(named, param=param) from None
    # Azure has it as a service of its own, and the known presets not at all.
    if connection.kind == ConnectionKind.AZURE or connection.preset is not None:
        told = f"The provider of connection `{connection.name}` has no moderation of OpenAI's wire. {_NEEDED}"
        raise NoModerationError(told, param=param)
    return connection


def require_moderation(session: Session, project_id: str, named: str, *, param: str = _PARAM) -> Connection:
    """The same, for one that can be asked now: a key that the provider has refused is NoModerationError too."""
    connection = get_moderating(session, project_id, named, param=param)
    if connection.state == ConnectionState.REVOKED:
        told = f"The provider refused the key of connection `{connection.name}`. Put a valid one into it first."
        raise NoModerationError(told, param=param)
    return connection
