"""Rows as a model will see them, over HTTP."""

from collections.abc import Callable

import httpx2
import pytest

from tests.api.datasets import chat_row, jsonl
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.api.test_dataset_changes import assert_problem

TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
ROWS = [chat_row("Hi", "Yo"), b"{", b"", chat_row() | {"tools": [TOOL]}, chat_row("x" * 1_100_000)]


@pytest.fixture
def show(http: httpx2.Client) -> Callable[..., httpx2.Response]:
    """Ask for a line of a small file."""
    response = http.post("/v1/files", content=form(PURPOSE, file_part(jsonl(*ROWS))), headers=CONTENT_TYPE)
    path = f"/api/v1/datasets/{response.json()['id']}/rows"
    return lambda line, **query: http.get(f"{path}/{line}/rendered", params=query)


class TestRendered:
    def test_for_an_engine_model(self, show: Callable[..., httpx2.Response]) -> None:
        """The text is that of the model's template, each byte a token of the tiny model, the answer learned."""
        row = show(1, model="tiny").json()

        assert [segment["text"] for segment in row["segments"] if segment["trained"]] == ["Yo<|im_end|>"]
        assert "".join(segment["text"] for segment in row["segments"]).startswith("<|im_start|>user\nHi<|im_end|>")
        assert row["total"] == sum(len(segment["tokens"]) for segment in row["segments"])
        assert (row["line"], row["format"], row["trained"], row["truncated_at"]) == (1, "chat", 3, None)
        assert (row["is_exact"], row["limit_tokens"]) == (True, 512)

    def test_for_a_hosted_model(self, show: Callable[..., httpx2.Response]) -> None:
        """The count is shown with the ids of tiktoken, and a note says what is not published."""
        row = show(1, model="gpt-4o-mini").json()

        assert (row["tokenizer"], row["total"]) == ("o200k_base", 3 + 2 * 4 + 2)
        assert "not published" in row["note"]
        assert row["rejected"] is None

    @pytest.mark.parametrize(
        ("line", "status", "code"),
        [
            ("2", 422, "row_invalid"),
            ("3", 422, "row_invalid"),
            ("4", 422, "row_not_renderable"),
            ("5", 422, "row_invalid"),
            ("6", 404, "row_not_found"),
        ],
    )
    def test_refuses_what_cannot_be_shown(
        self, show: Callable[..., httpx2.Response], line: str, status: int, code: str
    ) -> None:
        """Broken, blank and giant lines, rows the template has no place for, and lines that are not there."""
        assert_problem(show(line, model="tiny"), status, code)

    @pytest.mark.parametrize("line", ["0", "-1", "one", "1.5", "99999999999999999999"])
    def test_refuses_what_is_no_line(self, show: Callable[..., httpx2.Response], line: str) -> None:
        """Lines are whole numbers from 1."""
        assert_problem(show(line, model="tiny"), 400, "invalid_value")

    def test_wants_a_model(self, show: Callable[..., httpx2.Response]) -> None:
        """Without a model there are no tokens to show."""
        assert_problem(show(1), 400, "missing_required_parameter")
        assert_problem(show(1, model=""), 400, "invalid_value")
        assert_problem(show(1, model="tiny", method="magic"), 400, "invalid_value")
