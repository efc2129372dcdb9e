"""What has to be in place before the first child starts: the secrets, the schema, the first keys."""

import secrets
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from cli.credentials import Credentials, find_credentials, save_credentials
from cli.up.errors import UpError
from cli.up.secret_key import get_secret_key
from shared.log import mask
from shared.migrations.runner import MigrationBrokeReferencesError, UnknownRevisionError, upgrade
from shared.settings import Settings
from shared.tenants.bootstrap import bootstrap

_TOKEN_BYTES = 32


def with_secrets(settings: Settings, *, data_dir: Path) -> Settings:
    """`settings` with the folder's own secret key, and a fresh token that API and model server share."""
    update: dict[str, Path | SecretStr] = {"data_dir": data_dir.absolute()}
    if not settings.secret_key.get_secret_value():
        update["secret_key"] = SecretStr(get_secret_key(data_dir))
    if not settings.inference_token.get_secret_value():
        update["inference_token"] = SecretStr(secrets.token_urlsafe(_TOKEN_BYTES))
    return settings.model_copy(update=update)


def prepare_database(settings: Settings, *, base_url: str) -> Credentials | None:
    """Bring the schema up to date and credentials.json with it; None where nobody here knows the keys.

    Keys can be seen only when they are made: later starts keep those of the file and refresh its address.
    Raises UpError if the database cannot be used, CredentialsError if the file cannot.
    """
    try:
        upgrade(settings)
        made = bootstrap(settings)
    except (SQLAlchemyError, UnknownRevisionError, MigrationBrokeReferencesError) as error:
        raise UpError(f"The database cannot be used: {mask(str(error).splitlines()[0])}") from error
    keys = made or find_credentials(settings.data_dir)
    if keys is None:
        return None
    credentials = Credentials(base_url=base_url, api_key=keys.api_key, admin_key=keys.admin_key)
    save_credentials(settings.data_dir, credentials)
    return credentials
