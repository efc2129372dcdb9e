"""The report tells what is at risk, what is safe and how answers agree, as a document and as a page."""

import re

import httpx2
import pytest

from api.pages.way_out.page import show_import_report
from shared.imports.tables import Import
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite
from tests.worker.imports.old_organization import OldOrganization

HOSTILE = "</style><script>alert(1)</script>"


@on_sqlite
class TestDocument:
    def test_what_is_safe(self, http: httpx2.Client, imported: Import, old_organization: OldOrganization) -> None:
        """A model that was imported has its history and its data here, and lacks answers and a successor."""
        report = http.get(f"/api/v1/imports/{imported.id}/report").json()["report"]

        model = report["at_risk"][0]
        assert (model["model"], model["base"]) == (old_organization.model, "tiny")
        assert (model["has_history"], model["has_data"], model["recordings"]) == (True, True, [])
        assert (report["rescued"]["file"]["copied"], report["rescued"]["job"]["copied"]) == (4, 2)
        assert report["training_ends"]["day"] == "2027-01-06"

    def test_progress(self, http: httpx2.Client, imported: Import) -> None:
        """An import that has ended is whole, and counts what it has copied."""
        answer = http.get(f"/api/v1/imports/{imported.id}").json()

        assert (answer["state"], answer["progress"], answer["step"], answer["error"]) == ("succeeded", 1.0, None, None)
        assert answer["counts"]["file"] == {"found": 0, "copied": 4, "waiting": 0, "failed": 0}

    @pytest.mark.training
    def test_old_beside_new(self, http: httpx2.Client, imported: Import, drain: Drain) -> None:
        """A model trained again is asked what the old one was asked, and their answers stand side by side."""
        root = f"/api/v1/imports/{imported.id}"
        http.post(f"{root}/record", json={"sample": 3})
        drain()
        job = http.get(f"{root}/report").json()["report"]["at_risk"][0]["job"]

        made = http.post(f"{root}/retrain", json={"job": job, "model": "tiny"}).json()
        assert "job" in made, made
        for _ in range(3):
            drain()
            drain.hasten()

        report = http.get(f"{root}/report").json()["report"]
        assert [each["status"] for each in report["retrainings"]] == ["succeeded"]
        assert report["at_risk"][0]["retrained_as"] == [made["job"]]
        # Here no model server runs, so the new model cannot be asked, and that is said.
        assert report["comparisons"][0]["error"]["message"].startswith("No model server is configured")


class TestPage:
    def test_hostile_names(self) -> None:
        """Whatever an upstream calls its objects is shown as text."""
        html = show_import_report(hostile_document()).body.decode()  # type: ignore[union-attr]

        assert "<script" not in html
        assert html.count("&lt;script&gt;") >= 8

    def test_never(self) -> None:
        """A model whose day is at the end of all time is in the table, and the line shows what is near."""
        document = hostile_document()
        document["at_risk"][0]["last_day"] = "9999-12-31"  # type: ignore[index]

        html = show_import_report(document).body.decode()  # type: ignore[union-attr]

        assert "9999-12-31" in html
        assert len(html) < 100_000

    def test_stands_alone(self) -> None:
        """The page loads nothing and runs nothing, and its headers forbid both."""
        response = show_import_report(hostile_document())

        html = response.body.decode()  # type: ignore[union-attr]
        assert re.findall(r"(?:src|href)=", html) == []
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert 'http-equiv="content-security-policy"' in html


def hostile_document() -> dict[str, object]:
    """A report in which every text of an upstream tries to break out."""
    model = {
        "model": HOSTILE, "base": HOSTILE, "created_at": 1, "last_day": "2027-01-14", "days_left": 20,
        "source": HOSTILE,
        "is_gone": False, "upstream_job": HOSTILE, "job": None, "has_history": False, "has_data": False,
        "recordings": [], "retrained_as": [],
    }  # fmt: skip
    figures = {
        "n": 1, "exact": 0.0, "normalised": 0.0, "n_with_reference": 1, "old_matches_reference": 0.0,
        "new_matches_reference": 1.0, "median_length_old": 1, "median_length_new": 2, "median_length_ratio": 2.0,
    }  # fmt: skip
    row = {"line": 1, "prompt": HOSTILE, "reference": HOSTILE, "old": HOSTILE, "new": HOSTILE, "agree": "no"}
    counts = {"found": 0, "copied": 1, "waiting": 0, "failed": 0}
    return {
        "import": "imp_1",
        "connection": {"id": "conn_1", "name": HOSTILE, "base_url": HOSTILE},
        "state": "succeeded",
        "as_of": 1_795_000_000,
        "training_ends": {"day": "2027-01-06", "days_left": 50, "source": HOSTILE},
        "summary": {
            "models": 1, "gone": 0, "at_risk": 1, "days_left": 20, "with_data": 0, "with_answers": 0, "retrained": 0,
        },
        "at_risk": [model],
        "rescued": dict.fromkeys(("file", "job", "checkpoint", "model"), counts) | {"bytes": 10, "events": 3},
        "problems": [{"kind": "file", "upstream_id": HOSTILE, "code": "x", "reason": HOSTILE}],
        "recordings": [],
        "retrainings": [],
        "comparisons": [
            {"old_model": HOSTILE, "new_model": HOSTILE, "state": "succeeded", "error": None, "figures": figures,
             "rows": [row]}
        ],
    }  # fmt: skip
