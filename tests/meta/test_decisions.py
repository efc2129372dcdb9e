"""The decision records: whole, numbered, and true where a record quotes the code."""

import re
from pathlib import Path

from shared.broker import celery_app
from shared.settings import Settings
from tests.meta.documents import ROOT, in_code, read, table_rows

_PARTS = ["Context", "Decision", "Consequences", "Alternatives", "What enforces it"]


class TestRecords:
    def test_parts(self) -> None:
        """Every decision record has its context, decision, consequences, alternatives and enforcement."""
        found = {page.name: re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE) for page in _decisions()}

        assert found == {page.name: _PARTS for page in _decisions()}

    def test_numbers(self) -> None:
        """Decision records are numbered from 1 without a gap, and their titles carry the number of their file."""
        titles = [page.read_text(encoding="utf-8").splitlines()[0] for page in _decisions()]

        assert [title.split(".")[0] for title in titles] == [f"# {int(page.name[:4])}" for page in _decisions()]
        assert [int(page.name[:4]) for page in _decisions()] == list(range(1, len(_decisions()) + 1))

    def test_celery_settings(self) -> None:
        """The record of the doorbell gives every Celery setting that the code makes, with its value."""
        documented = {
            in_code(row[0]): in_code(row[1]) for row in table_rows(read("docs/decisions/0003-rows-are-the-truth.md"))
        }
        made = re.findall(r"^ {8}(\w+)=", read("shared/broker.py"), re.MULTILINE)

        conf = celery_app(Settings()).conf

        values = {name: conf[name] for name in made} | conf["broker_transport_options"]
        del values["broker_transport_options"]
        assert documented == {name: repr(value) for name, value in values.items()}


def _decisions() -> list[Path]:
    return sorted((ROOT / "docs/decisions").glob("*.md"))
