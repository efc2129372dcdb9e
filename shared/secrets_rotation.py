"""Changing the secret key while the service runs: whatever a retired key sealed is sealed again under the new one.

`python -m shared.secrets_rotation` does it now and says what is left; the scheduler does it every hour. Each row is
its own compare-and-set, so it may run twice, beside itself and beside whoever replaces a secret meanwhile.
"""

import sys
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.connections import service as connections
from shared.db.session import Database
from shared.log import configure_logging
from shared.resources import UnusableSettingsError, require_strong_keys
from shared.secrets import key_id
from shared.settings import Settings, load_settings
from shared.tenants import service as tenants
from shared.webhooks import service as webhooks

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Rotation:
    """`unopened`: rows that no key opens. `old_api_keys`: keys that have not been used under the new secret key yet."""

    resealed: int
    unopened: int
    old_api_keys: int


def rotate(database: Database, settings: Settings) -> Rotation:
    """Seal again under the current key what any other sealed. What no key opens is left as it is and counted."""
    keys = settings.all_secret_keys
    found = [reseal(database, keys) for reseal in (webhooks.reseal_all_system, connections.reseal_all_system)]
    with database.reading() as session:
        old = tenants.count_old_hashes_system(session, current=key_id(keys[0]))
    done = Rotation(sum(made for made, _ in found), sum(failed for _, failed in found), old)
    if done.unopened:
        log.error("secrets.unopened", count=done.unopened, help="a key is missing in TUNERY_SECRET_KEYS_RETIRED")
    return done


def require_known_keys(database: Database, settings: Settings) -> None:
    """Raises UnusableSettingsError when the database holds secrets that were sealed under a key that is not here."""
    with database.reading() as session:
        used = connections.sealing_keys_system(session) | webhooks.sealing_keys_system(session)
    unknown = used - {key_id(key) for key in settings.all_secret_keys}
    if unknown:
        raise UnusableSettingsError(
            f"The database holds secrets sealed under key {', '.join(sorted(unknown))}, and TUNERY_SECRET_KEY is key "
            f"{key_id(settings.all_secret_keys[0])}. Put the former key into TUNERY_SECRET_KEYS_RETIRED."
        )


def check_keys_at_start(database: Database, settings: Settings) -> None:
    """The same for a process that starts; a database that does not answer yet is another matter, told elsewhere."""
    try:
        require_known_keys(database, settings)
    except SQLAlchemyError as error:
        log.warning("secrets.not_checked", error=type(error).__name__)


def main() -> None:
    settings = load_settings()
    configure_logging(settings.log_level)
    try:
        require_strong_keys(settings)
    except UnusableSettingsError as error:
        sys.exit(str(error))
    database = Database(settings)
    done = rotate(database, settings)
    database.close()
    sys.stdout.write(
        f"key {key_id(settings.all_secret_keys[0])}: {done.resealed} secrets sealed again, {done.unopened} that no key "
        f"opens, {done.old_api_keys} API keys not used since the change\n"
    )
    sys.exit(1 if done.unopened else 0)


if __name__ == "__main__":
    main()
