"""Checks of files with so many rows that what is kept of them lies on disk."""

import io

import httpx2
import openai

from shared.settings import Settings
from tests.fixtures.drain import Drain

ROW = (
    b'{"messages": [{"role": "user", "content": "How far is it to the town number %d?"}, '
    b'{"role": "assistant", "content": "It is %d miles."}]}\n'
)
N_ROWS = 135_000
"""More than are held in memory."""


class TestScratch:
    def test_is_in_the_data_folder(
        self, client: openai.OpenAI, http: httpx2.Client, drain: Drain, base_settings: Settings
    ) -> None:
        """Rows that are the same are found far apart, with nothing left of what was written to find them."""
        data = b"".join([ROW % (number, number) for number in range(N_ROWS)]) + ROW % (7, 7)
        file_id = client.files.create(file=("train.jsonl", io.BytesIO(data)), purpose="fine-tune").id

        drain()

        report = http.get(f"/api/v1/datasets/{file_id}/report").json()
        (repeated,) = (code for code in report["report"]["codes"] if code["code"] == "duplicate_exact")
        assert [(sample["line"], sample["detail"]["other_line"]) for sample in repeated["samples"]] == [(N_ROWS + 1, 8)]
        assert list((base_settings.data_dir / "scratch").iterdir()) == []
