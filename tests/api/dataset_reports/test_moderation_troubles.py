"""What becomes of rows that a moderation service does not judge, whatever it does wrong."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sqlmodel import col, update

from shared.datasets.pipeline.tables import DatasetCheck
from shared.datasets.pipeline.unjudged import LASTS_SECONDS
from shared.db.session import Database
from tests.api.dataset_reports.asked import MODEL, ROWS, RUDE, codes_of, connect
from tests.fixtures.drain import Drain
from tests.fixtures.moderation import Moderation
from tests.fixtures.provider import Reply, reply
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

UNAVAILABLE = reply({"error": {"message": "overloaded: You are a fool.", "type": "server_error"}}, 503)
"It quotes what it was sent."


class TestTrouble:
    """What the service does wrong leaves rows without a judgement, and never fails the report."""

    def test_of_some_rows(
        self, judge: Callable[..., dict[str, Any]], moderation: Moderation, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Rows whose request the service refuses are counted with the reason, the others judged; no text is told."""
        moderation.next.extend([reply({"error": {"message": "Bad input: You are a fool."}}, 400)])

        document = judge(RUDE, *ROWS, RUDE)

        section = document["facts"]["moderation"]
        told = codes_of(document)["moderation_incomplete"]
        reason = "The moderation service refused the request (400)."
        assert (section["n_judged"], section["n_flagged"], section["reasons"]) == (30, 1, {reason: 32})
        assert told["samples"][0]["message"] == f"Not judged by moderation: 32 of 62 rows. {reason}"
        assert (told["severity"], document["verdict"]["blocking"]) == ("warning", [])
        assert "fool" not in json.dumps(told) + caplog.text
        assert "moderation.failed" in caplog.text

    def test_that_passes(self, judge: Callable[..., dict[str, Any]], moderation: Moderation) -> None:
        """A 429 or 503 is tried again when the service says so, and all rows are judged."""
        limited = reply({"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}, 429, retry_after_ms="20")
        moderation.next.extend([limited, UNAVAILABLE, limited])

        document = judge(*ROWS, RUDE)

        assert document["facts"]["moderation"]["n_judged"] == 61
        assert "moderation_incomplete" not in codes_of(document)
        assert len(moderation.asked) == 5

    @pytest.mark.parametrize(
        ("answer", "ending"),
        [
            (reply({"error": {"message": "Key?"}}, 401), ("The moderation service refused the key (401).", 1)),
            (reply({"error": {}}, 404), ("There is no moderation at the address that was asked (404).", 1)),
            (
                reply({"error": {"code": "insufficient_quota"}}, 429),
                ("The quota for the moderation service is used up (429).", 1),
            ),
            (
                reply({"error": {}}, 429, retry_after="0"),
                ("The moderation service took no more requests for now (429).", 30),
            ),
            (reply({"error": {}}, 500, retry_after="0"), ("The moderation service failed (500).", 9)),
            (
                reply({"results": [{"flagged": "maybe"}]}),
                ("The upstream's answer is not of a moderation's form. Is its base URL the right one?", 3),
            ),
            (Reply(pieces=(b"\xff<html>",)), ("The upstream's answer is not of a moderation's form.", 3)),
            (Reply(pieces=(b'{"x":' + b"[" * 100_000,)), ("The upstream's answer is not of a moderation's form.", 3)),
            (reply({"results": []}), ("The upstream judged 0 texts where 32 were sent.", 3)),
            (
                reply({"error": {}}, 429, retry_after="1000"),
                ("The moderation service took no requests for the next 1,000 seconds.", 1),
            ),
        ],
    )
    def test_for_good(
        self, judge: Callable[..., dict[str, Any]], moderation: Moderation, answer: Reply, ending: tuple[str, int]
    ) -> None:
        """A service that is of no use is not asked for ever, and the report says in a sentence why nothing is known."""
        reason, n_asked = ending
        moderation.next.extend([answer] * 40)

        document = judge(*(ROWS * 3))

        section = document["facts"]["moderation"]
        assert (section["n_judged"], section["n_not_judged"]) == (0, 180)
        assert [told.startswith(reason) for told in section["reasons"]] == [True]
        assert len(moderation.asked) == n_asked

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (Reply(pieces=(b"[" * (5 << 20),)), "answered with more than was wanted"),
            (Reply(pieces=(b'{"results": [',), is_cut=True), "broke the connection off"),
        ],
    )
    def test_of_an_answer_that_does_not_end_well(
        self, judge: Callable[..., dict[str, Any]], moderation: Moderation, answer: Reply, words: str
    ) -> None:
        """An answer beyond all measure is not read, and a broken one not believed."""
        moderation.next.extend([answer] * 3)

        document = judge(*ROWS[:10])

        assert document["facts"]["moderation"]["reasons"] == {f"The upstream {words}.": 10}

    def test_with_the_connection_itself(
        self, http: httpx2.Client, drain: Drain, upload: Callable[..., str], moderation: Moderation
    ) -> None:
        """A connection that is deleted before the rows are read sends nothing, and the link to the report says so."""
        made = connect(http, moderation.provider.base_url, "short-lived")
        file_id = upload(*ROWS[:10])
        asked = {"model": MODEL, "moderation": made["id"]}
        http.get(f"/api/v1/datasets/{file_id}/report", params=asked)
        link = http.post(f"/api/v1/datasets/{file_id}/report/link", params=asked).json()["url"]

        http.delete(f"/api/v1/connections/{made['id']}")
        drain()

        page = httpx2.get(link, trust_env=False)
        assert (page.status_code, moderation.asked) == (200, [])
        assert "The connection was deleted" in page.text


class TestAgain:
    """Of a report whose rows the service did not judge."""

    @pytest.fixture
    def fail(
        self, upload: Callable[..., str], report: Callable[..., dict[str, Any]], moderation: Moderation, connection: str
    ) -> Callable[[Reply], str]:
        """Have a report made while the service answers so; its address."""

        def fail(answer: Reply) -> str:
            moderation.next.append(answer)
            file_id = upload(*ROWS[:20])
            report(file_id, moderation=connection)
            return f"/api/v1/datasets/{file_id}/report?model={MODEL}&moderation={connection}"

        return fail

    def test_a_failure_does_not_last(
        self,
        http: httpx2.Client,
        drain: Drain,
        database: Database,
        moderation: Moderation,
        fail: Callable[[Reply], str],
    ) -> None:
        """Whoever asks five minutes after the service failed gets a new report, and no sooner."""
        path = fail(reply({"error": {}}, 401))

        at_once = http.get(path).status_code
        let_time_pass(database)
        later = http.get(path).status_code
        drain()

        assert (at_once, later) == (200, 202)
        assert http.get(path).json()["facts"]["moderation"]["n_judged"] == 20
        assert len(moderation.asked) == 2

    def test_a_refusal_of_rows_lasts(
        self, http: httpx2.Client, database: Database, moderation: Moderation, fail: Callable[[Reply], str]
    ) -> None:
        """What the service would refuse again is not sent again."""
        path = fail(reply({"error": {}}, 400))

        let_time_pass(database)

        assert http.get(path).status_code == 200
        assert len(moderation.asked) == 1

    def test_a_deleted_connection_leaves_the_report(
        self, http: httpx2.Client, drain: Drain, database: Database, upload: Callable[..., str], moderation: Moderation
    ) -> None:
        """Where nobody can be asked any more, a link to the report shows what it was."""
        made = connect(http, moderation.provider.base_url, "deleted later")
        moderation.next.append(reply({"error": {}}, 401))
        asked = {"model": MODEL, "moderation": made["id"]}
        url = f"/api/v1/datasets/{upload(*ROWS[:20])}/report"
        http.get(url, params=asked)
        drain()
        link = http.post(f"{url}/link", params=asked).json()["url"]

        http.delete(f"/api/v1/connections/{made['id']}")
        let_time_pass(database)

        assert http.get(url, params=asked).json()["code"] == "connection_not_found"
        assert httpx2.get(link, trust_env=False).status_code == 200


def let_time_pass(database: Database) -> None:
    """Make all reports some minutes older."""
    with database.transaction() as session:
        session.execute(update(DatasetCheck).values(finished_at=col(DatasetCheck.finished_at) - LASTS_SECONDS))
