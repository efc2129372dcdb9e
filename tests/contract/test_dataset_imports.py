"""Importing through the real API: what the SDK uploads becomes a file that a job can train on."""

import json
from typing import Any

import httpx2
import openai
import pytest

from shared.resources import Resources
from tests.contract.importing import ALPACA, Import, look_up, upload
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.receiver import Answer, Receiver
from tests.fixtures.settings import on_sqlite

CSV = "question;answer\n" + "".join(f'"What is {n}\nplus 1?";{n + 1}\n' for n in range(12))


class TestImporting:
    def test_preview_and_confirmation(
        self, client: openai.OpenAI, http: httpx2.Client, imported: Import, drain: Drain
    ) -> None:
        """An import shows what it detected and five rows, waits, and makes a checked file once it is confirmed."""
        source = upload(client, ALPACA, "alpaca.json")

        shown = imported(file_id=source, preview=True)
        assert shown["state"] == "awaiting_confirmation"
        assert (shown["result"]["detected"]["dialect"], shown["result"]["detected"]["confidence"]) == ("alpaca", 1.0)
        assert len(shown["result"]["preview"]["rows"]) == 5
        assert "files" not in shown["result"]

        http.post(f"/api/v1/datasets/operations/{shown['id']}/confirm", json={"options": {"system": "Count."}})
        drain()

        done = look_up(http, shown["id"])
        made = client.files.retrieve(done["result"]["files"]["dataset"])
        first = json.loads(client.files.content(made.id).text.splitlines()[0])
        assert (done["state"], made.status, made.purpose, made.filename) == (
            "succeeded",
            "processed",
            "fine-tune",
            "alpaca.jsonl",
        )
        assert [message["content"] for message in first["messages"]] == ["Count.", "Add 0 and 1.", "1"]
        assert http.get(f"/api/v1/datasets/{made.id}/report").json()["n_examples"] == 12

    def test_lineage(self, client: openai.OpenAI, http: httpx2.Client, imported: Import) -> None:
        """The new file remembers its parent and how it was converted."""
        source = upload(client, CSV.encode("cp1252"), "faq.csv")

        done = imported(file_id=source, filename="faq-train.jsonl")

        lineage = http.get(f"/api/v1/datasets/{done['result']['files']['dataset']}/lineage").json()
        assert [parent["file_id"] for parent in lineage["parents"]] == [source]
        assert lineage["kind"] == "import"
        assert (lineage["detail"]["format"], lineage["detail"]["n_rows"]) == ("qa", 12)

    def test_skipped_records(self, client: openai.OpenAI, imported: Import) -> None:
        """Records that cannot be converted are counted and named with their reason."""
        lines = [*map(json.dumps, ALPACA), "{broken", json.dumps({"instruction": "?", "output": ""})]

        done = imported(file_id=upload(client, "\n".join(lines).encode(), "mixed.jsonl"))

        assert (done["result"]["n_rows"], done["result"]["n_skipped"]) == (12, 2)
        assert [item["record"] for item in done["result"]["skipped"]] == [13, 14]
        assert '"output" is empty' in done["result"]["skipped"][1]["reason"]

    @on_sqlite
    def test_batches(self, client: openai.OpenAI, imported: Import) -> None:
        """Requests and answers of a batch are two files that become one."""
        body = {"messages": [{"role": "user", "content": "Hi"}]}
        asked = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
        choices = {"choices": [{"message": {"role": "assistant", "content": "Ho"}}]}
        answered = {"custom_id": "a", "response": {"status_code": 200, "body": choices}, "error": None}
        halves = [upload(client, [half], "half.jsonl", purpose="batch") for half in (asked, answered)]

        done = imported(file_id=halves[0], join_file_id=halves[1])

        assert client.files.content(done["result"]["files"]["dataset"]).text.count("Ho") == 1

    @on_sqlite
    def test_mapping_of_unknown_fields(
        self, client: openai.OpenAI, http: httpx2.Client, imported: Import, drain: Drain
    ) -> None:
        """Fields that nobody knows are shown in the preview and converted with the mapping of its confirmation."""
        records = [{"vraag": f"{n}?", "antwoord": f"{n}."} for n in range(10)]

        shown = imported(file_id=upload(client, records, "faq.json"), preview=True)
        assert (shown["result"]["detected"], shown["result"]["fields"]) == (None, ["antwoord", "vraag"])

        mapping = {"prompt": "vraag", "response": "antwoord"}
        http.post(f"/api/v1/datasets/operations/{shown['id']}/confirm", json={"mapping": mapping})
        drain()
        assert look_up(http, shown["id"])["result"]["n_rows"] == 10


class TestRefusals:
    @on_sqlite
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"%PDF-1.7 ...", "source_unreadable"),
            (b'[{"a": 1}]', "format_not_recognised"),
            (b'{"text": "Once."}\n', "nothing_converted"),
        ],
    )
    def test_bad_sources(
        self, client: openai.OpenAI, imported: Import, resources: Resources, data: bytes, code: str
    ) -> None:
        """A source that cannot be converted fails its operation with a code, and leaves nothing behind."""
        source = upload(client, data, "source")
        before = list(resources.store.list("files"))

        failed = imported(file_id=source)

        assert (failed["state"], failed["error"]["code"]) == ("failed", code)
        assert list(resources.store.list("files")) == before

    @on_sqlite
    @pytest.mark.parametrize(
        ("wish", "code"),
        [
            ({}, "invalid_value"),
            ({"file_id": "file-x", "url": "https://example.com/a"}, "invalid_value"),
            ({"url": "file:///etc/passwd"}, "invalid_url"),
            ({"url": "http://example.com/a.csv"}, "invalid_url"),
            ({"url": "https://user:pass@example.com/a.csv"}, "invalid_url"),
            ({"url": "https://169.254.169.254/latest"}, "invalid_url"),
            ({"url": "https://10.0.0.8/a.csv"}, "invalid_url"),
            ({"object_key": "files/proj_other/file-1"}, "invalid_object_key"),
            ({"object_key": "imports/../secrets"}, "invalid_object_key"),
            ({"object_key": "imports/proj_other/a.csv"}, "invalid_object_key"),
            ({"url": "https://example.com/a", "format": "alpakka"}, "format_not_recognised"),
            ({"url": "https://example.com/a", "mapping": {"role_map": {"a": "boss"}}}, "invalid_mapping"),
        ],
    )
    def test_bad_wishes(self, http: httpx2.Client, wish: dict[str, Any], code: str) -> None:
        """A wish that cannot be granted is refused at once, naming what is wrong with it."""
        answer = http.post("/api/v1/datasets/import", json=wish)

        assert (answer.status_code, answer.json()["code"]) == (400, code)

    @on_sqlite
    def test_files_of_strangers(self, other_client: openai.OpenAI, http: httpx2.Client) -> None:
        """A stranger's file is answered like one that is not there."""
        theirs = upload(other_client, ALPACA, "alpaca.json")

        answer = http.post("/api/v1/datasets/import", json={"file_id": theirs})

        assert answer.status_code == 404

    @on_sqlite
    def test_confirming_twice(self, client: openai.OpenAI, http: httpx2.Client, imported: Import) -> None:
        """An import that does not wait cannot be confirmed."""
        done = imported(file_id=upload(client, ALPACA, "alpaca.json"))

        answer = http.post(f"/api/v1/datasets/operations/{done['id']}/confirm", json={})

        assert (answer.status_code, answer.json()["code"]) == (409, "operation_not_waiting")


@on_sqlite
class TestObjects:
    def test_of_the_project(
        self, resources: Resources, tenant: Tenant, client: openai.OpenAI, imported: Import
    ) -> None:
        """An object below the project's import folder is converted where it lies."""
        key = f"imports/{tenant.project_id}/march/faq.json"
        with resources.store.writer(key) as writer:
            writer.write(json.dumps(ALPACA).encode())
            writer.commit()

        done = imported(object_key=key)

        assert client.files.retrieve(done["result"]["files"]["dataset"]).filename == "faq.jsonl"
        assert resources.store.exists(key)

    def test_missing(self, tenant: Tenant, imported: Import) -> None:
        """An object that is not there fails the import by name."""
        failed = imported(object_key=f"imports/{tenant.project_id}/faq.json")

        assert failed["error"]["code"] == "object_not_there"


@on_sqlite
class TestAddresses:
    def test_download(self, receiver: Receiver, client: openai.OpenAI, http: httpx2.Client, imported: Import) -> None:
        """What an address gives becomes a file, which is the parent of the new one."""
        receiver.answer_next(Answer(body=json.dumps(ALPACA).encode()))

        done = imported(url=receiver.url + "/alpaca.json?signature=s3cret")

        files = done["result"]["files"]
        lineage = http.get(f"/api/v1/datasets/{files['dataset']}/lineage").json()
        assert client.files.retrieve(files["source"]).filename == "alpaca.json"
        assert [parent["file_id"] for parent in lineage["parents"]] == [files["source"]]
        assert lineage["detail"]["url"].endswith("/alpaca.json")
        assert receiver.requests[0].path.endswith("/alpaca.json?signature=s3cret")
        assert "s3cret" not in json.dumps(done)

    def test_confirmed_later(self, receiver: Receiver, http: httpx2.Client, imported: Import, drain: Drain) -> None:
        """A confirmed import converts the bytes that were shown and does not ask the address again."""
        receiver.answer_next(Answer(body=json.dumps(ALPACA).encode()))

        shown = imported(url=receiver.url, preview=True)
        http.post(f"/api/v1/datasets/operations/{shown['id']}/confirm", json={})
        drain()

        done = look_up(http, shown["id"])
        assert (done["state"], done["result"]["n_rows"], len(receiver.requests)) == ("succeeded", 12, 1)
        assert done["result"]["source_file"] == shown["result"]["files"]["source"]

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (Answer(status=302, headers={"location": "http://127.0.0.1:1/"}), "it redirects (302)"),
            (Answer(status=404), "it answered with status 404"),
            (Answer(body=b""), "the answer is empty"),
            (Answer(is_cut=True), "the connection broke off"),
        ],
    )
    def test_failures(
        self, receiver: Receiver, resources: Resources, imported: Import, answer: Answer, reason: str
    ) -> None:
        """An address that gives no data fails the import with the reason, and nothing of it is kept."""
        receiver.answer_next(answer)
        before = list(resources.store.list("files"))

        failed = imported(url=receiver.url)

        assert failed["error"]["code"] == "download_failed"
        assert reason in failed["error"]["message"]
        assert list(resources.store.list("files")) == before
