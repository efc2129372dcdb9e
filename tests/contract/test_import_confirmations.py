"""Agreeing to an import through the real API: once, twice, with other words, too early and too late."""

import json
from typing import Any

import httpx2
import openai
import pytest

from tests.contract.importing import Import, look_up, upload
from tests.fixtures.drain import Drain
from tests.fixtures.receiver import Answer, Receiver
from tests.fixtures.settings import on_sqlite
from tests.fixtures.together import run_together

FIELDS = [{"vraag": f"{n}?", "antwoord": f"{n}.", "rubriek": "A"} for n in range(12)]
MAPPING = {"mapping": {"prompt": "vraag", "response": "antwoord"}}


class Confirming:
    """An import that waits, and ways to answer it."""

    def __init__(self, http: httpx2.Client, drain: Drain, operation_id: str) -> None:
        self._http = http
        self._drain = drain
        self.operation_id = operation_id

    def say(self, **body: Any) -> httpx2.Response:
        return self._http.post(f"/api/v1/datasets/operations/{self.operation_id}/confirm", json=body)

    def do(self) -> dict[str, Any]:
        """Have it done as far as it goes; the operation afterwards."""
        self._drain()
        return look_up(self._http, self.operation_id)

    def files_made(self) -> list[str]:
        """Every training file of the project."""
        page = self._http.get("/v1/files", params={"purpose": "fine-tune"}).json()
        return [file["id"] for file in page["data"]]


@pytest.fixture
def source_id(client: openai.OpenAI) -> str:
    return upload(client, FIELDS, "faq.json")


@pytest.fixture
def waiting(http: httpx2.Client, imported: Import, drain: Drain, source_id: str) -> Confirming:
    """An import whose fields nobody knows."""
    return Confirming(http, drain, imported(file_id=source_id, preview=True)["id"])


class TestPreviewAgain:
    def test_with_a_mapping(self, waiting: Confirming) -> None:
        """A preview can be asked for again with corrections; what was shown last is what a plain yes makes."""
        assert waiting.say(preview=True, **MAPPING).status_code == 202
        shown = waiting.do()
        assert shown["state"] == "awaiting_confirmation"
        assert shown["result"]["preview"]["rows"][0]["row"]["messages"][1]["content"] == "0."
        assert waiting.files_made() == []

        waiting.say()
        done = waiting.do()

        assert (done["state"], done["result"]["n_rows"]) == ("succeeded", 12)
        assert waiting.files_made() == [done["result"]["files"]["dataset"]]

    def test_as_often_as_wanted(self, waiting: Confirming) -> None:
        """Each preview shows the corrections so far; one that fits nothing says so and costs nothing."""
        problems = []
        for field in ("antwoord", "rubriek", "fehlt"):
            waiting.say(preview=True, mapping={"prompt": "vraag", "response": field})
            result = waiting.do()["result"]
            problems.append((len(result["preview"]["rows"]), len(result["preview"]["skipped"])))

        assert problems == [(5, 0), (5, 0), (0, 12)]

    @on_sqlite
    def test_of_an_address(self, receiver: Receiver, http: httpx2.Client, imported: Import, drain: Drain) -> None:
        """An address is asked once, however often what it gave is looked at."""
        receiver.answer_next(Answer(body=json.dumps(FIELDS).encode()))
        waiting = Confirming(http, drain, imported(url=receiver.url, preview=True)["id"])
        for _ in range(2):
            waiting.say(preview=True, **MAPPING)
            waiting.do()

        waiting.say()

        assert waiting.do()["state"] == "succeeded"
        assert len(receiver.requests) == 1


class TestSaidTwice:
    def test_the_same(self, waiting: Confirming) -> None:
        """The same confirmation again is answered with how the operation stands, and makes no second file."""
        first = waiting.say(**MAPPING)
        at_once = waiting.say(**MAPPING)
        done = waiting.do()
        afterwards = waiting.say(**MAPPING)

        assert [answer.status_code for answer in (first, at_once, afterwards)] == [202, 202, 202]
        assert [answer.json()["state"] for answer in (first, at_once, afterwards)] == ["queued", "queued", "succeeded"]
        assert "confirmation" not in first.json()["params"]
        assert waiting.do() == done
        assert waiting.files_made() == [done["result"]["files"]["dataset"]]

    def test_something_else(self, waiting: Confirming) -> None:
        """Another confirmation is a conflict, while the first is worked on and afterwards, and changes nothing."""
        waiting.say(**MAPPING)
        meanwhile = waiting.say(mapping={"prompt": "antwoord", "response": "vraag"})
        done = waiting.do()
        afterwards = waiting.say()

        assert_conflict(meanwhile, "it is queued. It goes on as it was asked for before.")
        assert_conflict(afterwards, "it is succeeded. Ask for another one.")
        assert waiting.do() == done

    def test_the_same_at_one_moment(self, waiting: Confirming) -> None:
        """People who say the same at one moment are all answered alike, and one file is made."""
        answers = run_together([lambda: waiting.say(**MAPPING)] * 4)

        assert [answer.status_code for answer in answers] == [202] * 4
        assert waiting.do()["state"] == "succeeded"
        assert len(waiting.files_made()) == 1

    def test_something_else_at_one_moment(self, waiting: Confirming) -> None:
        """Of two people who confirm differently at one moment the second is told what became of it."""
        other = {"mapping": {"prompt": "vraag", "response": "rubriek"}}

        answers = run_together([lambda: waiting.say(**MAPPING), lambda: waiting.say(**other)])

        second = next(answer for answer in answers if answer.status_code != 202)
        assert_conflict(second, "it is queued. It goes on as it was asked for before.")
        assert waiting.do()["state"] == "succeeded"
        assert len(waiting.files_made()) == 1


@on_sqlite
class TestTooEarlyAndTooLate:
    def test_before_the_preview(self, http: httpx2.Client, drain: Drain, source_id: str) -> None:
        """Who confirms before there is a preview is told to wait for it."""
        asked = http.post("/api/v1/datasets/import", json={"file_id": source_id, "preview": True}).json()

        answer = Confirming(http, drain, asked["id"]).say(**MAPPING)

        assert_conflict(answer, "it is queued. Wait for its preview.")

    def test_after_a_failure(self, http: httpx2.Client, client: openai.OpenAI, imported: Import, drain: Drain) -> None:
        """An import that failed before its preview cannot be confirmed; its own error says why."""
        failed = imported(file_id=upload(client, b"%PDF-1.7 ...", "book.pdf"), preview=True)

        answer = Confirming(http, drain, failed["id"]).say()

        assert failed["state"] == "failed"
        assert_conflict(answer, "it is failed. Ask for another one.")

    def test_of_a_source_that_is_gone(self, waiting: Confirming, client: openai.OpenAI, source_id: str) -> None:
        """A confirmation whose source was deleted meanwhile is refused at once, and names the file."""
        client.files.delete(source_id)

        answer = waiting.say(**MAPPING)

        assert (answer.status_code, answer.json()["code"]) == (409, "source_gone")
        assert source_id in answer.json()["detail"]

    def test_of_a_stranger(self, waiting: Confirming, other_client: openai.OpenAI, http: httpx2.Client) -> None:
        """A stranger's operation is not there, whether it waits or not."""
        key = {"authorization": f"Bearer {other_client.api_key}"}

        answer = http.post(f"/api/v1/datasets/operations/{waiting.operation_id}/confirm", json={}, headers=key)

        assert (answer.status_code, answer.json()["code"]) == (404, "operation_not_found")


def assert_conflict(answer: httpx2.Response, reason: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (409, "operation_not_waiting")
    assert answer.json()["detail"].endswith(reason)
