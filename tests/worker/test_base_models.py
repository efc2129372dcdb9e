"""Bases of engine models made ready for counting tokens."""

import io
from pathlib import Path

import httpx2
import openai
import pytest

from shared.engine.prepare import EXIT_FAILED, main
from shared.settings import Settings
from tests.api.datasets import good_file
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite


@pytest.fixture
def base_settings(base_settings: Settings) -> Settings:
    """Beside the tiny model, one whose package is not installed."""
    models = base_settings.base_models | {"absent": "package:no_such_package"}
    return base_settings.model_copy(update={"base_models": models})


@on_sqlite
class TestChecks:
    def test_are_estimated_where_a_base_cannot_be_prepared(
        self, client: openai.OpenAI, http: httpx2.Client, drain: Drain, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A base that cannot be had leaves an estimate and a line in the log, and the check ends all the same."""
        file_id = client.files.create(file=("a.jsonl", io.BytesIO(good_file())), purpose="fine-tune").id
        path = f"/api/v1/datasets/{file_id}/report"
        http.get(path, params={"model": "absent"})
        drain()

        report = http.get(path, params={"model": "absent"}).json()
        assert report["facts"]["tokens"]["estimate_reasons"] == ["model"]
        assert "'no_such_package', which ships a base model, is not installed" in caplog.text


class TestPrepare:
    def test_ends_well_for_a_base_that_is_ready(self, tiny_model: Path, tmp_path: Path) -> None:
        """A folder is used as it is."""
        assert main(str(tiny_model), tmp_path) == 0

    def test_says_why_it_cannot(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A failure is told in one line."""
        assert main(str(tmp_path / "nowhere"), tmp_path) == EXIT_FAILED
        assert capsys.readouterr().err.startswith("base_model_unavailable: ")
