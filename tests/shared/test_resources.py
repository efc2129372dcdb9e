"""What a process opens, and what it refuses to start with."""

import pytest
from pydantic import SecretStr

from shared.resources import WeakSecretKeyError, open_resources
from shared.settings import Settings


class TestOpening:
    @pytest.mark.parametrize("secret_key", ["", "short", "x" * 31])
    def test_refuses_a_weak_secret(self, sqlite_settings: Settings, secret_key: str) -> None:
        """The service does not start on a secret that could be guessed, and says how to make a good one."""
        settings = sqlite_settings.model_copy(update={"secret_key": SecretStr(secret_key)})

        with pytest.raises(WeakSecretKeyError, match="openssl rand"):
            open_resources(settings)

    def test_opens_what_work_needs(self, settings: Settings) -> None:
        """An open process has a database and an object store that answer."""
        resources = open_resources(settings)

        resources.database.check()
        resources.store.check()

        resources.close()
