"""New files out of files over HTTP: asked for, done by the data worker, described, and refused where it must be."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from shared.ids import Prefix, new_id
from tests.api.datasets import chat_row, good_file, jsonl
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.fixtures.drain import Drain

Upload = Callable[[bytes], str]
DATASETS = "/api/v1/datasets"


@pytest.fixture
def upload(http: httpx2.Client) -> Upload:
    """Upload bytes as training data; the file's id."""

    def upload(data: bytes) -> str:
        response = http.post("/v1/files", content=form(PURPOSE, file_part(data)), headers=CONTENT_TYPE)
        file_id: str = response.json()["id"]
        return file_id

    return upload


@pytest.fixture
def done(http: httpx2.Client, drain: Drain) -> Callable[..., dict[str, Any]]:
    """Ask for an operation and have it done; what it has become."""

    def done(path: str, **body: Any) -> dict[str, Any]:
        asked = http.post(f"{DATASETS}/{path}", json=body)
        assert asked.status_code == 202, asked.text
        assert asked.json()["state"] == "queued"
        drain()
        ended: dict[str, Any] = http.get(f"{DATASETS}/operations/{asked.json()['id']}").json()
        return ended

    return done


def lines_of(http: httpx2.Client, file_id: str) -> list[bytes]:
    return http.get(f"/v1/files/{file_id}/content").content.splitlines()


def assert_problem(response: httpx2.Response, status: int, code: str) -> None:
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (status, code)


class TestSplit:
    def test_makes_two_checked_files(
        self, http: httpx2.Client, upload: Upload, done: Callable[..., dict[str, Any]]
    ) -> None:
        """A split ends with two files that were checked like uploads, named after their parent."""
        file_id = upload(good_file(20))

        ended = done(f"{file_id}/split", validation_rows=5, seed=1, filename="sums.jsonl")

        files = ended["result"]["files"]
        training, validation = (http.get(f"/v1/files/{files[side]}").json() for side in ("training", "validation"))
        assert (ended["state"], ended["progress"]) == ("succeeded", 1.0)
        assert (training["filename"], validation["filename"]) == ("sums-training.jsonl", "sums-validation.jsonl")
        assert training["status"] == validation["status"] == "processed"
        assert (len(lines_of(http, training["id"])), len(lines_of(http, validation["id"]))) == (15, 5)

    def test_is_remembered_by_parent_and_children(
        self, http: httpx2.Client, upload: Upload, done: Callable[..., dict[str, Any]]
    ) -> None:
        """The lineage of a file tells what it was made of, and that of its parent what was made of it."""
        file_id = upload(good_file(20))
        ended = done(f"{file_id}/split")
        child_id = ended["result"]["files"]["validation"]

        child, parent = (http.get(f"{DATASETS}/{name}/lineage").json() for name in (child_id, file_id))

        assert (child["kind"], [one["file_id"] for one in child["parents"]]) == ("split", [file_id])
        assert child["detail"]["operation"] == ended["id"]
        assert (parent["kind"], parent["parents"]) == (None, [])
        assert {one["file_id"] for one in parent["children"]} == set(ended["result"]["files"].values())


class TestFixes:
    def test_make_a_version_and_a_list_of_changes(
        self, http: httpx2.Client, upload: Upload, done: Callable[..., dict[str, Any]]
    ) -> None:
        """Fixes leave the file as it is, and make a sound one beside it with the lines that were changed."""
        file_id = upload(good_file(10) + jsonl(chat_row() | {"id": 1}, chat_row("a", "b ")))

        ended = done(f"{file_id}/fixes")

        fixed, changes = (ended["result"]["files"][role] for role in ("fixed", "changes"))
        told = [(change["line"], change["codes"]) for change in map(json.loads, lines_of(http, changes))]
        assert http.get(f"/v1/files/{file_id}").json()["status"] == "error"
        assert http.get(f"/v1/files/{fixed}").json()["status"] == "processed"
        assert told == [(11, ["unknown_top_level_key"]), (12, ["answer_edge_whitespace"])]

    def test_nothing_to_fix_makes_nothing(self, upload: Upload, done: Callable[..., dict[str, Any]]) -> None:
        """A sound file gets no new version."""
        ended = done(f"{upload(good_file(10))}/fixes", codes=["duplicate_exact"])

        assert (ended["state"], ended["result"]["is_changed"]) == ("succeeded", False)
        assert "files" not in ended["result"]


class TestMergeAndSample:
    def test_merge(self, http: httpx2.Client, upload: Upload, done: Callable[..., dict[str, Any]]) -> None:
        """Files become one, without the rows that were there before."""
        first, second = upload(good_file(10)), upload(good_file(12))

        ended = done("merge", files=[first, second], dedupe=True)

        assert ended["result"]["n_duplicates_left_out"] == 10
        assert len(lines_of(http, ended["result"]["files"]["merged"])) == 12

    def test_sample(self, http: httpx2.Client, upload: Upload, done: Callable[..., dict[str, Any]]) -> None:
        """A sample is a file with as many of the rows as were asked for."""
        ended = done(f"{upload(good_file(30))}/sample", rows=4)

        assert len(lines_of(http, ended["result"]["files"]["sample"])) == 4

    def test_formats_that_differ(self, upload: Upload, done: Callable[..., dict[str, Any]]) -> None:
        """A merge of two formats fails, makes nothing, and names both files."""
        first, second = upload(good_file(10)), upload(jsonl({"prompt": "a", "completion": "b"}))

        ended = done("merge", files=[first, second])

        assert (ended["state"], ended["result"], ended["error"]["code"]) == ("failed", None, "formats_differ")
        assert first in ended["error"]["message"]
        assert second in ended["error"]["message"]


class TestList:
    def test_newest_first_by_kind(
        self, http: httpx2.Client, upload: Upload, done: Callable[..., dict[str, Any]]
    ) -> None:
        """Operations are listed newest first, a page at a time, of one kind if wanted."""
        file_id = upload(good_file(20))
        older, newer = (done(f"{file_id}/sample", rows=rows)["id"] for rows in (1, 2))

        page = http.get(f"{DATASETS}/operations", params={"kind": "sample", "limit": 1}).json()
        rest = http.get(f"{DATASETS}/operations", params={"after": newer, "limit": 1}).json()

        assert ([one["id"] for one in page["data"]], page["has_more"]) == ([newer], True)
        assert [one["id"] for one in rest["data"]] == [older]


@pytest.mark.usefixtures("unchanged")
class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "body", "code"),
        [
            ("FILE/split", {"validation_share": 1}, "invalid_value"),
            ("FILE/split", {"validation_rows": 0}, "invalid_value"),
            ("FILE/split", {"seed": -1}, "invalid_value"),
            ("FILE/split", {"ratio": 0.1}, "unknown_parameter"),
            ("FILE/fixes", {"codes": ["duplicate_near"]}, "invalid_value"),
            ("FILE/fixes", {"codes": []}, "invalid_value"),
            ("FILE/sample", {}, "invalid_value"),
            ("FILE/sample", {"rows": 1, "share": 0.5}, "invalid_value"),
            ("merge", {"files": ["file-1"]}, "invalid_value"),
            ("merge", {}, "missing_required_parameter"),
        ],
    )
    def test_bodies(self, http: httpx2.Client, path: str, body: dict[str, Any], code: str) -> None:
        """A body that means nothing is refused before anything is kept."""
        path = path.replace("FILE", new_id(Prefix.FILE))

        assert_problem(http.post(f"{DATASETS}/{path}", json=body), 400, code)

    @pytest.mark.parametrize("path", ["split", "sample", "fixes"])
    def test_a_file_that_is_not_there(self, http: httpx2.Client, path: str) -> None:
        """No operation is begun on a file of which nothing is known."""
        response = http.post(f"{DATASETS}/{new_id(Prefix.FILE)}/{path}", json={"rows": 1} if path == "sample" else {})

        assert response.status_code == 404

    def test_an_operation_that_is_not_there(self, http: httpx2.Client) -> None:
        """An id that nobody has, and one that is none, are both a 404."""
        for operation_id in (new_id(Prefix.OPERATION), "nothing"):
            assert_problem(http.get(f"{DATASETS}/operations/{operation_id}"), 404, "operation_not_found")
