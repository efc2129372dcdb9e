"""`tunery data check --moderate`: who is shown the texts, and what is told where they are not judged."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.settings import process_environment
from tests.api.datasets import chat_row, jsonl
from tests.cli.conftest import TinyApi, Tunery
from tests.cli.data.rows import varied_file
from tests.fixtures.moderation import Moderation
from tests.fixtures.provider import Reply, reply
from tests.fixtures.waiting import wait_until

KEY = "sk-0123456789abcdef"
KEY_SET: Any = {"environment": {"OPENAI_API_KEY": KEY}}
RUDE = jsonl(chat_row("What am I?", "You are a fool."))


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(varied_file(119) + RUDE)
    return path


class TestHere:
    def test_flagged_rows_are_warnings(self, run: Tunery, rows: Path, moderation: Moderation) -> None:
        """The service at --base-url judges every row; flagged ones are named by line, and count for --strict."""
        asked = ("data", "check", str(rows), "--moderate", "--base-url", moderation.provider.base_url, "--strict")
        result = run(*asked, environment={"OPENAI_API_KEY": KEY})

        assert result.exit_code == 1
        assert "moderation_flagged" in result.stdout
        assert "Moderation: 120 rows judged, 0 not; 1 flagged (harassment 1)" in result.stdout
        assert moderation.asked[0].headers["authorization"] == f"Bearer {KEY}"

    def test_as_the_sdk_is_pointed(self, run: Tunery, rows: Path, moderation: Moderation) -> None:
        """Without options the variables of the `openai` SDK say who is asked; other files than a measuring one are."""
        exam = rows.with_name("exam.jsonl")
        exam.write_bytes(jsonl(chat_row("A secret question?", "A secret answer.")))
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": moderation.provider.base_url}

        asked = ("data", "check", str(rows), "--moderate", "--validation", str(rows), "--eval", str(exam), "--json")
        document = json.loads(run(*asked, environment=environment).stdout)

        sections = [file["facts"]["moderation"]["n_judged"] for file in (document, document["validation"])]
        assert (sections, len(moderation.texts)) == ([120, 120], 240)
        assert "secret" not in str(moderation.texts)

    def test_nothing_is_sent_unasked(self, run: Tunery, rows: Path, moderation: Moderation) -> None:
        """A check without --moderate asks nobody, whatever the environment names."""
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": moderation.provider.base_url}

        result = run("data", "check", str(rows), environment=environment)

        assert (result.exit_code, moderation.asked) == (0, [])

    @pytest.mark.parametrize("strict", [[], ["--strict"]])
    def test_a_service_of_no_use(self, rows: Path, moderation: Moderation, strict: list[str]) -> None:
        """Where nothing was judged the check was not done, 3: the report is there, and stderr has the reason."""
        moderation.next.append(reply({"error": {"message": "No such route"}}, 404))

        command = [sys.executable, "-m", "cli", "data", "check", str(rows), "--moderate", "--json", *strict]
        options = ["--base-url", moderation.provider.base_url, "--api-key", KEY]
        ended = subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=60)

        reason = "There is no moderation at the address that was asked (404)."
        assert json.loads(ended.stdout)["facts"]["moderation"]["reasons"] == {reason: 120}
        assert ended.returncode == 3
        assert ended.stderr == f"warning: moderation left 120 of 120 rows of the file unjudged. {reason}\n"

    def test_what_is_certain_comes_first(self, run: Tunery, tmp_path: Path, moderation: Moderation) -> None:
        """A file that a job would refuse is refused, 2, whatever became of its moderation."""
        path = tmp_path / "broken.jsonl"
        path.write_bytes(varied_file(10) + b"{broken\n")
        moderation.next.append(reply({"error": {}}, 401))

        result = run("data", "check", str(path), "--moderate", "--base-url", moderation.provider.base_url, **KEY_SET)

        assert result.exit_code == 2
        assert "moderation left 10 of 10 rows" in result.stderr

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (Reply(pieces=(b" " * (1 << 20),) * 5), "The upstream answered with more than was wanted."),
            (
                Reply(pieces=(b"\x1f\x8b",), headers={"content-encoding": "gzip"}),
                "The upstream broke the connection off.",
            ),
            (reply({}, 307, location="/v1/elsewhere"), "The moderation service failed (307)."),
        ],
    )
    def test_an_answer_that_is_not_taken(
        self, run: Tunery, rows: Path, moderation: Moderation, answer: Reply, reason: str
    ) -> None:
        """An answer beyond all measure is not held in memory, nor unpacked, and no other address gets the texts."""
        rows.write_bytes(varied_file(20))
        moderation.next.extend([answer] * 3)

        result = run("data", "check", str(rows), "--moderate", "--base-url", moderation.provider.base_url, **KEY_SET)

        assert result.exit_code == 3
        assert reason in result.stderr
        assert {asked.path for asked in moderation.provider.asked} == {"/v1/moderations"}

    def test_without_a_key(self, run: Tunery, rows: Path) -> None:
        """A missing key is told before anything is read: 3."""
        result = run("data", "check", str(rows), "--moderate")

        assert result.exit_code == 3
        assert "OPENAI_API_KEY" in result.stderr

    def test_ends_with_ctrl_c(self, tmp_path: Path, moderation: Moderation) -> None:
        """A check that waits for the service ends at once when it is interrupted, however large its file."""
        path = tmp_path / "large.jsonl"
        path.write_bytes(jsonl(*[chat_row(f"{n} {'?' * 3_000}", f"{n}.") for n in range(6_000)]))
        moderation.next.append(Reply(hangs=True))
        command = [sys.executable, "-m", "cli", "data", "check", str(path), "--moderate"]
        environment = process_environment() | {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": moderation.provider.base_url}
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) as process:
            wait_until(lambda: moderation.asked, 60, what="the service is asked")
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=20)

        assert process.returncode == 130
        assert b"Traceback" not in told


class TestLimit:
    @pytest.mark.parametrize(("options", "code"), [([], 0), (["--strict"], 1)])
    def test_of_rows_that_are_asked_about(
        self, run: Tunery, tmp_path: Path, moderation: Moderation, options: list[str], code: int
    ) -> None:
        """Rows beyond the first 10,000 of a stretch are a warning, which keeps a check from passing with --strict."""
        path = tmp_path / "long.jsonl"
        path.write_bytes(jsonl(*[chat_row(f"What is {n} and {n * 7}?", f"Number {n}.") for n in range(10_010)]))

        asked = ("data", "check", str(path), "--moderate", "--base-url", moderation.provider.base_url, "--json")
        result = run(*asked, *options, **KEY_SET)

        document = json.loads(result.stdout)
        assert (result.exit_code, document["verdict"]["warnings"]) == (code, ["moderation_incomplete"])
        assert document["facts"]["moderation"]["n_beyond_limit"] == 10


class TestServer:
    def test_names_the_connection(self, run: Tunery, api: TinyApi, rows: Path) -> None:
        """With --server the service asks its connection, and the report is shown as another."""
        file = {"id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": "rows.jsonl"}
        file |= {"purpose": "fine-tune", "status": "processed"}
        section = {"n_judged": 40, "n_flagged": 0, "n_not_judged": 1, "categories": {}, "reasons": {"Busy.": 1}}
        report = {"n_examples": 41, "n_invalid_lines": 0, "formats": {"chat": 41}, "codes": [], "file_id": "file-1"}
        api.answer("POST /v1/files", file)
        api.answer("GET /v1/files/file-1", file)
        report |= {"verdict": {"blocking": []}, "facts": {"moderation": section}}
        api.answer("GET /api/v1/datasets/file-1/report", report)

        asked = ("data", "check", str(rows), "--server", "--model", "gpt-4o", "--moderate", "--connection", "openai")
        result = run(*asked, "--base-url", api.url, "--api-key", KEY)

        assert "Moderation: 40 rows judged, 1 not; 0 flagged" in result.stdout
        assert (result.exit_code, "moderation left 1 of 41 rows" in result.stderr) == (3, True)
        address = "/api/v1/datasets/file-1/report?model=gpt-4o&method=supervised&moderation=openai"
        assert ("GET", address, f"Bearer {KEY}") in api.requests

    @pytest.mark.parametrize("options", [("--server", "--moderate"), ("--connection", "openai")])
    def test_what_does_not_go_together(self, run: Tunery, rows: Path, options: tuple[str, ...]) -> None:
        """Half of what moderation by a service needs is refused before anything is uploaded."""
        result = run("data", "check", str(rows), *options, "--base-url", "http://127.0.0.1:9/v1", "--api-key", KEY)

        assert result.exit_code == 3
        assert "--connection" in result.stderr
