"""`python -m shared.tenants`: how an installation without `tunery up` comes by its first keys."""

import json
import subprocess
import sys

from pydantic import SecretStr

from cli.up.environment import child_environment
from shared.db.session import Database
from shared.settings import Settings
from shared.tenants.service import Role, authenticate
from tests.fixtures.settings import on_sqlite


class TestFirstKeys:
    @on_sqlite
    def test_shown_once(self, settings: Settings, database: Database) -> None:
        """`python -m shared.tenants` prints the first keys, which work, and never prints any again."""
        command = [sys.executable, "-m", "shared.tenants"]
        environment = child_environment(settings)

        first = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

        keys = json.loads(first.stdout)
        secret_key = settings.secret_key.get_secret_value()
        with database.reading() as session:
            roles = {
                name: authenticate(session, presented=key, secret_key=secret_key).role for name, key in keys.items()
            }
        assert roles == {"api_key": Role.MEMBER, "admin_key": Role.ADMIN}
        assert (second.returncode, second.stdout) == (1, "")
        assert "There is a tenant already" in second.stderr

    @on_sqlite
    def test_weak_secret_key(self, settings: Settings) -> None:
        """No key is made under a secret key that could be guessed."""
        weak = settings.model_copy(update={"secret_key": SecretStr("short")})

        made = subprocess.run(
            [sys.executable, "-m", "shared.tenants"],
            env=child_environment(weak),
            capture_output=True,
            text=True,
            check=False,
        )

        assert (made.returncode, made.stdout) == (1, "")
        assert "TUNERY_SECRET_KEY must have at least 32 characters" in made.stderr
