"""How a command finds its service, and what it says when that fails."""

from pathlib import Path

import pytest

from cli.credentials import Credentials, save_credentials
from tests.cli.conftest import TinyApi, Tunery

EMPTY_LIST = {"object": "list", "data": []}


class TestFindingTheService:
    def test_a_data_folder_names_service_and_key(self, run: Tunery, api: TinyApi, tmp_path: Path) -> None:
        """With --data, address and key come from that folder's credentials, whatever the environment says."""
        api.answer("GET /v1/models", EMPTY_LIST)
        save_credentials(tmp_path, Credentials(base_url=api.url, api_key="sk-folder", admin_key=""))
        elsewhere = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-other"}

        result = run("models", "list", "--data", str(tmp_path), environment=elsewhere)

        assert result.exit_code == 0
        assert [key for _, _, key in api.requests] == ["Bearer sk-folder"]

    def test_the_environment_can_name_both(self, run: Tunery, api: TinyApi) -> None:
        """OPENAI_BASE_URL and OPENAI_API_KEY lead to a service, as they do for the SDK."""
        api.answer("GET /v1/models", EMPTY_LIST)

        run("models", "list", environment={"OPENAI_BASE_URL": api.url, "OPENAI_API_KEY": "sk-env"})

        assert [key for _, _, key in api.requests] == ["Bearer sk-env"]

    def test_options_win_over_the_environment(self, run: Tunery, api: TinyApi) -> None:
        """--base-url and --api-key are used even where the environment names another service."""
        api.answer("GET /v1/models", EMPTY_LIST)
        elsewhere = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-other"}

        run("models", "list", "--base-url", api.url, "--api-key", "sk-option", environment=elsewhere)

        assert [key for _, _, key in api.requests] == ["Bearer sk-option"]

    def test_the_default_data_folder_is_the_last_resort(
        self, run: Tunery, api: TinyApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Beside a running `tunery up` no option is needed, and a key meant for elsewhere is not sent there."""
        api.answer("GET /v1/models", EMPTY_LIST)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "tunery-data").mkdir()
        save_credentials(tmp_path / "tunery-data", Credentials(base_url=api.url, api_key="sk-here", admin_key=""))

        run("models", "list", environment={"OPENAI_API_KEY": "sk-elsewhere"})

        assert [key for _, _, key in api.requests] == ["Bearer sk-here"]

    def test_an_unknown_service_is_explained(self, run: Tunery, tmp_path: Path) -> None:
        """Without any service named, the command says where it looked and what would help."""
        result = run("models", "list", "--data", str(tmp_path))

        assert result.exit_code == 1
        assert result.stderr == (
            f"error: No service is known: {tmp_path}/credentials.json does not exist. "
            "Start one with `tunery up`, or name it with --data or --base-url.\n"
        )


class TestFailures:
    def test_an_api_error_is_one_line(self, tunery: Tunery, api: TinyApi) -> None:
        """A refusal is shown as its message with code, param, status and request id, without a traceback."""
        error = {"message": "No such file.\nReally.", "type": "invalid_request_error", "param": "id", "code": "gone"}
        api.answer("GET /v1/files/file-1", {"error": error}, status=404)

        result = tunery("files", "get", "file-1")

        assert result.exit_code == 1
        assert result.stderr == (
            "error: No such file. Really. (code: gone, param: id, status: 404, request id: req_123)\n"
        )
        assert result.stdout == ""

    def test_facts_that_are_unknown_are_left_out(self, tunery: Tunery, api: TinyApi) -> None:
        """A refusal without code and param is shown without them."""
        error = {"message": "No.", "type": "invalid_request_error", "param": None, "code": None}
        api.answer("GET /v1/models", {"error": error}, status=400)

        assert tunery("models", "list").stderr == "error: No. (status: 400, request id: req_123)\n"

    def test_a_service_that_is_down_is_named(self, run: Tunery) -> None:
        """An unreachable service is named by its URL, with the command that starts one."""
        result = run("models", "list", "--base-url", "http://127.0.0.1:9/v1", "--api-key", "sk-test")

        assert result.exit_code == 1
        assert result.stderr.startswith("error: cannot reach http://127.0.0.1:9/v1/models: ")
        assert "`tunery up`" in result.stderr

    def test_a_missing_key_is_explained(self, run: Tunery) -> None:
        """A base URL without a key is refused before anything is sent."""
        result = run("models", "list", "--base-url", "http://127.0.0.1:9/v1")

        assert result.exit_code == 1
        assert "api_key" in result.stderr
