"""`tunery import openai`: the way out in one command."""

from pathlib import Path
from typing import Any

from tests.cli.conftest import TinyApi, Tunery

ZERO = {"found": 0, "copied": 0, "waiting": 0, "failed": 0}
COUNTS = dict.fromkeys(("file", "job", "checkpoint", "model"), ZERO)
MODEL = {
    "model": "ft:gpt-4o-mini-2024-07-18:acme::a1", "last_day": "2027-01-14", "days_left": 50, "is_gone": False,
    "has_history": True, "has_data": False, "recordings": [], "retrained_as": [], "job": "ftjob-1",
}  # fmt: skip


def imported(state: str, error: dict[str, str] | None = None) -> dict[str, Any]:
    return {"id": "imp_1", "state": state, "counts": COUNTS, "error": error}


def prepare(api: TinyApi, *states: dict[str, Any]) -> None:
    """An API that knows no connection yet and goes through these states of the import."""
    api.answer("GET /api/v1/connections", {"data": []})
    api.answer("POST /api/v1/connections", {"id": "conn_1"})
    api.answer("POST /api/v1/imports", imported("running"))
    api.answer("GET /api/v1/imports/imp_1", *states)
    report = {
        "training_ends": {"day": "2027-01-06", "days_left": 42},
        "at_risk": [MODEL],
        "rescued": {**COUNTS, "events": 0, "bytes": 0},
        "recordings": [],
        "problems": [{"kind": "file", "upstream_id": "file-[red]x", "reason": "The upstream answered 404: gone"}],
    }
    api.answer("GET /api/v1/imports/imp_1/report", {"report": report})
    api.answer("GET /api/v1/imports/imp_1/report.html", "<!doctype html>")


def import_openai(run: Tunery, api: TinyApi, tmp_path: Path, *more: str, key: str = "sk-old") -> Any:
    where = ("--base-url", api.url, "--api-key", "sk-test", "-o", str(tmp_path / "out.html"))
    return run("import", "openai", "--api-key-env", "OLD_KEY", *where, *more, environment={"OLD_KEY": key})


def test_whole_way(run: Tunery, api: TinyApi, tmp_path: Path) -> None:
    """The command connects, imports, says what is at risk and what could not be had, and writes the page."""
    prepare(api, imported("running"), imported("succeeded"))

    result = import_openai(run, api, tmp_path)

    assert result.exit_code == 0, result.output
    assert "42 days left" in result.stdout
    assert "file-[red]x: The upstream answered 404: gone" in result.stdout
    assert (tmp_path / "out.html").read_text() == "<!doctype html>"


def test_keys_stay_apart(run: Tunery, api: TinyApi, tmp_path: Path) -> None:
    """The organization's key is stored in the connection, and requests to the service carry the service's own."""
    prepare(api, imported("succeeded"))

    import_openai(run, api, tmp_path)

    assert {authorization for _, _, authorization in api.requests} == {"Bearer sk-test"}


def test_missing_key(run: Tunery, api: TinyApi, tmp_path: Path) -> None:
    """Without the organization's key nothing is asked, and the variable is named."""
    result = import_openai(run, api, tmp_path, key="")

    assert (result.exit_code, api.requests) == (1, [])
    assert "OLD_KEY is not set" in result.output


def test_stopped(run: Tunery, api: TinyApi, tmp_path: Path) -> None:
    """An import that stops ends the command with the reason, and says that running it again goes on."""
    prepare(api, imported("failed", {"code": "key_refused", "message": "The upstream answered 401: no."}))

    result = import_openai(run, api, tmp_path)

    assert result.exit_code == 1
    assert "401: no. Run this again to go on." in result.output
