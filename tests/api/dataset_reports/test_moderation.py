"""Reports for which a moderation service judges the rows, and who cannot be asked for one."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from shared.resources import Resources
from tests.api.dataset_reports.asked import MODEL, ROWS, RUDE, SECRET, codes_of, connect
from tests.api.datasets import chat_row
from tests.api.standing import new_tenant
from tests.fixtures.drain import Drain
from tests.fixtures.moderation import Moderation
from tests.fixtures.provider import reply
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite


class TestJudged:
    def test_flagged_rows_are_named(
        self, judge: Callable[..., dict[str, Any]], moderation: Moderation, connection: str
    ) -> None:
        """Rows that the service flags are warnings on their lines, and the report says how many were judged."""
        document = judge(*ROWS, RUDE)

        [flagged] = codes_of(document)["moderation_flagged"]["samples"]
        assert (flagged["line"], flagged["detail"]) == (61, {"categories": ["harassment"]})
        assert document["verdict"]["warnings"] == ["moderation_flagged"]
        assert document["moderation"] == connection
        assert document["facts"]["moderation"] == {
            "n_judged": 61,
            "n_flagged": 1,
            "n_not_judged": 0,
            "n_beyond_limit": 0,
            "n_cut": 0,
            "categories": {"harassment": 1},
            "reasons": {},
            "may_pass": False,
        }
        assert moderation.asked[0].headers["authorization"] == f"Bearer {SECRET}"
        assert [len(asked.body["input"]) for asked in moderation.asked] == [32, 29]

    def test_everything_that_is_learned_is_sent(
        self,
        upload: Callable[..., str],
        report: Callable[..., dict[str, Any]],
        moderation: Moderation,
        connection: str,
    ) -> None:
        """Both answers of a preference row are judged, and rows of the validation file are; a measuring file is not."""
        pair = {
            "input": {"messages": [{"role": "user", "content": "Which?"}]},
            "preferred_output": [{"role": "assistant", "content": "This."}],
            "non_preferred_output": [{"role": "assistant", "content": "That, fool."}],
        }
        files = {"validation_file": upload(pair), "evaluation_file": upload(chat_row("Secret exam?", "Yes."))}

        document = report(upload(pair), moderation=connection, method="dpo", **files)

        assert moderation.texts == ["Which?\nThis.\nThat, fool."] * 2
        assert [part["facts"]["moderation"]["n_flagged"] for part in (document, document["validation"])] == [1, 1]

    def test_is_another_report(
        self,
        upload: Callable[..., str],
        report: Callable[..., dict[str, Any]],
        moderation: Moderation,
        connection: str,
    ) -> None:
        """The report without moderation sends nothing and stays as it is; each of the two is made once."""
        file_id = upload(*ROWS, RUDE)

        plain = report(file_id)
        sent_without = len(moderation.asked)
        moderated, again = (report(file_id, moderation=connection) for _ in range(2))

        assert (sent_without, len(moderation.asked)) == (0, 2)
        assert (plain["moderation"], "moderation" in plain["facts"]) == (None, False)
        assert moderated == again
        assert report(file_id) == plain

    def test_by_the_projects_policy(
        self,
        http: httpx2.Client,
        upload: Callable[..., str],
        report: Callable[..., dict[str, Any]],
        connection: str,
    ) -> None:
        """A project may have flagged rows, or rows that nobody judged, block."""
        file_id = upload(*ROWS, RUDE)

        http.put("/api/v1/datasets/policies", json={"policies": {"moderation_flagged": "block"}})
        blocking = report(file_id, moderation=connection)["verdict"]["blocking"]
        http.put("/api/v1/datasets/policies", json={"policies": {}})

        assert blocking == ["moderation_flagged"]

    def test_on_a_page_for_people(
        self, http: httpx2.Client, upload: Callable[..., str], report: Callable[..., dict[str, Any]], connection: str
    ) -> None:
        """The page of such a report says what was judged; its link works without a key."""
        file_id = upload(*ROWS, RUDE)
        asked = {"model": MODEL, "moderation": connection}
        report(file_id, moderation=connection)

        page = http.get(f"/api/v1/datasets/{file_id}/report.html", params=asked).text
        link = http.post(f"/api/v1/datasets/{file_id}/report/link", params=asked).json()["url"]

        assert "Rows that a moderation service judged: 61. " in page
        assert httpx2.get(link, trust_env=False).text == page


class TestRefusals:
    @pytest.mark.parametrize(
        ("params", "status", "code"),
        [
            ({"moderation": "engine"}, 400, "moderation_unavailable"),
            ({"moderation": "azure-one"}, 400, "moderation_unavailable"),
            ({"moderation": "another-tunery"}, 400, "moderation_unavailable"),
            ({"moderation": "nobody"}, 404, "connection_not_found"),
            ({"moderation": "x" * 5000}, 404, "connection_not_found"),
            ({"moderation": "a\x00\ud800".encode("utf-8", "replace").decode()}, 404, "connection_not_found"),
        ],
    )
    def test_name_the_parameter(
        self, http: httpx2.Client, upload: Callable[..., str], params: dict[str, str], status: int, code: str
    ) -> None:
        """Whoever has no moderation cannot be asked for it."""
        if params["moderation"] == "azure-one":
            connect(http, "https://name.openai.azure.com", "azure-one", kind="azure")
        if params["moderation"] == "another-tunery":
            connect(http, "https://tunery.example", "another-tunery", preset="tunery")

        answer = http.get(f"/api/v1/datasets/{upload(*ROWS[:10])}/report", params={"model": MODEL} | params)

        assert (answer.status_code, answer.json()["code"], answer.json()["param"]) == (status, code, "moderation")

    def test_a_strangers_connection_is_absent(
        self, http: httpx2.Client, upload: Callable[..., str], resources: Resources, moderation: Moderation
    ) -> None:
        """Another organization's connection cannot be used by its id or its name."""
        stranger = new_tenant(resources, name="Stranger")
        headers = {"authorization": f"Bearer {stranger.api_key}"}
        with httpx2.Client(base_url=http.base_url, headers=headers, trust_env=False) as theirs:
            made = connect(theirs, moderation.provider.base_url, "theirs")

        url = f"/api/v1/datasets/{upload(*ROWS[:10])}/report"
        answers = [http.get(url, params={"model": MODEL, "moderation": made[key]}) for key in ("id", "name")]

        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (404, "connection_not_found")
        ] * 2

    def test_a_refused_key_is_not_tried_again(
        self, http: httpx2.Client, drain: Drain, upload: Callable[..., str], moderation: Moderation
    ) -> None:
        """A connection whose key was refused cannot be asked before it has another one."""
        moderation.provider.replies["/v1/models"] = reply({"error": {"message": "No such key"}}, 401)
        made = connect(http, moderation.provider.base_url, "revoked")
        http.post(f"/api/v1/connections/{made['id']}/test")
        url, asked = f"/api/v1/datasets/{upload(*ROWS[:10])}/report", {"model": MODEL, "moderation": "revoked"}

        refused = http.get(url, params=asked)
        http.patch(f"/api/v1/connections/{made['id']}", json={"secret": SECRET})
        accepted = http.get(url, params=asked)
        drain()

        assert (refused.status_code, refused.json()["code"]) == (400, "moderation_unavailable")
        assert "Put a valid one into it" in refused.json()["detail"]
        assert accepted.status_code == 202

    def test_moderation_alone_is_no_question(
        self, http: httpx2.Client, upload: Callable[..., str], connection: str
    ) -> None:
        """A report is for a model; without one nothing is judged."""
        answer = http.get(f"/api/v1/datasets/{upload(*ROWS[:10])}/report", params={"moderation": connection})

        assert (answer.status_code, answer.json()["param"]) == (400, "model")

    def test_so_few_at_a_time(
        self, http: httpx2.Client, drain: Drain, upload: Callable[..., str], connection: str
    ) -> None:
        """A project has two reports with moderation in work, which wait for others; plain ones do not wait for them."""
        url, asked = f"/api/v1/datasets/{upload(*ROWS[:10])}/report", {"moderation": connection}

        moderated = [http.get(url, params=asked | {"model": f"gpt-{n}"}).status_code for n in range(3)]
        plain = http.get(url, params={"model": "gpt-2"}).status_code
        drain()

        assert (moderated, plain) == ([202, 202, 429], 202)
        assert http.get(url, params=asked | {"model": "gpt-2"}).status_code == 202
        drain()
