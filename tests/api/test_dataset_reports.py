"""Reports for a model over HTTP: asked for, waited for, listed in full, judged by what the project makes of codes."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.api.datasets import chat_row, jsonl
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite

MODEL = "gpt-4o-mini-2024-07-18"
ROWS = [chat_row(f"How far is it to the town number {n}?", f"It is {n} miles. Mind the gap!") for n in range(60)]
POLICIES = "/api/v1/datasets/policies"

pytestmark = on_sqlite


@pytest.fixture
def upload(http: httpx2.Client, drain: Drain) -> Callable[..., str]:
    """Upload rows as a checked training file; its id."""

    def upload(*rows: Any) -> str:
        body = form(PURPOSE, file_part(jsonl(*rows)))
        file_id: str = http.post("/v1/files", content=body, headers=CONTENT_TYPE).json()["id"]
        drain()
        return file_id

    return upload


@pytest.fixture
def report(http: httpx2.Client, drain: Drain) -> Callable[..., dict[str, Any]]:
    """Ask for a report until it is there."""

    def ask(file_id: str, **params: str) -> dict[str, Any]:
        url = f"/api/v1/datasets/{file_id}/report"
        params = {"model": MODEL} | params
        if http.get(url, params=params).status_code == 202:
            drain()
        response = http.get(url, params=params)
        assert response.status_code == 200, response.text
        document: dict[str, Any] = response.json()
        return document

    return ask


def codes_of(document: dict[str, Any]) -> set[str]:
    return {entry["code"] for entry in document["codes"]}


class TestDocument:
    def test_has_every_section(self, upload: Callable[..., str], report: Callable[..., dict[str, Any]]) -> None:
        """A report names what was asked, what was found, what the data are like and what a training would take."""
        file_id = upload(*ROWS, ROWS[0])

        document = report(file_id)

        asked = {key: document[key] for key in ("file_id", "model", "method", "target", "validation_file")}
        assert asked == {
            "file_id": file_id,
            "model": MODEL,
            "method": "supervised",
            "target": "openai",
            "validation_file": None,
        }
        assert document["verdict"]["warnings"] == ["duplicate_exact"]
        assert document["facts"]["tokens"]["tokenizer"] == "o200k_base"
        assert document["estimate"]["billed_tokens"]["low"] == document["facts"]["tokens"]["total"] * 3

    def test_of_a_validation_file_tells_leaks(
        self, upload: Callable[..., str], report: Callable[..., dict[str, Any]]
    ) -> None:
        """Rows of the validation file that are in the training file are named by their lines in both."""
        training, validation = upload(*ROWS), upload(chat_row("Who?", "Me."), ROWS[7])

        document = report(training, validation_file=validation)

        assert document["validation"]["verdict"]["blocking"] == ["train_validation_leak"]
        assert document["verdict"]["blocking"] == ["train_validation_leak"]
        [leak] = next(e for e in document["validation"]["codes"] if e["code"] == "train_validation_leak")["samples"]
        assert (leak["line"], leak["detail"]["other_line"]) == (2, 8)

    def test_knows_shared_contexts(self, upload: Callable[..., str], report: Callable[..., dict[str, Any]]) -> None:
        """A validation file that asks about the passages that were trained on is told apart from a fair one."""
        passage = "The caravan of nine camels left the oasis at dawn, each with another load of salt. " * 5
        training, validation = (
            upload(*[chat_row(f"{passage} Which camel is number {n}?", f"The camel {n}.") for n in numbers])
            for numbers in (range(8), range(8, 12))
        )

        document = report(training, validation_file=validation)

        assert "shared_context_leak" in codes_of(document["validation"])

    def test_judges_by_the_target(self, upload: Callable[..., str], report: Callable[..., dict[str, Any]]) -> None:
        """The same rows may be fine for one target and refused by another; who trains follows from the model."""
        twice = [{"role": "user", "content": "Hello?"}] * 2 + [{"role": "assistant", "content": "Hello."}]
        file_id = upload(*ROWS, {"messages": twice})

        hosted, ours = report(file_id), report(file_id, model="tiny")
        together = report(file_id, target="together")

        assert (hosted["target"], ours["target"]) == ("openai", "engine")
        assert "consecutive_same_role" in hosted["verdict"]["warnings"]
        assert together["verdict"]["blocking"] == ["consecutive_same_role"]

    @pytest.mark.parametrize("model", ["ft:gpt-4.1-mini:acme::AbCd", "acme-large-7", "ft:tiny:acme:x:AbCdEfGh"])
    def test_any_model_has_one(
        self, upload: Callable[..., str], report: Callable[..., dict[str, Any]], model: str
    ) -> None:
        """Tuned models count as their base, and for a name nobody knows tokens are an estimate."""
        document = report(upload(*ROWS), model=model)

        assert document["facts"]["tokens"]["total"] > 0
        assert document["facts"]["tokens"]["is_exact"] == model.startswith("ft:")

    def test_reinforcement_wants_a_validation_file(
        self, upload: Callable[..., str], report: Callable[..., dict[str, Any]]
    ) -> None:
        """A file for reinforcement alone is told that there has to be another one."""
        document = report(
            upload({"messages": [{"role": "user", "content": "2 + 2?"}], "answer": 4}), method="reinforcement"
        )

        assert "rft_validation_missing" in document["verdict"]["blocking"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("params", "param"),
        [
            ({"method": "supervised"}, "model"),
            ({"model": ""}, "model"),
            ({"model": "a\x00"}, "model"),
            ({"model": MODEL, "method": "magic"}, "method"),
            ({"model": MODEL, "target": "nobody"}, "target"),
        ],
    )
    def test_name_the_parameter(
        self, http: httpx2.Client, upload: Callable[..., str], params: dict[str, str], param: str
    ) -> None:
        """A question that makes no sense is refused, and no check is started."""
        response = http.get(f"/api/v1/datasets/{upload(*ROWS[:10])}/report", params=params)

        assert (response.status_code, response.json()["param"]) == (400, param)

    @pytest.mark.parametrize("name", ["file-0000000000000000000000", "file-x", "x" * 5000])
    def test_an_unknown_file_is_not_checked(self, http: httpx2.Client, upload: Callable[..., str], name: str) -> None:
        """No check is made of a file that is not there, be it the one asked about or the one beside it."""
        beside = http.get(
            f"/api/v1/datasets/{upload(*ROWS[:10])}/report", params={"model": MODEL, "validation_file": name}
        )
        alone = http.get(f"/api/v1/datasets/{name}/report", params={"model": MODEL})

        assert (beside.status_code, alone.status_code) == (404, 404)

    def test_so_many_at_a_time(self, http: httpx2.Client, upload: Callable[..., str], drain: Drain) -> None:
        """A project that asks for ever more reports has to wait for some of them; those it has stay readable."""
        file_id = upload(*ROWS[:10])
        url = f"/api/v1/datasets/{file_id}/report"
        statuses = [http.get(url, params={"model": f"gpt-{n}"}).status_code for n in range(21)]

        again = http.get(url, params={"model": "gpt-0"})

        assert statuses == [202] * 20 + [429]
        assert again.status_code == 202
        drain()
        assert http.get(url, params={"model": "gpt-20"}).status_code == 202
        drain()


class TestFindings:
    def test_are_listed_in_full(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """Where the report has 100 samples of a code, the list has all of its findings with their lines."""
        bad = {"messages": [{"role": "user", "content": "Anybody there?"}]}
        file_id = upload(*ROWS, *[bad] * 150)

        lines = http.get(f"/api/v1/datasets/{file_id}/report/findings").text.splitlines()

        found = [json.loads(line) for line in lines]
        assert [f["line"] for f in found if f["code"] == "no_assistant_message"] == list(range(61, 211))
        assert {f["file_id"] for f in found} == {file_id}

    def test_held_ones_are_listed_once_they_count(
        self, http: httpx2.Client, upload: Callable[..., str], report: Callable[..., dict[str, Any]]
    ) -> None:
        """What counts only if many rows have it is in the list at the severity that it turned out to have."""
        refusing = [chat_row(f"Tell me of {n}.", f"I'm sorry, but I can't help with number {n}.") for n in range(40)]
        file_id = upload(*ROWS, *refusing)
        report(file_id)

        lines = http.get(f"/api/v1/datasets/{file_id}/report/findings", params={"model": MODEL}).text.splitlines()

        refusals = [f for f in map(json.loads, lines) if f["code"] == "refusals"]
        assert [f["line"] for f in refusals] == list(range(61, 101))
        assert {f["severity"] for f in refusals} == {"warning"}

    def test_of_a_sound_file_are_none(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """A file without a fault has an empty list."""
        response = http.get(f"/api/v1/datasets/{upload(*ROWS)}/report/findings")

        assert (response.status_code, response.text) == (200, "")

    def test_wait_for_the_report(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """Before there is a report there is no list of its findings."""
        response = http.get(f"/api/v1/datasets/{upload(*ROWS)}/report/findings", params={"model": MODEL})

        assert (response.status_code, response.json()["code"]) == (404, "report_not_found")


class TestProgress:
    def test_is_streamed_until_the_end(self, http: httpx2.Client, upload: Callable[..., str]) -> None:
        """The stream begins with how the check stands and ends with how it ended."""
        file_id = upload(*ROWS)

        response = http.get(f"/api/v1/datasets/{file_id}/progress")

        assert response.headers["content-type"].startswith("text/event-stream")
        *_, last = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
        assert last["state"] == "succeeded"
        assert last["progress"]["bytes_done"] == last["progress"]["bytes_total"]
        assert last["progress"]["rows_done"] == len(ROWS)

    def test_follows_a_check_that_begins_later(
        self, http: httpx2.Client, upload: Callable[..., str], drain: Drain
    ) -> None:
        """Who watches before the work begins hears of its beginning and of its end."""
        file_id = upload(*ROWS)
        asked = {"model": MODEL, "method": "supervised"}
        http.get(f"/api/v1/datasets/{file_id}/report", params=asked)

        with http.stream("GET", f"/api/v1/datasets/{file_id}/progress", params=asked) as response:
            lines = response.iter_lines()
            first = next(line for line in lines if line.startswith("data: "))
            drain()
            rest = [line for line in lines if line.startswith("data: ")]

        assert json.loads(first[6:])["state"] == "queued"
        assert json.loads(rest[-1][6:])["state"] == "succeeded"

    @pytest.mark.parametrize("params", [{}, {"model": MODEL}])
    def test_of_nothing_is_not_there(self, http: httpx2.Client, params: dict[str, str]) -> None:
        """What nobody has asked, or of a file that is not there, cannot be watched."""
        response = http.get("/api/v1/datasets/file-0000000000000000000000/progress", params=params)

        assert (response.status_code, response.json()["code"]) == (404, "report_not_found")


class TestPolicies:
    @pytest.fixture(autouse=True)
    def _without_policies(self, http: httpx2.Client) -> Any:
        """Leave the standing project as it was."""
        yield
        http.put(POLICIES, json={"policies": {}})

    def test_change_the_verdict_at_once(
        self, http: httpx2.Client, upload: Callable[..., str], report: Callable[..., dict[str, Any]]
    ) -> None:
        """A report that is there already is judged by what the project wants now."""
        file_id = upload(*ROWS, ROWS[0])
        report(file_id)

        answer = http.put(POLICIES, json={"policies": {"duplicate_exact": "block", "cost_estimate": "ignore"}})

        verdict = report(file_id)["verdict"]
        assert answer.json() == http.get(POLICIES).json()
        assert (verdict["blocking"], verdict["ignored"]) == (["duplicate_exact"], ["cost_estimate"])

    def test_decide_on_jobs(self, http: httpx2.Client, upload: Callable[..., str], drain: Drain) -> None:
        """What the project blocks fails a job, naming the lines."""
        file_id = upload(*ROWS, ROWS[0])
        http.put(POLICIES, json={"policies": {"duplicate_exact": "block"}})
        job = http.post("/v1/fine_tuning/jobs", json={"model": "tiny", "training_file": file_id}).json()

        drain()

        error = http.get(f"/v1/fine_tuning/jobs/{job['id']}").json()["error"]
        assert (error["code"], error["param"]) == ("invalid_training_file", "training_file")
        assert "Line 61" in error["message"]
        assert "duplicate_exact" in error["message"]

    @pytest.mark.parametrize(
        ("policies", "code"),
        [
            ({"no_such_code": "warn"}, "unknown_dataset_code"),
            ({"duplicate_exact": "explode"}, "invalid_value"),
            ([], "invalid_value"),
        ],
    )
    def test_are_checked_by_name(self, http: httpx2.Client, policies: Any, code: str) -> None:
        """A code or policy that does not exist is refused by name and changes nothing."""
        response = http.put(POLICIES, json={"policies": policies})

        assert (response.status_code, response.json()["code"]) == (400, code)
        assert http.get(POLICIES).json() == {"policies": {}}
