"""client.files: upload, list, look, read, delete, wait."""

import io
import threading
from pathlib import Path

import openai
import pytest
from openai._types import FileTypes

from tests.api.datasets import good_file, jsonl
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite


def upload(client: openai.OpenAI, name: str = "train.jsonl", purpose: str = "fine-tune") -> str:
    return client.files.create(file=(name, good_file()), purpose=purpose).id  # type: ignore[arg-type]  # any purpose of the wire


class TestCreating:
    def test_a_file_is_described(self, client: openai.OpenAI) -> None:
        """Creating a file answers all that the wire tells of one."""
        file = client.files.create(file=("train.jsonl", good_file()), purpose="fine-tune")

        assert file.id.startswith("file-")
        assert (file.object, file.filename, file.bytes) == ("file", "train.jsonl", len(good_file()))
        assert (file.purpose, file.status, file.expires_at) == ("fine-tune", "uploaded", None)
        assert file._request_id is not None

    @on_sqlite
    def test_every_way_to_name_a_file(self, client: openai.OpenAI, tmp_path: Path) -> None:
        """Bytes, a path and an open file arrive alike; bare bytes are called `upload`."""
        path = tmp_path / "train.jsonl"
        path.write_bytes(good_file())

        ways: list[FileTypes] = [good_file(), path, ("other.jsonl", io.BytesIO(good_file()))]
        files = [client.files.create(file=file, purpose="fine-tune") for file in ways]

        assert [file.filename for file in files] == ["upload", "train.jsonl", "other.jsonl"]
        assert [client.files.content(file.id).read() for file in files] == [good_file()] * 3

    @on_sqlite
    def test_a_file_may_expire(self, client: openai.OpenAI) -> None:
        """`expires_after` gives a file its last second."""
        expiry: openai.types.file_create_params.ExpiresAfter = {"anchor": "created_at", "seconds": 3600}

        file = client.files.create(file=good_file(), purpose="fine-tune", expires_after=expiry)

        assert file.expires_at == file.created_at + 3600

    @on_sqlite
    @pytest.mark.parametrize("purpose", ["assistants", "batch", "fine-tune", "vision", "user_data"])
    def test_every_purpose_that_clients_can_read_back(self, client: openai.OpenAI, purpose: str) -> None:
        """A file is kept and given back for any purpose of the wire."""
        assert client.files.retrieve(upload(client, purpose=purpose)).purpose == purpose


class TestListing:
    def test_pages_follow_one_another(self, client: openai.OpenAI) -> None:
        """The SDK pages through all files, newest first, each once."""
        made = [upload(client) for _ in range(7)]

        listed = [file.id for file in client.files.list(limit=3)]

        assert listed == list(reversed(made))

    def test_the_other_way_round(self, client: openai.OpenAI) -> None:
        """`order="asc"` pages from the oldest on."""
        made = [upload(client) for _ in range(5)]

        assert [file.id for file in client.files.list(limit=2, order="asc")] == made

    def test_a_page_says_where_it_ends(self, client: openai.OpenAI) -> None:
        """A page names its first and last id and whether others follow."""
        first, second, third = (upload(client) for _ in range(3))

        page = client.files.list(limit=2).to_dict()
        rest = client.files.list(limit=2, after=second).to_dict()

        assert (page["first_id"], page["last_id"], page["has_more"]) == (third, second, True)
        assert (rest["first_id"], rest["last_id"], rest["has_more"]) == (first, first, False)

    def test_only_one_purpose(self, client: openai.OpenAI) -> None:
        """`purpose` leaves out all other files, on every page."""
        made = [upload(client, purpose=purpose) for purpose in ("batch", "fine-tune", "batch", "vision", "batch")]

        assert [file.id for file in client.files.list(purpose="batch", order="asc", limit=2)] == made[::2]

    def test_a_page_after_a_deleted_file(self, client: openai.OpenAI) -> None:
        """A file deleted while a client pages is still a place to go on from."""
        first, second, third = (upload(client) for _ in range(3))
        client.files.delete(second)

        assert [file.id for file in client.files.list(after=second)] == [first]
        assert [file.id for file in client.files.list(after=second, order="asc")] == [third]


class TestReading:
    def test_a_file_is_found_by_its_id(self, client: openai.OpenAI) -> None:
        """Retrieving gives what creating gave."""
        created = client.files.create(file=("train.jsonl", good_file()), purpose="fine-tune")

        assert client.files.retrieve(created.id) == created

    @on_sqlite
    def test_content_is_what_was_sent(self, client: openai.OpenAI, tmp_path: Path) -> None:
        """Several megabytes come back byte for byte, read at once, streamed or written to a file."""
        data = jsonl({"messages": [{"role": "user", "content": "x" * (5 << 20)}]})
        file_id = client.files.create(file=data, purpose="fine-tune").id

        client.files.content(file_id).write_to_file(tmp_path / "copy.jsonl")

        assert client.files.content(file_id).read() == data
        assert b"".join(client.files.content(file_id).iter_bytes()) == data
        assert (tmp_path / "copy.jsonl").read_bytes() == data

    @on_sqlite
    def test_the_deprecated_way_to_read(self, client: openai.OpenAI) -> None:
        """`retrieve_content` of older scripts gives the content as text."""
        file_id = upload(client)

        with pytest.warns(DeprecationWarning, match="content"):
            content = client.files.retrieve_content(file_id)

        assert content == good_file().decode()

    def test_an_unknown_file(self, client: openai.OpenAI) -> None:
        """A file that is not there is a NotFoundError with everything the SDK shows of an error."""
        with pytest.raises(openai.NotFoundError) as raised:
            client.files.retrieve("file-0000000000000000000000")

        error = raised.value
        assert (error.status_code, error.type, error.param) == (404, "invalid_request_error", "id")
        assert "file-0000000000000000000000" in error.message
        assert error.request_id is not None


class TestDeleting:
    def test_a_deleted_file_is_gone(self, client: openai.OpenAI) -> None:
        """Deleting says so, and from then on the file is nowhere."""
        file_id = upload(client)

        deleted = client.files.delete(file_id)

        assert (deleted.id, deleted.object, deleted.deleted) == (file_id, "file", True)
        assert list(client.files.list()) == []
        for call in (client.files.retrieve, client.files.delete, client.files.content):
            with pytest.raises(openai.NotFoundError):
                call(file_id)


class TestWaiting:
    @pytest.mark.parametrize(("data", "status"), [(good_file(), "processed"), (b"nope\n", "error")])
    def test_a_file_is_checked_while_a_client_waits(
        self, client: openai.OpenAI, drain: Drain, data: bytes, status: str
    ) -> None:
        """`wait_for_processing` returns once the lines have been checked, for good files and for bad ones."""
        file_id = client.files.create(file=data, purpose="fine-tune").id
        worker = threading.Thread(target=drain)
        worker.start()

        file = client.files.wait_for_processing(file_id, poll_interval=0.02, max_wait_seconds=20)

        worker.join()
        assert file.status == status
        assert ("line 1" in (file.status_details or "")) is (status == "error")
