"""client.uploads: announce, send parts, complete, cancel, and the helper that does all of it."""

import hashlib
import random
from functools import partial
from pathlib import Path

import openai
import pytest
from openai.types import Upload

from tests.api.datasets import good_file
from tests.fixtures.settings import on_sqlite
from tests.fixtures.together import run_together

DATA = good_file(rows=200)
PART_BYTES = 2000
PIECES = [DATA[start : start + PART_BYTES] for start in range(0, len(DATA), PART_BYTES)]
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest()


@pytest.fixture
def upload(client: openai.OpenAI) -> Upload:
    """An upload of DATA without a part."""
    return client.uploads.create(
        filename="train.jsonl", purpose="fine-tune", bytes=len(DATA), mime_type="application/jsonl"
    )


def send(client: openai.OpenAI, upload_id: str, data: bytes) -> str:
    return client.uploads.parts.create(upload_id, data=data).id


class TestUploads:
    def test_an_upload_is_announced(self, upload: Upload) -> None:
        """A new upload tells what was declared, waits for an hour and has no file."""
        assert upload.id.startswith("upload_")
        assert (upload.object, upload.status, upload.file) == ("upload", "pending", None)
        assert (upload.filename, upload.purpose, upload.bytes) == ("train.jsonl", "fine-tune", len(DATA))
        assert upload.expires_at == upload.created_at + 3600

    def test_a_part_is_described(self, client: openai.OpenAI, upload: Upload) -> None:
        """A part says which upload it belongs to."""
        part = client.uploads.parts.create(upload.id, data=PIECES[0])

        assert part.id.startswith("part_")
        assert (part.object, part.upload_id) == ("upload.part", upload.id)

    def test_parts_in_any_order_make_one_file(self, client: openai.OpenAI, upload: Upload) -> None:
        """Parts count in the order in which completing names them, not in the one they came in."""
        numbers = list(range(len(PIECES)))
        random.Random(1).shuffle(numbers)
        sent = {number: send(client, upload.id, PIECES[number]) for number in numbers}

        done = client.uploads.complete(upload.id, part_ids=[sent[number] for number in sorted(sent)])

        assert done.status == "completed"
        assert done.file is not None
        assert (done.file.bytes, done.file.filename, done.file.status) == (len(DATA), "train.jsonl", "uploaded")
        assert client.files.retrieve(done.file.id) == done.file
        assert client.files.content(done.file.id).read() == DATA

    def test_parts_side_by_side(self, client: openai.OpenAI, upload: Upload) -> None:
        """Parts may be sent at the same moment."""
        sent = run_together([partial(send, client, upload.id, piece) for piece in PIECES])

        done = client.uploads.complete(upload.id, part_ids=sent, md5=MD5)

        assert done.file is not None
        assert client.files.content(done.file.id).read() == DATA

    def test_a_part_sent_twice_counts_once(self, client: openai.OpenAI, upload: Upload) -> None:
        """A part whose answer was lost can be sent again; the one that is named counts."""
        send(client, upload.id, PIECES[0])
        sent = [send(client, upload.id, piece) for piece in PIECES]

        done = client.uploads.complete(upload.id, part_ids=sent)

        assert done.file is not None
        assert done.file.bytes == len(DATA)

    @on_sqlite
    def test_the_digest_is_checked(self, client: openai.OpenAI, upload: Upload) -> None:
        """A wrong MD5 is refused and the right one, in either case, is accepted afterwards."""
        sent = [send(client, upload.id, piece) for piece in PIECES]

        with pytest.raises(openai.BadRequestError, match=MD5) as raised:
            client.uploads.complete(upload.id, part_ids=sent, md5="0" * 32)
        done = client.uploads.complete(upload.id, part_ids=sent, md5=MD5.upper())

        assert raised.value.param == "md5"
        assert done.status == "completed"

    def test_a_cancelled_upload_takes_no_parts(self, client: openai.OpenAI, upload: Upload) -> None:
        """Cancelling ends an upload without a file."""
        part_id = send(client, upload.id, PIECES[0])

        cancelled = client.uploads.cancel(upload.id)

        assert (cancelled.status, cancelled.file) == ("cancelled", None)
        with pytest.raises(openai.BadRequestError):
            send(client, upload.id, PIECES[1])
        with pytest.raises(openai.BadRequestError):
            client.uploads.complete(upload.id, part_ids=[part_id])
        assert list(client.files.list()) == []


@on_sqlite
class TestChunkedUploads:
    def test_bytes_in_small_parts(self, client: openai.OpenAI) -> None:
        """The SDK's helper sends bytes as parts of any size, and the file is whole."""
        done = client.uploads.upload_file_chunked(
            file=DATA,
            filename="train.jsonl",
            bytes=len(DATA),
            mime_type="application/jsonl",
            purpose="fine-tune",
            part_size=1024,
            md5=MD5,
        )

        assert done.file is not None
        assert client.files.content(done.file.id).read() == DATA

    def test_a_file_from_disk(self, client: openai.OpenAI, tmp_path: Path) -> None:
        """A path is all the helper needs; the file is listed like any other."""
        path = tmp_path / "train.jsonl"
        path.write_bytes(DATA)

        done = client.uploads.upload_file_chunked(
            file=path, mime_type="application/jsonl", purpose="fine-tune", part_size=5000
        )

        assert done.file is not None
        assert [file.id for file in client.files.list(purpose="fine-tune")] == [done.file.id]
