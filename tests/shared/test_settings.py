"""Settings: from the environment, checked, and turned into what libraries want."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.settings import Settings, load_settings


class TestLoading:
    def test_reads_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A setting is the variable of its name behind TUNERY_."""
        monkeypatch.setenv("TUNERY_MIN_EXAMPLES", "3")
        monkeypatch.setenv("TUNERY_BASE_MODELS", '{"tiny": "/models/tiny"}')

        settings = load_settings()

        assert (settings.min_examples, settings.base_models) == (3, {"tiny": "/models/tiny"})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("TUNERY_MIN_EXAMPLES", "0"),
            ("TUNERY_LEASE_SECONDS", "soon"),
            ("TUNERY_BASE_MODELS", "{}x"),
            ("TUNERY_SQLITE_SYNCHRONOUS", "OFF"),
            ("TUNERY_TRAIN_DEVICE", "abacus"),
        ],
    )
    def test_refuses_nonsense(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        """A value that makes no sense stops the start and names the setting."""
        monkeypatch.setenv(name, value)

        with pytest.raises((ValidationError, ValueError), match=name.removeprefix("TUNERY_").lower()):
            load_settings()

    def test_leaves_other_variables_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A TUNERY_ variable of another release is no error."""
        monkeypatch.setenv("TUNERY_FROM_THE_FUTURE", "1")

        assert load_settings() == Settings()

    def test_cannot_be_changed_later(self) -> None:
        """Settings are the same for as long as a process lives."""
        with pytest.raises(ValidationError, match="frozen"):
            Settings().log_level = "DEBUG"  # type: ignore[misc]

    def test_show_no_secrets(self) -> None:
        """Settings that are printed show no secret."""
        settings = Settings(secret_key=SecretStr("hidden-1"), s3_secret_access_key=SecretStr("hidden-2"))

        assert "hidden" not in f"{settings!r} {settings}"


class TestDatabaseUrl:
    def test_is_a_file_in_the_data_folder_by_default(self, tmp_path: Path) -> None:
        """Without a database URL the database is one file in the data folder."""
        assert Settings(data_dir=tmp_path).sqlalchemy_url == f"sqlite:///{tmp_path}/tunery.db"

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_names_the_driver(self, scheme: str) -> None:
        """However PostgreSQL is spelt, the driver is the same."""
        url = Settings(database_url=f"{scheme}://u:p@host/postgres").sqlalchemy_url

        assert url == "postgresql+psycopg://u:p@host/postgres"

    def test_follows_a_copy_with_another_database(self, tmp_path: Path) -> None:
        """Settings copied with another database point at that database."""
        settings = Settings(data_dir=tmp_path)
        before = settings.sqlalchemy_url

        copied = settings.model_copy(update={"database_url": "postgresql://host/db"})

        assert before != copied.sqlalchemy_url == "postgresql+psycopg://host/db"
