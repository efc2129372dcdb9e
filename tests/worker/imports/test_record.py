"""Old models are asked once and their answers kept, within a budget, through crashes and bad connections."""

import json
from decimal import Decimal

import httpx2
import openai
import pytest
from sqlalchemy import update

from shared.db.session import Database
from shared.imports.tables import Import
from shared.recordings.tables import AnswerState, RecordedAnswer, Recording, RecordingState
from tests.contract.model_server import USAGE, TinyModelServer
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.faulty_proxy import Fault, ProxyMaker
from tests.fixtures.settings import on_sqlite
from tests.worker.imports.acting import Acting
from tests.worker.imports.conftest import ConnectionMaker
from tests.worker.imports.old_organization import OldOrganization


@pytest.fixture
def asked(old_model_server: TinyModelServer) -> list[dict[str, object]]:
    """Every request that the old organization's model server gets from now on."""
    old_model_server.requests.clear()
    return old_model_server.requests


def record(http: httpx2.Client, imported: Import, **wish: object) -> dict[str, object]:
    response = http.post(f"/api/v1/imports/{imported.id}/record", json=wish)
    assert response.status_code == 200, response.text
    return dict(response.json()["data"][0])


def look(http: httpx2.Client, imported: Import, recording: dict[str, object]) -> dict[str, object]:
    return dict(http.get(f"/api/v1/imports/{imported.id}/recordings/{recording['id']}").json())


def answers(http: httpx2.Client, imported: Import, recording: dict[str, object]) -> list[dict[str, object]]:
    text = http.get(f"/api/v1/imports/{imported.id}/recordings/{recording['id']}/answers").text
    return [json.loads(line) for line in text.splitlines()]


class TestAnswers:
    def test_are_kept(
        self, http: httpx2.Client, imported: Import, drain: Drain, asked: list[dict[str, object]]
    ) -> None:
        """Each prompt of the validation file is put to the old model once; answer, usage and reference are kept."""
        recording = record(http, imported)

        drain()

        kept = answers(http, imported, recording)
        assert (len(asked), len(kept)) == (6, 6)
        assert kept[0]["answer"]["content"] == "Four, of course."  # type: ignore[index]
        assert (kept[0]["reference"], kept[0]["finish_reason"]) == ("red", "stop")
        assert kept[0]["usage"] == {"prompt_tokens": 7, "completion_tokens": 4}
        ended = look(http, imported, recording)
        assert (ended["state"], ended["ended_by"], ended["answered"]) == ("succeeded", "answers", 6)

    def test_labels(self, http: httpx2.Client, imported: Import, drain: Drain, client: openai.OpenAI) -> None:
        """Answers come as a training file: each prompt with what the old model said to it."""
        recording = record(http, imported)
        drain()

        labels = client.files.retrieve(str(look(http, imported, recording)["labels_file"]))

        rows = [json.loads(line) for line in client.files.content(labels.id).text.splitlines()]
        assert (labels.purpose, labels.status, len(rows)) == ("fine-tune", "processed", 6)
        assert [message["role"] for message in rows[0]["messages"]] == ["user", "assistant"]

    def test_again(self, http: httpx2.Client, imported: Import, drain: Drain, asked: list[dict[str, object]]) -> None:
        """Recording the same again gives the same recording, and nothing is asked twice."""
        first = record(http, imported)
        drain()

        again = record(http, imported)
        drain()

        assert (again["id"], len(asked)) == (first["id"], 6)

    def test_overlap(self, http: httpx2.Client, imported: Import, drain: Drain, asked: list[dict[str, object]]) -> None:
        """Another recording of a model pays only for prompts that the model was not asked before."""
        record(http, imported, sample=4)
        drain()

        wider = record(http, imported, sample=6)
        drain()

        assert (look(http, imported, wider)["answered"], len(asked)) == (6, 6)


@on_sqlite
class TestBudget:
    def test_tokens(self, http: httpx2.Client, imported: Import, drain: Drain, asked: list[dict[str, object]]) -> None:
        """Asking stops before the budget could be passed, and what was answered is kept."""
        recording = record(http, imported, budget={"tokens": 120}, concurrency=1, max_completion_tokens=20)

        drain()

        ended = look(http, imported, recording)
        assert (ended["state"], ended["ended_by"]) == ("succeeded", "budget")
        assert ended["spent"]["tokens"] <= 120  # type: ignore[index]
        assert 0 < len(asked) < 6

    def test_money(self, http: httpx2.Client, imported: Import, drain: Drain) -> None:
        """What answers cost is reckoned by the price given."""
        price = {"input_per_million": 1000, "output_per_million": 2000}

        recording = record(http, imported, budget={"amount": 5}, price=price)
        drain()

        spent = look(http, imported, recording)["spent"]
        assert Decimal(str(spent["amount"])) == 6 * (7 * Decimal("0.001") + 4 * Decimal("0.002"))  # type: ignore[index]

    @pytest.mark.parametrize("usage", [None, {"prompt_tokens": -1000, "completion_tokens": 1}])
    def test_uncounted(
        self,
        http: httpx2.Client,
        imported: Import,
        drain: Drain,
        old_model_server: TinyModelServer,
        usage: dict[str, int] | None,
    ) -> None:
        """Answers that do not say what they used count at their most: a budget holds for them too."""
        old_model_server.usage = usage
        try:
            recording = record(http, imported, budget={"tokens": 120}, concurrency=1, max_completion_tokens=20)
            drain()
        finally:
            old_model_server.usage = USAGE

        ended = look(http, imported, recording)
        assert (ended["state"], ended["ended_by"]) == ("succeeded", "budget")
        assert 0 < ended["spent"]["tokens"] <= 120  # type: ignore[index]

    def test_unknown_price(self, http: httpx2.Client, imported: Import) -> None:
        """A budget in money for a model without a known price is refused, and says what helps."""
        response = http.post(f"/api/v1/imports/{imported.id}/record", json={"budget": {"amount": 5}})

        assert (response.status_code, response.json()["code"]) == (400, "price_unknown")


@on_sqlite
class TestTrouble:
    def test_storm(
        self,
        *,
        http: httpx2.Client,
        acting: Acting,
        connect: ConnectionMaker,
        faulty_proxy: ProxyMaker,
        drain: Drain,
        old_organization: OldOrganization,
    ) -> None:
        """Through lost answers, refusals and half bodies every prompt gets its answer; what was lost counts as paid."""
        proxy = faulty_proxy(old_organization.second.url)
        imported = acting.start(connect(proxy.url))
        drain()
        faults = [Fault.DROP_AFTER, Fault.ERROR_BEFORE, Fault.RATE_LIMITED, Fault.HALF]
        proxy.storm(seed=11, share=0.4, faults=faults, method="POST")

        recording = record(http, imported, max_completion_tokens=20)
        for _ in range(40):
            drain()
            drain.hasten()

        ended = look(http, imported, recording)
        assert (ended["state"], ended["answered"], ended["failed"]) == ("succeeded", 6, 0)
        assert ended["spent"]["tokens"] >= 6 * 11  # type: ignore[index]

    def test_left_behind(
        self,
        *,
        http: httpx2.Client,
        imported: Import,
        acting: Acting,
        connect: ConnectionMaker,
        faulty_proxy: ProxyMaker,
        drain: Drain,
        database: Database,
        old_organization: OldOrganization,
    ) -> None:
        """Prompts that a cancelled recording had on their way are asked by the next one, over whatever import."""
        first = record(http, imported)
        drain()
        with database.transaction() as session:
            left = {"state": AnswerState.ASKED, "asked_by": first["id"]}
            session.execute(update(RecordedAnswer).values(**left))
            session.execute(update(Recording).values(state=RecordingState.CANCELLED))
        second = acting.start(connect(faulty_proxy(old_organization.second.url).url))

        again = record(http, second, model=first["model"], file=first["file"])
        drain()

        ended = look(http, second, again)
        assert (ended["state"], ended["answered"]) == ("succeeded", 6)

    def test_stranger(self, imported: Import, api_url: str, other_tenant: Tenant) -> None:
        """To a stranger an import's recordings, report and jobs are not there."""
        with httpx2.Client(base_url=f"{api_url}/api/v1/imports/", trust_env=False) as client:
            headers = {"authorization": f"Bearer {other_tenant.api_key}"}
            answers = [
                client.get(imported.id + path, headers=headers) for path in ("", "/objects", "/recordings", "/report")
            ]
            answers += [client.post(imported.id + path, headers=headers, json=body) for path, body in
                        (("/record", {}), ("/retrain", {"job": "x", "model": "tiny"}), ("/cancel", None))]  # fmt: skip

        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "import_not_found")}
