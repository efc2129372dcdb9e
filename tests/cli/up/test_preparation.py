"""What is in place before the first child: the lock, the secret key, the sockets, the children's settings."""

import socket
import stat
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.credentials import find_credentials
from cli.up.addresses import open_addresses, with_addresses, with_own_machine
from cli.up.environment import child_environment, environment_without_settings
from cli.up.errors import UpError
from cli.up.lock import data_dir_locked
from cli.up.options import UpOptions
from cli.up.preparation import prepare_database, with_secrets
from cli.up.secret_key import get_secret_key
from cli.up.sockets import open_listener, url_of
from shared.settings import Settings, load_settings


class TestLock:
    def test_a_folder_serves_one_at_a_time(self, tmp_path: Path) -> None:
        """A second service on the same data folder is refused, naming the folder and a way out."""
        with (
            data_dir_locked(tmp_path),
            pytest.raises(UpError, match=f"runs on {tmp_path}.*--data"),
            data_dir_locked(tmp_path),
        ):
            pass

    def test_the_folder_is_free_again_afterwards(self, tmp_path: Path) -> None:
        """A folder whose service ended can be served again."""
        with data_dir_locked(tmp_path / "new"):
            pass

        with data_dir_locked(tmp_path / "new"):
            assert (tmp_path / "new").is_dir()


class TestSecretKey:
    def test_it_is_made_once(self, tmp_path: Path) -> None:
        """A data folder gets one secret key, readable by its owner only, and keeps it."""
        first = get_secret_key(tmp_path)

        assert get_secret_key(tmp_path) == first
        assert len(first) >= 32
        assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600

    def test_none_is_made_beside_a_database(self, tmp_path: Path) -> None:
        """A database whose key is gone is not given a new key, which could open nothing in it."""
        (tmp_path / "tunery.db").touch()

        with pytest.raises(UpError, match=r"secret\.key is missing.*TUNERY_SECRET_KEY"):
            get_secret_key(tmp_path)

    def test_a_damaged_one_is_refused(self, tmp_path: Path) -> None:
        """A key file that was cut short stops the start."""
        (tmp_path / "secret.key").write_text("short", encoding="utf-8")

        with pytest.raises(UpError, match="damaged"):
            get_secret_key(tmp_path)

    def test_a_configured_key_wins(self, tmp_path: Path) -> None:
        """With TUNERY_SECRET_KEY set, the data folder gets no key of its own."""
        settings = with_secrets(Settings(secret_key="k" * 32), data_dir=tmp_path)

        assert settings.secret_key.get_secret_value() == "k" * 32
        assert not (tmp_path / "secret.key").exists()


class TestDatabase:
    def test_the_first_start_makes_keys(self, tmp_path: Path) -> None:
        """The first start on a folder leaves credentials with new keys and the service's address."""
        settings = with_secrets(Settings(), data_dir=tmp_path)

        prepare_database(settings, base_url="http://127.0.0.1:1/v1")

        credentials = find_credentials(tmp_path)
        assert credentials is not None
        assert credentials.base_url == "http://127.0.0.1:1/v1"
        assert credentials.api_key != credentials.admin_key

    def test_later_starts_change_the_address_only(self, tmp_path: Path) -> None:
        """A later start keeps the keys and refreshes the address."""
        settings = with_secrets(Settings(), data_dir=tmp_path)
        first = prepare_database(settings, base_url="http://127.0.0.1:1/v1")

        second = prepare_database(settings, base_url="http://127.0.0.1:2/v1")

        assert first is not None
        assert second == replace(first, base_url="http://127.0.0.1:2/v1")

    def test_keys_that_are_gone_are_not_made_up(self, tmp_path: Path) -> None:
        """A folder whose credentials were deleted gets no file: nobody knows the keys any more."""
        settings = with_secrets(Settings(), data_dir=tmp_path)
        prepare_database(settings, base_url="http://127.0.0.1:1/v1")
        (tmp_path / "credentials.json").unlink()

        assert prepare_database(settings, base_url="http://127.0.0.1:1/v1") is None
        assert find_credentials(tmp_path) is None

    def test_an_unusable_database_is_one_line(self, tmp_path: Path) -> None:
        """A database that cannot be opened stops the start with its reason."""
        (tmp_path / "tunery.db").write_bytes(b"not a database at all, but long enough to be taken for one" * 20)

        with pytest.raises(UpError, match=r"The database cannot be used: .*not a database"):
            prepare_database(Settings(data_dir=tmp_path, secret_key=SecretStr("k" * 32)), base_url="http://x/v1")


class TestSockets:
    def test_port_zero_takes_a_free_one(self) -> None:
        """Asked for port 0, the service takes a free port and tells it in its URL."""
        with open_listener("127.0.0.1", 0) as listener:
            assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"

    def test_a_port_in_use_is_refused(self) -> None:
        """A port that is taken stops the start with the port's number and a way out."""
        with open_listener("127.0.0.1", 0) as listener:
            port = listener.getsockname()[1]

            with pytest.raises(UpError, match=rf"port {port}: .*--port"):
                open_listener("127.0.0.1", port)

    def test_all_addresses_are_reached_through_loopback(self) -> None:
        """A service that listens on every address is told as a loopback URL."""
        with open_listener("0.0.0.0", 0) as listener:  # noqa: S104
            assert url_of(listener).startswith("http://127.0.0.1:")

    def test_ipv6_addresses_are_bracketed(self) -> None:
        """The URL of an IPv6 address has it in brackets."""
        with open_listener("::1", 0) as listener:
            assert url_of(listener).startswith("http://[::1]:")

    def test_answers_are_not_held_back(self) -> None:
        """Connections send small packets at once; held back, each request on an open connection took 44 ms."""
        with open_listener("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()

            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


class TestAddresses:
    OPTIONS = UpOptions(data_dir=Path("d"), log_dir=Path("l"), host="127.0.0.1", port=0, with_inference=True)

    def test_parts_that_run_elsewhere_are_left_there(self) -> None:
        """A Redis and a model server named in the settings are used, and none is started here."""
        settings = Settings(redis_url="redis://elsewhere/0", inference_url="http://elsewhere")

        with ExitStack() as stack:
            addresses = open_addresses(settings, self.OPTIONS, stack)

            assert (addresses.redis_folder, addresses.inference) == (None, None)
            assert with_addresses(settings, addresses) == settings

    def test_parts_of_our_own_are_told_to_the_children(self) -> None:
        """The embedded Redis and the model server are named to all children by where they listen."""
        with ExitStack() as stack:
            addresses = open_addresses(Settings(), self.OPTIONS, stack)
            settings = with_addresses(Settings(), addresses)

            assert addresses.inference is not None
            assert settings.inference_url == url_of(addresses.inference)
            assert settings.redis_url == f"unix://{addresses.redis_folder}/redis.sock"

    def test_the_model_server_can_be_left_out(self) -> None:
        """With --no-inference no model server is started or named."""
        with ExitStack() as stack:
            addresses = open_addresses(Settings(), replace(self.OPTIONS, with_inference=False), stack)

            assert with_addresses(Settings(), addresses).inference_url == ""


class TestOwnMachine:
    OPTIONS = TestAddresses.OPTIONS

    def test_may_be_reached_while_nobody_else_asks(self) -> None:
        """Listening on loopback, webhooks to loopback are let through."""
        settings = with_own_machine(Settings(), self.OPTIONS)

        assert settings.outbound_allowed_networks == ["127.0.0.0/8", "::1/128"]
        assert settings.outbound_allow_http

    def test_is_guarded_once_others_may_ask(self) -> None:
        """Listening on all addresses, nothing is let through that the settings do not allow."""
        assert with_own_machine(Settings(), replace(self.OPTIONS, host="0.0.0.0")) == Settings()  # noqa: S104  not bound

    def test_is_the_operators_to_close(self) -> None:
        """What the operator has set stays, an empty list too."""
        strict = Settings(outbound_allowed_networks=[])

        assert with_own_machine(strict, self.OPTIONS) == strict


class TestChildEnvironment:
    def test_a_child_reads_the_supervisors_settings(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every setting of the supervisor, secrets and lists included, arrives in a child unchanged."""
        settings = with_secrets(
            Settings(
                data_dir=tmp_path,
                base_models={"a": "/models/a", "b": "org/b"},
                min_examples=3,
                secret_keys_retired=[SecretStr("former")],
            ),
            data_dir=tmp_path,
        )
        for name, value in child_environment(settings).items():
            monkeypatch.setenv(name, value)

        assert load_settings() == settings

    def test_settings_of_the_shell_can_be_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The demo's service sees nothing of the Tunery settings of the shell it is started from."""
        monkeypatch.setenv("TUNERY_DATABASE_URL", "postgresql://prod")
        monkeypatch.setenv("LANG", "C.UTF-8")

        environment = environment_without_settings()

        assert (environment.get("TUNERY_DATABASE_URL"), environment.get("LANG")) == (None, "C.UTF-8")
