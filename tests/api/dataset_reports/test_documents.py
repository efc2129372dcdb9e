"""What a report tells, and which questions are refused."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest

from tests.api.dataset_reports.asked import MODEL, ROWS
from tests.api.datasets import chat_row, jsonl
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite


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

    def test_of_an_evaluation_file_tells_what_is_in_it(
        self, upload: Callable[..., str], report: Callable[..., dict[str, Any]], http: httpx2.Client
    ) -> None:
        """Rows that models are measured with are errors on their lines of the training file, beside other leaks."""
        training, validation = upload(*ROWS), upload(chat_row("Who?", "Me."), ROWS[7])
        asked = {"evaluation_file": upload(ROWS[20], chat_row("Where?", "There."), ROWS[3]), "model": MODEL}

        alone = report(training, **asked)
        both = report(training, **asked, validation_file=validation)
        listed = http.get(f"/api/v1/datasets/{training}/report/findings", params=asked).text.splitlines()

        leaks = next(e for e in both["codes"] if e["code"] == "train_eval_leak")["samples"]
        assert [(leak["line"], leak["detail"]["other_line"]) for leak in leaks] == [(4, 3), (21, 1)]
        assert alone["verdict"]["blocking"] == ["train_eval_leak"]
        assert both["verdict"]["blocking"] == ["train_eval_leak", "train_validation_leak"]
        told = [f for f in map(json.loads, listed) if f["code"] == "train_eval_leak"]
        assert [(f["file_id"], f["line"]) for f in told] == [(training, 4), (training, 21)]
        assert both["evaluation_file"] == asked["evaluation_file"]
        assert both["evaluation_files"] == [asked["evaluation_file"]]

    def test_of_several_evaluation_files_names_them(
        self, upload: Callable[..., str], report: Callable[..., dict[str, Any]], http: httpx2.Client
    ) -> None:
        """Files that measure models may be several, in any order: every finding has the id of its file."""
        training, exam, quiz = upload(*ROWS), upload(ROWS[20]), upload(chat_row("Who?", "Me."), ROWS[3], ROWS[20])

        document = report(training, evaluation_file=[exam, quiz])
        turned = report(training, evaluation_file=[quiz, exam, quiz])
        listed = http.get(
            f"/api/v1/datasets/{training}/report/findings", params={"model": MODEL, "evaluation_file": [quiz, exam]}
        ).text.splitlines()

        leaks = [finding for finding in map(json.loads, listed) if finding["code"] == "train_eval_leak"]
        told = {(leak["line"], leak["detail"]["other_line"], leak["detail"]["other_file"]) for leak in leaks}
        assert told == {(4, 2, quiz), (21, 3, quiz), (21, 1, exam)}
        assert document["evaluation_files"] == sorted([exam, quiz])
        assert document == turned

    def test_of_a_grader_and_of_groups(self, upload: Callable[..., str], report: Callable[..., dict[str, Any]]) -> None:
        """A grader is judged, rows without the fields that it reads are named, and groups are compared by label."""
        rows = [{"messages": [{"role": "user", "content": f"{n}?"}], **({"topic": "a"} if n else {})} for n in range(9)]
        grader = {"type": "string_check", "name": "a", "input": "{{ item.topic }}"}
        asked = {"method": "reinforcement", "grader": json.dumps(grader), "groups": '{"women": ["she"]}'}

        document = report(upload(*rows), **asked)

        found = {entry["code"]: entry["count"] for entry in document["codes"]}
        assert (found["grader_invalid"], found["rft_reference_missing"]) == (2, 1)
        assert document["facts"]["demographics"] == {"women": {"n_rows": 0, "labels": {}}}

    def test_for_an_engine_model_knows_the_domain(
        self, upload: Callable[..., str], report: Callable[..., dict[str, Any]]
    ) -> None:
        """A script that base models have hardly read is told for those of the engine, and for no other."""
        file_id = upload(
            *[chat_row(f"ქართული ენა არის ძალიან ლამაზი {n}?", f"დიახ, ნამდვილად {n}.") for n in range(20)]
        )

        ours, hosted = report(file_id, model="tiny"), report(file_id)

        assert ours["facts"]["domain"]["rare_script_share"] == 1
        assert ("domain_shift" in codes_of(ours), "domain_shift" in codes_of(hosted)) == (True, False)

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
            ({"model": MODEL, "grader": "[]"}, "grader"),
            ({"model": MODEL, "grader": '{"a": "' + "x" * 8_000 + '"}'}, "grader"),
            ({"model": MODEL, "grader": '{"a":' * 200 + "1" + "}" * 200}, "grader"),
            ({"model": MODEL, "grader": '{"a": "\\ud800"}'}, "grader"),
            ({"model": MODEL, "groups": '{"women": "she"}'}, "groups"),
            ({"model": MODEL, "groups": '{"women": [""]}'}, "groups"),
            ({"evaluation_file": "file-x"}, "model"),
            ({"model": MODEL, "evaluation_file": [f"file-{n:022}" for n in range(11)]}, "evaluation_file"),
        ],
    )
    def test_name_the_parameter(
        self, http: httpx2.Client, upload: Callable[..., str], params: dict[str, Any], param: str
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
        measured = http.get(
            f"/api/v1/datasets/{upload(*ROWS[:10])}/report", params={"model": MODEL, "evaluation_file": name}
        )
        alone = http.get(f"/api/v1/datasets/{name}/report", params={"model": MODEL})

        assert (beside.status_code, measured.status_code, alone.status_code) == (404, 404, 404)

    def test_a_strangers_evaluation_file_is_not_there(
        self, http: httpx2.Client, other_client: openai.OpenAI, upload: Callable[..., str]
    ) -> None:
        """Of several files each has to be the project's own."""
        strange = other_client.files.create(file=("a.jsonl", jsonl(*ROWS)), purpose="fine-tune").id
        params = {"model": MODEL, "evaluation_file": [upload(ROWS[0]), strange]}

        response = http.get(f"/api/v1/datasets/{upload(*ROWS)}/report", params=params)

        assert response.status_code == 404
        assert strange in response.json()["detail"]

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
