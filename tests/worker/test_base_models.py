"""Bases of engine models made ready for counting tokens."""

import io
from pathlib import Path

import httpx2
import openai
import pytest
from sqlmodel import col, select, update

from shared.datasets.pipeline.tables import DatasetCheck
from shared.db.session import Database
from shared.engine.prepare import EXIT_FAILED, main
from shared.settings import Settings
from shared.tasks import Work
from tests.api.datasets import good_file
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite
from tests.fixtures.tiny_model import write_tiny_model


@pytest.fixture
def late_base(tmp_path: Path) -> Path:
    """The folder of a base that nobody has put there yet."""
    return tmp_path / "late"


@pytest.fixture
def base_settings(base_settings: Settings, late_base: Path) -> Settings:
    """Beside the tiny model, one whose package is not installed, and one whose folder is empty at first."""
    late_base.mkdir()
    models = base_settings.base_models | {"absent": "package:no_such_package", "late": str(late_base)}
    return base_settings.model_copy(update={"base_models": models})


def upload(client: openai.OpenAI) -> str:
    return client.files.create(file=("a.jsonl", io.BytesIO(good_file())), purpose="fine-tune").id


@on_sqlite
class TestChecks:
    def test_are_estimated_where_a_base_cannot_be_prepared(
        self, client: openai.OpenAI, http: httpx2.Client, drain: Drain, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A base that cannot be had leaves an estimate and a line in the log, and the check ends all the same."""
        path = f"/api/v1/datasets/{upload(client)}/report"
        http.get(path, params={"model": "absent"})
        drain()

        report = http.get(path, params={"model": "absent"}).json()
        assert report["facts"]["tokens"]["estimate_reasons"] == ["model"]
        assert "'no_such_package', which ships a base model, is not installed" in caplog.text


@on_sqlite
class TestEstimates:
    """Of a base that turns up after the report was made."""

    @pytest.fixture
    def estimated(self, client: openai.OpenAI, http: httpx2.Client, drain: Drain, database: Database) -> str:
        """The address of a report from a time when there was no tokenizer."""
        path = f"/api/v1/datasets/{upload(client)}/report?model=late"
        http.get(path)
        drain()
        with database.transaction() as session:
            session.execute(update(DatasetCheck).values(created_at=DatasetCheck.created_at - 60))
        return path

    def test_are_counted_once_the_base_is_there(
        self, http: httpx2.Client, drain: Drain, late_base: Path, estimated: str
    ) -> None:
        """Whoever asks again when the base has been prepared gets a new report with its own tokens, and keeps it."""
        before = http.get(estimated).json()
        write_tiny_model(late_base)

        statuses = [http.get(estimated).status_code]
        drain()
        statuses += [http.get(estimated).status_code for _ in range(2)]

        after = http.get(estimated).json()
        assert statuses == [202, 200, 200]
        assert [report["facts"]["tokens"]["tokenizer"] for report in (before, after)] == ["o200k_base", "late"]
        assert after["facts"]["tokens"]["is_exact"] is True

    def test_are_not_made_for_ever(self, http: httpx2.Client, drain: Drain, late_base: Path, estimated: str) -> None:
        """An estimate of a worker that lacks what the API has on its disk is made anew once and then taken."""
        write_tiny_model(late_base)
        again = http.get(estimated).status_code
        hidden = late_base.rename(late_base.with_name("hidden"))
        drain()
        hidden.rename(late_base)

        answer = http.get(estimated)

        assert (again, answer.status_code) == (202, 200)
        assert answer.json()["facts"]["tokens"]["tokenizer"] == "o200k_base"

    def test_stay_where_texts_were_sent_out(
        self, http: httpx2.Client, database: Database, late_base: Path, estimated: str
    ) -> None:
        """A report for which a moderation got every text is not made again for the sake of a count."""
        with database.transaction() as session:
            session.execute(update(DatasetCheck).values(moderation="conn_0"))
        write_tiny_model(late_base)

        assert http.get(estimated).status_code == 200

    def test_are_no_basis_for_a_job(
        self, client: openai.OpenAI, drain: Drain, database: Database, late_base: Path, estimated: str
    ) -> None:
        """A job that would be judged by an estimate has its files counted instead."""
        write_tiny_model(late_base)
        job = client.fine_tuning.jobs.create(model="late", training_file=estimated.split("/")[4])

        drain.only(Work.VALIDATE_JOB)

        client.fine_tuning.jobs.cancel(job.id)
        with database.reading() as session:
            [check] = session.exec(select(DatasetCheck).where(col(DatasetCheck.model) == "late"))
        assert check.report is not None
        assert check.report["facts"]["tokens"]["tokenizer"] == "late"


class TestPrepare:
    def test_ends_well_for_a_base_that_is_ready(self, tiny_model: Path, tmp_path: Path) -> None:
        """A folder is used as it is."""
        assert main(str(tiny_model), tmp_path) == 0

    def test_says_why_it_cannot(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A failure is told in one line."""
        assert main(str(tmp_path / "nowhere"), tmp_path) == EXIT_FAILED
        assert capsys.readouterr().err.startswith("base_model_unavailable: ")
