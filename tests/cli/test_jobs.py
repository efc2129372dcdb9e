"""`tunery jobs`: starting, watching and ending fine-tuning jobs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import TinyApi, Tunery

JOB = "/v1/fine_tuning/jobs/ftjob-1"


def job(status: str, **fields: Any) -> dict[str, Any]:
    empty = {"error": None, "fine_tuned_model": None, "finished_at": None, "trained_tokens": None, "seed": 7}
    plain = {"id": "ftjob-1", "object": "fine_tuning.job", "created_at": 1, "model": "base", "training_file": "file-1"}
    more: dict[str, Any] = {
        "hyperparameters": {},
        "organization_id": "org-1",
        "result_files": [],
        "validation_file": None,
    }
    return empty | plain | more | {"status": status} | fields


def event(number: int, message: str, **data: float) -> dict[str, Any]:
    kind = "metrics" if data else "message"
    plain = {"object": "fine_tuning.job.event", "created_at": number, "level": "info"}
    return plain | {"id": f"ftevent-{number}", "message": message, "type": kind, "data": data}


def page(*items: dict[str, Any], has_more: bool = False) -> dict[str, Any]:
    return {"object": "list", "data": list(items), "has_more": has_more}


class TestWatching:
    def test_events_come_in_order_and_once(self, tunery: Tunery, api: TinyApi) -> None:
        """Watching shows each event once, oldest first, although the API lists the newest first."""
        one, two, three = event(1, "created"), event(2, "started"), event(3, "completed")
        api.answer(f"GET {JOB}", job("running"), job("running"), job("succeeded", fine_tuned_model="ft:x"))
        api.answer(f"GET {JOB}/events", page(one), page(two, one), page(three, two, one))

        result = tunery("jobs", "watch", "ftjob-1")

        words = [line.split()[-1] for line in result.stdout.splitlines() if line.startswith("19")]
        assert words == ["created", "started", "completed"]
        assert "succeeded: ft:x" in result.stdout

    def test_older_pages_are_fetched(self, tunery: Tunery, api: TinyApi) -> None:
        """Joining late, the watcher reads back to the first event over as many pages as there are."""
        api.answer(f"GET {JOB}", job("succeeded"))
        api.answer(
            f"GET {JOB}/events", page(event(3, "third"), event(2, "second"), has_more=True), page(event(1, "first"))
        )

        lines = tunery("jobs", "watch", "ftjob-1").stdout.splitlines()

        assert [line.split()[-1] for line in lines if line.startswith("19")] == ["first", "second", "third"]

    def test_the_loss_is_shown(self, tunery: Tunery, api: TinyApi) -> None:
        """The progress bar counts steps and shows training and validation loss."""
        metrics = event(1, "Step 5/5", step=5, total_steps=5, train_loss=0.25, full_valid_loss=0.5)
        api.answer(f"GET {JOB}", job("succeeded"))
        api.answer(f"GET {JOB}/events", page(metrics))

        output = tunery("jobs", "watch", "ftjob-1").stdout

        assert "5/5" in output
        assert "loss 0.250 · validation 0.500" in output

    @pytest.mark.parametrize(
        ("ended", "exit_code", "last_line"),
        [
            (job("succeeded", fine_tuned_model="ft:x"), 0, "succeeded: ft:x"),
            (job("failed", error={"code": "c", "message": "row 3 is bad", "param": None}), 1, "failed: row 3 is bad"),
            (job("cancelled"), 2, "cancelled"),
        ],
    )
    def test_the_exit_code_tells_how_it_ended(
        self, tunery: Tunery, api: TinyApi, ended: dict[str, Any], exit_code: int, last_line: str
    ) -> None:
        """A script learns from the exit code whether the job succeeded (0), failed (1) or was cancelled (2)."""
        api.answer(f"GET {JOB}", ended)
        api.answer(f"GET {JOB}/events", page())

        result = tunery("jobs", "watch", "ftjob-1")

        assert (result.exit_code, result.stdout.splitlines()[-1]) == (exit_code, last_line)


class TestCreating:
    def test_the_id_alone_is_printed(self, tunery: Tunery, api: TinyApi) -> None:
        """Creating a job prints its id and nothing else, so that a script can take it."""
        api.answer("POST /v1/fine_tuning/jobs", job("validating_files"))

        result = tunery("jobs", "create", "base", "file-1", "--epochs", "3", "--metadata", "team=a")

        assert result.stdout == "ftjob-1\n"

    def test_a_local_file_is_uploaded_first(self, tunery: Tunery, api: TinyApi, tmp_path: Path) -> None:
        """Naming a local file instead of an id uploads it and trains on it."""
        api.answer("POST /v1/files", {"id": "file-9", "object": "file"})
        api.answer("POST /v1/fine_tuning/jobs", job("validating_files"))
        (tmp_path / "rows.jsonl").write_text("{}\n", encoding="utf-8")

        tunery("jobs", "create", "base", str(tmp_path / "rows.jsonl"))

        assert [path for _, path, _ in api.requests] == ["/v1/files", "/v1/fine_tuning/jobs"]

    @pytest.mark.parametrize("pairs", [["novalue"], ["a=1", "a=2"]])
    def test_malformed_metadata_is_refused_before_sending(self, tunery: Tunery, api: TinyApi, pairs: list[str]) -> None:
        """Metadata that is no KEY=VALUE, or names a key twice, is a usage error."""
        options = [part for pair in pairs for part in ("--metadata", pair)]

        result = tunery("jobs", "create", "base", "file-1", *options)

        assert result.exit_code == 2
        assert api.requests == []


class TestPrinting:
    def test_json_is_what_the_api_sent(self, tunery: Tunery, api: TinyApi) -> None:
        """With --json a job is printed as it came over the wire, extra fields included."""
        sent = job("running", queue_position=3)
        api.answer(f"GET {JOB}", sent)

        assert json.loads(tunery("jobs", "get", "ftjob-1", "--json").stdout) == sent

    def test_a_list_stops_at_its_limit(self, tunery: Tunery, api: TinyApi) -> None:
        """--limit bounds the list although the SDK would go on to the next page."""
        api.answer("GET /v1/fine_tuning/jobs", page(job("running"), has_more=True))

        listed = json.loads(tunery("jobs", "list", "--limit", "1", "--json").stdout)

        assert len(listed) == len(api.requests) == 1

    def test_people_get_a_table(self, tunery: Tunery, api: TinyApi) -> None:
        """Without --json a list is a table with a heading and a row for each job."""
        api.answer("GET /v1/fine_tuning/jobs", page(job("running")))

        heading, row = tunery("jobs", "list").stdout.splitlines()

        assert heading.split() == ["id", "status", "model", "created"]
        assert row.split()[:3] == ["ftjob-1", "running", "base"]
