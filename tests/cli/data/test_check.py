"""`tunery data check`: the same verdict as the service's, told by exit codes, tables and JSON."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.api.datasets import chat_row, good_file, jsonl
from tests.cli.conftest import TinyApi, Tunery
from tests.cli.data.rows import varied_file
from tests.fixtures.waiting import wait_until
from tests.shared.datasets.builders import graded, talk
from tests.shared.datasets.reshaping.doing import passage

BAD = jsonl({"messages": [{"role": "user", "content": "Anybody there?"}]})
KEY = {"OPENAI_API_KEY": "tnry_test"}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.jsonl"
    path.write_bytes(varied_file(60))
    return path


class TestExitCode:
    def test_is_0_for_a_file_that_a_job_takes(self, run: Tunery, good: Path) -> None:
        """A file without errors ends with 0 and says so."""
        result = run("data", "check", str(good))

        assert result.exit_code == 0
        assert "A job would start" in result.stdout

    def test_is_2_for_a_file_that_a_job_refuses(self, run: Tunery, tmp_path: Path) -> None:
        """Errors end with 2, and the table names code, line and problem."""
        path = tmp_path / "bad.jsonl"
        path.write_bytes(varied_file(60) + BAD)

        result = run("data", "check", str(path))

        assert result.exit_code == 2
        assert "no_assistant_message" in result.stdout
        assert "Line 61" in result.stdout

    def test_is_1_for_warnings_if_strict(self, run: Tunery, tmp_path: Path) -> None:
        """Warnings count only with --strict."""
        path = tmp_path / "twice.jsonl"
        path.write_bytes(varied_file(60) * 2)

        assert run("data", "check", str(path)).exit_code == 0
        assert run("data", "check", str(path), "--strict").exit_code == 1

    @pytest.mark.parametrize(("name", "words"), [("nothing", "There is no file"), (".", "is a folder")])
    def test_is_3_where_nothing_is_known(self, run: Tunery, tmp_path: Path, name: str, words: str) -> None:
        """A path that cannot be read ends with 3, which is no verdict."""
        result = run("data", "check", str(tmp_path / name))

        assert result.exit_code == 3
        assert words in result.stderr
        assert "Traceback" not in result.output


class TestTokens:
    def test_count_and_cost(self, run: Tunery, good: Path) -> None:
        """With a model, tokens are counted offline, charted and priced."""
        result = run("data", "check", str(good), "--model", "gpt-3.5-turbo")

        assert "Tokens (cl100k_base)" in result.stdout
        assert "trained tokens. The price is" in result.stdout

    def test_engine_model_without_its_folder(self, run: Tunery, good: Path, tmp_path: Path) -> None:
        """For a base model that is not prepared on this machine the count is an estimate, and says so."""
        result = run("data", "check", str(good), "--model", "smollm2-135m-instruct", "--data", str(tmp_path))

        assert result.exit_code == 0
        assert "token_estimate_only" in result.stdout

    def test_a_model_that_the_engine_lacks(self, run: Tunery, good: Path) -> None:
        """Asking for the engine with a model it does not have names those it has."""
        result = run("data", "check", str(good), "--target", "engine", "--model", "gpt-9")

        assert result.exit_code == 3
        assert "smollm2-135m-instruct" in result.stderr


class TestPage:
    def test_is_made_without_a_service(self, run: Tunery, good: Path, tmp_path: Path) -> None:
        """The report is one page with verdict, rows as the model sees them, and what other files bring."""
        page, other = tmp_path / "page.html", tmp_path / "other.jsonl"
        other.write_bytes(good.read_bytes().splitlines(keepends=True)[3])

        asked = ("--model", "gpt-4o-mini", "--validation", str(other), "--html", str(page))
        result = run("data", "check", str(good), *asked)

        shown = page.read_text(encoding="utf-8")
        assert result.exit_code == 2
        assert "<h1>good.jsonl</h1>" in shown
        assert "Not ready to train" in shown
        assert "What the model sees" in shown
        assert "train_validation_leak" in shown

    def test_is_not_made_where_nothing_can_be_written(self, run: Tunery, good: Path, tmp_path: Path) -> None:
        """A folder that is not there is told, and ends with 3."""
        result = run("data", "check", str(good), "--html", str(tmp_path / "no" / "page.html"))

        assert result.exit_code == 3
        assert "Traceback" not in result.output


class TestOtherFiles:
    def test_leaks_into_validation_and_measures(self, run: Tunery, good: Path, tmp_path: Path) -> None:
        """Prompts that are in the validation file, or in a file that measures models, are errors with their lines."""
        other = tmp_path / "other.jsonl"
        other.write_bytes(b"".join(good.read_bytes().splitlines(keepends=True)[10:30]))

        result = run("data", "check", str(good), "--validation", str(other), "--eval", str(other), "--json")

        document = json.loads(result.stdout)
        found = {entry["code"]: entry for entry in document["codes"]}
        leaks = {entry["code"]: entry["count"] for entry in document["validation"]["codes"]}
        assert result.exit_code == 2
        assert leaks["train_validation_leak"] == found["train_eval_leak"]["count"] == 20
        assert found["train_eval_leak"]["samples"][0]["line"] == 11
        assert "other.jsonl" in found["train_eval_leak"]["samples"][0]["message"]

    def test_grader_and_groups(self, run: Tunery, tmp_path: Path) -> None:
        """A grader is judged, and rows without the fields that it reads are named; groups are compared by label."""
        rows, grader, groups = (tmp_path / name for name in ("rows.jsonl", "grader.json", "groups.json"))
        rows.write_bytes(b"".join(graded(f"{n}?", answer="yes", **({"topic": 1} if n else {})) for n in range(40)))
        grader.write_text(json.dumps({"type": "string_check", "name": "a", "input": "{{ item.topic }}"}))
        groups.write_text(json.dumps({"women": ["she"]}))

        asked = ("--method", "reinforcement", "--grader", str(grader), "--groups", str(groups), "--json")
        document = json.loads(run("data", "check", str(rows), *asked).stdout)

        found = {entry["code"]: entry["count"] for entry in document["codes"]}
        assert (found["grader_invalid"], found["rft_reference_missing"]) == (2, 1)
        assert document["facts"]["demographics"] == {"women": {"n_rows": 0, "labels": {}}}

    def test_shared_contexts(self, run: Tunery, tmp_path: Path) -> None:
        """A validation file that asks about passages of the training file is a warning."""
        files = [tmp_path / "training.jsonl", tmp_path / "validation.jsonl"]
        for path, question in zip(files, ("first", "second"), strict=True):
            path.write_bytes(b"".join(talk(f"{passage(n)} {question}?", f"{n}.") for n in range(60)))

        result = run("data", "check", str(files[0]), "--validation", str(files[1]))

        assert "shared_context_leak" in result.stdout
        assert "100% of the validation rows" in result.stdout

    def test_standard_input(self, run: Tunery) -> None:
        """`-` reads what is piped in."""
        result = run("data", "check", "-", text=good_file(12).decode())

        assert result.exit_code == 0
        assert "standard input: 12 rows" in result.stdout

    def test_a_pipe_by_name(self, run: Tunery, tmp_path: Path) -> None:
        """A named pipe, as shells make them for `<(…)`, is read like a file."""
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writing = threading.Thread(target=pipe.write_bytes, args=(good_file(12),))
        writing.start()

        result = run("data", "check", str(pipe))

        writing.join()
        assert "12 rows" in result.stdout


class TestManyProcesses:
    def test_find_the_same(self, run: Tunery, tmp_path: Path) -> None:
        """A file that is read in pieces by several processes has the lines and counts of one read at once."""
        path = tmp_path / "large.jsonl"
        rows = [chat_row(f"{number} {'?' * 3_000}", f"{number}.") for number in range(6_000)]
        path.write_bytes(jsonl(*rows) + b"[1]\n" + jsonl(rows[7]))
        assert path.stat().st_size > 17 << 20

        document = json.loads(run("data", "check", str(path), "--json").stdout)

        found = {entry["code"]: entry["samples"][0] for entry in document["codes"]}
        assert document["n_lines"] == 6_002
        assert found["line_not_object"]["line"] == 6_001
        assert (found["duplicate_exact"]["line"], found["duplicate_exact"]["detail"]["other_line"]) == (6_002, 8)

    def test_end_together(self, tmp_path: Path) -> None:
        """Ctrl-C ends the command and its processes with 130 and a sentence."""
        path = tmp_path / "slow.jsonl"
        path.write_bytes(jsonl(*[chat_row(f"{n} {'a b ' * 700}", f"{n}.") for n in range(20_000)]))
        command = [sys.executable, "-m", "cli", "data", "check", str(path)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
            # One child looks after what processes share, the others read.
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            wait_until(lambda: len(children.read_text().split()) > 1, 60, what="processes are at work")
            os.killpg(process.pid, signal.SIGINT)
            _, told = process.communicate(timeout=60)

        assert process.returncode == 130
        assert b"interrupted" in told
        assert b"Traceback" not in told


COUNTS = {"n_examples": 60, "n_invalid_lines": 0, "formats": {"chat": 60}, "file_id": "file-1"}


class TestServer:
    def test_uploads_and_asks(self, run: Tunery, api: TinyApi, good: Path) -> None:
        """With --server the file is uploaded, and the service's report is waited for and shown."""
        file = {"id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": "good.jsonl"}
        file |= {"purpose": "fine-tune", "status": "processed"}
        report = {"n_examples": 60, "n_invalid_lines": 0, "formats": {"chat": 60}, "codes": [], "file_id": "file-1"}
        api.answer("POST /v1/files", file)
        api.answer("GET /v1/files/file-1", file)
        api.answer("GET /api/v1/datasets/file-1/report", {"state": "running", "progress": {}}, status=202)
        api.answer("GET /api/v1/datasets/file-1/report", report | {"verdict": {"blocking": []}})

        api.answer("GET /api/v1/datasets/file-1/report.html", "<h1>Report</h1>")
        page = good.with_name("page.html")

        asked = ("data", "check", str(good), "--server", "--model", "gpt-4o", "--html", str(page))
        result = run(*asked, "--base-url", api.url, environment=KEY)

        assert result.exit_code == 0, result.output
        assert "good.jsonl (file-1): 60 rows" in result.stdout
        assert page.read_text() == "<h1>Report</h1>"
        assert ("GET", "/api/v1/datasets/file-1/report?model=gpt-4o&method=supervised", "Bearer tnry_test") in (
            api.requests
        )

    def test_compares_with_every_evaluation_file(self, run: Tunery, api: TinyApi, good: Path) -> None:
        """Each --eval file is uploaded too, and all are named in one question."""
        for number in (1, 2, 3):
            file = {"id": f"file-{number}", "object": "file", "bytes": 1, "created_at": 1, "filename": "a.jsonl"}
            file |= {"purpose": "fine-tune", "status": "processed"}
            api.answer("POST /v1/files", file)
            api.answer(f"GET /v1/files/file-{number}", file)
        api.answer("GET /api/v1/datasets/file-1/report", {"codes": [], "verdict": {"blocking": []}} | COUNTS)

        asked = ("data", "check", str(good), "--server", "--model", "gpt-4o", "--eval", str(good), "--eval", str(good))
        result = run(*asked, "--base-url", api.url, environment=KEY)

        assert result.exit_code == 0, result.output
        address = "/api/v1/datasets/file-1/report?model=gpt-4o&method=supervised"
        measured = "&evaluation_file=file-2&evaluation_file=file-3"
        assert ("GET", address + measured, "Bearer tnry_test") in api.requests

    def test_that_is_away(self, run: Tunery, good: Path) -> None:
        """A service that cannot be reached is no verdict: 3, with the address."""
        result = run("data", "check", str(good), "--server", "--base-url", "http://127.0.0.1:9/v1", environment=KEY)

        assert result.exit_code == 3
        assert "127.0.0.1:9" in result.stderr
