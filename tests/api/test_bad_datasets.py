"""Files that are taken and turn out to be wrong: the file says so, and a job on it fails and names the lines."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.api.datasets import chat_row, good_file, jsonl
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite

JOBS = "/v1/fine_tuning/jobs"

GOOD_ROWS = [chat_row(str(number)) for number in range(10)]
NESTED = b'{"messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
NO_ASSISTANT = {"messages": [{"role": "user", "content": "Anybody there?"}]}
NAN = b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":NaN}]}'
TWICE = b'{"messages":[],"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}'
LONG = json.dumps(chat_row("x" * (10 << 20))).encode()


def line_11(name: str, line: bytes | dict[str, Any], *words: str) -> Any:
    return pytest.param(jsonl(*GOOD_ROWS, line), ("line 11", *words), id=name)


WRONG_LINES = [
    line_11("not JSON", b"question,answer"),
    line_11("truncated", b'{"messages":[{"role":"user"', "cut off"),
    line_11("a row without assistant", NO_ASSISTANT, "assistant"),
    line_11("a single line of 10 MB", LONG, "longer than"),
    line_11("100,000 levels", NESTED, "nested deeper"),
    line_11("NaN", NAN, "nan"),
    line_11("a duplicate key", TWICE, "messages", "twice"),
    line_11("not UTF-8", b'{"messages":[{"role":"user","content":"\xff"}]}', "utf-8"),
    line_11("an array", b"[1]", "object"),
    line_11("no messages", {"temperature": 1}, "messages"),
    pytest.param(jsonl(*GOOD_ROWS, {"prompt": "a", "completion": "b"}), ("completion",), id="another kind of row"),
]
WRONG_FILES = [
    pytest.param(jsonl(*GOOD_ROWS).decode().encode("utf-16"), ("utf-16",), id="UTF-16"),
    pytest.param(json.dumps(GOOD_ROWS).encode(), ("json array",), id="one JSON array"),
    pytest.param(b"question,answer\n1,2\n", ("line 1",), id="CSV"),
    pytest.param(b"\x1f\x8b\x08\0" + b"\0" * 100, ("gzip",), id="gzip"),
    pytest.param(b"\n\n\n", ("empty",), id="only line breaks"),
    pytest.param(b"\xef\xbb\xbf", ("empty",), id="only a byte order mark"),
]


@pytest.fixture
def upload(http: httpx2.Client) -> Callable[[bytes], str]:
    """Upload bytes as training data; the file's id."""

    def upload(data: bytes) -> str:
        response = http.post("/v1/files", content=form(PURPOSE, file_part(data)), headers=CONTENT_TYPE)
        assert response.status_code == 200
        file_id: str = response.json()["id"]
        return file_id

    return upload


def create(http: httpx2.Client, file_id: str, **fields: Any) -> str:
    job_id: str = http.post(JOBS, json={"model": "tiny", "training_file": file_id} | fields).json()["id"]
    return job_id


@on_sqlite
class TestWrongFiles:
    @pytest.mark.parametrize(("data", "words"), WRONG_LINES + WRONG_FILES)
    def test_file_and_job_say_what_is_wrong(
        self, http: httpx2.Client, upload: Callable[[bytes], str], drain: Drain, data: bytes, words: tuple[str, ...]
    ) -> None:
        """A file nobody can train on ends as `error`, a job on it as `failed`; both name the line and the fault."""
        file_id = upload(data)
        job_id = create(http, file_id)

        drain()

        file, job = http.get(f"/v1/files/{file_id}").json(), http.get(f"{JOBS}/{job_id}").json()
        assert (file["status"], job["status"]) == ("error", "failed")
        assert (job["error"]["code"], job["error"]["param"]) == ("invalid_training_file", "training_file")
        for text in (file["status_details"], job["error"]["message"]):
            assert [word for word in words if word not in text.lower()] == [], text
            assert len(text) < 2000


class TestFailures:
    def test_nine_rows_are_too_few(self, http: httpx2.Client, upload: Callable[[bytes], str], drain: Drain) -> None:
        """A file of nine good rows is a good file, and no job can train on it."""
        file_id = upload(good_file(rows=9))
        job_id = create(http, file_id)

        drain()

        job = http.get(f"{JOBS}/{job_id}").json()
        assert http.get(f"/v1/files/{file_id}").json()["status"] == "processed"
        assert (job["status"], job["error"]["code"]) == ("failed", "invalid_n_examples")
        assert job["error"]["message"] == "Training file has 9 example(s), but must have at least 10 examples."

    def test_data_of_another_method_is_refused(
        self, http: httpx2.Client, upload: Callable[[bytes], str], drain: Drain
    ) -> None:
        """Preference data is a sound file, and a supervised job on it fails, saying which data it needs."""
        rows = [
            {
                "input": {"messages": [{"role": "user", "content": f"Question {number}?"}]},
                "preferred_output": [{"role": "assistant", "content": f"Yes, {number}."}],
                "non_preferred_output": [{"role": "assistant", "content": f"No, not {number}."}],
            }
            for number in range(12)
        ]
        file_id = upload(jsonl(*rows))
        job_id = create(http, file_id)

        drain()

        assert http.get(f"/v1/files/{file_id}").json()["status"] == "processed"
        error = http.get(f"{JOBS}/{job_id}").json()["error"]
        assert (error["code"], error["param"]) == ("invalid_training_file", "training_file")
        assert "supervised" in error["message"]

    def test_every_wrong_line_is_reported(
        self, http: httpx2.Client, upload: Callable[[bytes], str], drain: Drain
    ) -> None:
        """The report counts all wrong lines, and the job's error names the first of them."""
        file_id = upload(jsonl(*GOOD_ROWS, *[NO_ASSISTANT] * 40))

        drain()

        report = http.get(f"/api/v1/datasets/{file_id}/report").json()
        details = http.get(f"/v1/files/{file_id}").json()["status_details"]
        assert (report["n_examples"], report["n_errors"]) == (10, 40)
        assert "40 invalid lines of 50" in details
        assert "line 11" in details

    def test_the_validation_file_is_checked_too(
        self, http: httpx2.Client, upload: Callable[[bytes], str], drain: Drain
    ) -> None:
        """A job whose validation file is wrong fails and says that it is that file."""
        job_id = create(http, upload(good_file()), validation_file=upload(jsonl(NO_ASSISTANT)))

        drain()

        error = http.get(f"{JOBS}/{job_id}").json()["error"]
        assert (error["code"], error["param"]) == ("invalid_validation_file", "validation_file")

    def test_a_failed_job_tells_its_story(
        self, http: httpx2.Client, upload: Callable[[bytes], str], drain: Drain
    ) -> None:
        """A failed job has an end, an error event as its last, no model and no results."""
        job_id = create(http, upload(jsonl(b"nope")))

        drain()

        job = http.get(f"{JOBS}/{job_id}").json()
        last = http.get(f"{JOBS}/{job_id}/events", params={"limit": 1}).json()["data"][0]
        assert (job["fine_tuned_model"], job["result_files"], job["trained_tokens"]) == (None, [], None)
        assert job["finished_at"] >= job["created_at"]
        assert last["level"] == "error"
        assert last["message"].startswith("The job failed due to ")
