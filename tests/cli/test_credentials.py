"""credentials.json: the file that leads clients to a running service."""

import json
import stat
from pathlib import Path

import pytest

from cli.credentials import Credentials, CredentialsError, find_credentials, save_credentials

KNOWN = Credentials(base_url="http://127.0.0.1:8000/v1", api_key="sk-one", admin_key="sk-two")


class TestSaving:
    def test_only_the_owner_can_read_the_file(self, tmp_path: Path) -> None:
        """Nobody but its owner can read the credentials file."""
        path = save_credentials(tmp_path, KNOWN)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_file_with_loose_permissions_is_tightened(self, tmp_path: Path) -> None:
        """A credentials file that others could read is replaced by one they cannot."""
        (tmp_path / "credentials.json").write_text("{}", encoding="utf-8")
        (tmp_path / "credentials.json").chmod(0o644)

        path = save_credentials(tmp_path, KNOWN)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_nothing_but_the_file_is_left(self, tmp_path: Path) -> None:
        """Writing the credentials leaves no draft with keys beside them."""
        save_credentials(tmp_path, KNOWN)
        save_credentials(tmp_path, KNOWN)

        assert [path.name for path in tmp_path.iterdir()] == ["credentials.json"]


class TestReading:
    def test_what_was_saved_is_found(self, tmp_path: Path) -> None:
        """Credentials are read as they were written."""
        save_credentials(tmp_path, KNOWN)

        assert find_credentials(tmp_path) == KNOWN

    def test_a_folder_without_the_file_has_none(self, tmp_path: Path) -> None:
        """A folder in which no service was started holds no credentials."""
        assert find_credentials(tmp_path) is None

    @pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"base_url": "http://x/v1"})])
    def test_a_damaged_file_is_named(self, tmp_path: Path, text: str) -> None:
        """A credentials file that cannot be used is refused by its path, with what belongs in it."""
        (tmp_path / "credentials.json").write_text(text, encoding="utf-8")

        with pytest.raises(
            CredentialsError, match=r"credentials\.json cannot be used .* base_url, api_key and admin_key"
        ):
            find_credentials(tmp_path)

    def test_keys_are_not_printed(self) -> None:
        """Credentials show their address when printed, never their keys."""
        assert repr(KNOWN) == "Credentials(base_url='http://127.0.0.1:8000/v1')"
