"""What a process needs to do work: settings, database, object store, doorbell. Built once, closed in reverse."""

from dataclasses import dataclass

from shared.db.session import Database
from shared.settings import Settings
from shared.storage import open_store
from shared.storage.protocol import ObjectStore
from shared.tasks import Doorbell

_MIN_SECRET_LENGTH = 32


class UnusableSettingsError(Exception):
    """The service refuses to start on settings it could not keep its promises with."""


class WeakSecretKeyError(UnusableSettingsError):
    """A secret that could be guessed."""


@dataclass
class Resources:
    settings: Settings
    database: Database
    store: ObjectStore
    doorbell: Doorbell

    @property
    def secret_key(self) -> str:
        return self.settings.secret_key.get_secret_value()

    @property
    def secret_keys(self) -> list[str]:
        """The secret key, then retired ones, which still open what they sealed."""
        return self.settings.all_secret_keys

    def close(self) -> None:
        self.doorbell.close()
        self.database.close()


def require_strong_keys(settings: Settings) -> None:
    """Raises WeakSecretKeyError naming the setting."""
    for name, keys in (
        ("TUNERY_SECRET_KEY", [settings.secret_key]),
        ("Each of TUNERY_SECRET_KEYS_RETIRED", settings.secret_keys_retired),
    ):
        if any(len(key.get_secret_value()) < _MIN_SECRET_LENGTH for key in keys):
            raise WeakSecretKeyError(
                f"{name} must have at least {_MIN_SECRET_LENGTH} characters; `openssl rand -hex 32` makes a good one."
            )


def open_resources(settings: Settings) -> Resources:
    """Open everything. Call it after a fork, never before. Raises UnusableSettingsError."""
    require_strong_keys(settings)
    if not settings.redis_url:
        raise UnusableSettingsError("TUNERY_REDIS_URL is not set; workers hear of work through Redis.")
    doorbell = Doorbell(settings)
    return Resources(settings, Database(settings, doorbell.ring), open_store(settings), doorbell)
