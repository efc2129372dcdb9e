"""Resumable uploads that are announced wrongly, sent wrongly, or ended twice."""

from typing import Any

import httpx2
import pytest

from shared import clock
from shared.resources import Resources
from shared.uploads.tables import Upload
from tests.api.answers import assert_refused
from tests.api.conftest import MAX_PART_BYTES
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.fixtures.settings import on_sqlite

UPLOADS = "/v1/uploads"
GOOD: dict[str, Any] = {"filename": "train.jsonl", "purpose": "fine-tune", "bytes": 10, "mime_type": "text/jsonl"}

WRONG = [
    pytest.param({"bytes": 0}, "bytes", id="no bytes"),
    pytest.param({"bytes": -1}, "bytes", id="negative bytes"),
    pytest.param({"bytes": (8 << 30) + 1}, "bytes", id="a byte over 8 GiB"),
    pytest.param({"bytes": 2**62}, "bytes", id="2 to the 62nd bytes"),
    pytest.param({"bytes": True}, "bytes", id="true bytes"),
    pytest.param({"bytes": "10"}, "bytes", id="bytes in quotes"),
    pytest.param({"purpose": "evals"}, "purpose", id="a purpose no client reads"),
    pytest.param({"purpose": None}, "purpose", id="a purpose of null"),
    pytest.param({"filename": ""}, "filename", id="no file name"),
    pytest.param({"filename": "x" * 256}, "filename", id="a file name of 256 characters"),
    pytest.param({"mime_type": "text/plain\r\nx: y"}, "mime_type", id="a type of two lines"),
    pytest.param({"expires_after": {"seconds": 3600}}, "expires_after.anchor", id="an expiry without anchor"),
    pytest.param({"expires_after": {"anchor": "created_at", "seconds": 1}}, "expires_after.seconds", id="a short life"),
    pytest.param({"part_size": 1}, "part_size", id="an unknown field"),
]


def announce(http: httpx2.Client, **fields: Any) -> str:
    made: str = http.post(UPLOADS, json=GOOD | fields).json()["id"]
    return made


def send_part(http: httpx2.Client, upload_id: str, data: bytes) -> httpx2.Response:
    return http.post(f"{UPLOADS}/{upload_id}/parts", content=form(file_part(data, name="data")), headers=CONTENT_TYPE)


def complete(http: httpx2.Client, upload_id: str, *part_ids: str, **fields: Any) -> httpx2.Response:
    return http.post(f"{UPLOADS}/{upload_id}/complete", json={"part_ids": list(part_ids)} | fields)


@pytest.fixture
def upload_id(http: httpx2.Client) -> str:
    """An upload of ten bytes that waits for its parts."""
    return announce(http)


@pytest.fixture
def part_id(http: httpx2.Client, upload_id: str) -> str:
    """All ten bytes of it."""
    sent: str = send_part(http, upload_id, b"0123456789").json()["id"]
    return sent


@on_sqlite
class TestAnnouncing:
    @pytest.mark.parametrize(("fields", "param"), WRONG)
    @pytest.mark.usefixtures("unchanged")
    def test_a_wrong_announcement_is_refused(self, http: httpx2.Client, fields: dict[str, Any], param: str) -> None:
        """An upload that could never become a file is refused before its first byte."""
        response = http.post(UPLOADS, json=GOOD | fields)

        assert_refused(response, 400, param=param)

    def test_a_file_name_is_a_label(self, http: httpx2.Client) -> None:
        """A path in a file name is cut off, as for files sent at once."""
        assert http.post(UPLOADS, json=GOOD | {"filename": "../../etc/passwd"}).json()["filename"] == "passwd"


@on_sqlite
@pytest.mark.usefixtures("upload_id", "unchanged")
class TestParts:
    def test_a_part_without_data(self, http: httpx2.Client, upload_id: str) -> None:
        """A part is sent as `data`."""
        response = http.post(f"{UPLOADS}/{upload_id}/parts", content=form(PURPOSE, file_part()), headers=CONTENT_TYPE)

        assert_refused(response, 400, code="missing_file", param="data")

    def test_a_part_that_is_cut_off(self, http: httpx2.Client, upload_id: str) -> None:
        """Half a part is no part."""
        body = form(file_part(name="data"), is_closed=False)

        response = http.post(f"{UPLOADS}/{upload_id}/parts", content=body, headers=CONTENT_TYPE)

        assert_refused(response, 400, code="malformed_multipart")

    def test_a_part_as_json(self, http: httpx2.Client, upload_id: str) -> None:
        """A part is a form, not JSON."""
        response = http.post(f"{UPLOADS}/{upload_id}/parts", json={"data": "0123456789"})

        assert_refused(response, 415, code="unsupported_content_type")

    def test_a_part_over_the_limit(self, http: httpx2.Client, upload_id: str) -> None:
        """One byte more than a part may have is a 413."""
        response = send_part(http, upload_id, b"x" * (MAX_PART_BYTES + 1))

        assert_refused(response, 413, code="file_too_large")


class TestCompleting:
    @pytest.mark.parametrize(
        "part_ids",
        [
            pytest.param([], id="no parts"),
            pytest.param("{part_id}", id="no list"),
            pytest.param([None], id="null"),
            pytest.param(["part_0000000000000000000000"], id="an unknown part"),
            pytest.param(["{part_id}", "{part_id}"], id="a part twice"),
            pytest.param(["{part_id}", "' OR 1=1 --"], id="SQL"),
        ],
    )
    @pytest.mark.usefixtures("part_id", "unchanged")
    def test_parts_that_cannot_be_joined(
        self, http: httpx2.Client, upload_id: str, part_id: str, part_ids: Any
    ) -> None:
        """Completing names every part once; anything else is a 400, and the upload still takes parts."""
        named = [name and name.format(part_id=part_id) for name in part_ids] if isinstance(part_ids, list) else part_id

        response = http.post(f"{UPLOADS}/{upload_id}/complete", json={"part_ids": named})

        assert_refused(response, 400)

    def test_sizes_that_do_not_add_up(self, http: httpx2.Client, upload_id: str) -> None:
        """Nine bytes are not the ten that were declared; with the tenth the upload completes."""
        nine, one = (send_part(http, upload_id, data).json()["id"] for data in (b"123456789", b"0"))

        assert_refused(complete(http, upload_id, nine), 400, code="upload_mismatch", param="part_ids")
        assert complete(http, upload_id, nine, one).json()["file"]["bytes"] == 10

    @pytest.mark.parametrize("md5", ["0" * 32, "nonsense", ""])
    @pytest.mark.usefixtures("part_id", "unchanged")
    def test_a_wrong_digest(self, http: httpx2.Client, upload_id: str, part_id: str, md5: str) -> None:
        """A file whose MD5 is not the one given is a 400, and what was joined is gone."""
        response = complete(http, upload_id, part_id, md5=md5)

        assert_refused(response, 400, code="upload_mismatch", param="md5")

    def test_a_part_of_another_upload(self, http: httpx2.Client, part_id: str) -> None:
        """A part belongs to the upload it was sent to."""
        another = announce(http)

        assert_refused(complete(http, another, part_id), 400, code="upload_mismatch")


class TestEndedUploads:
    @pytest.fixture(params=["completed", "cancelled", "expired"])
    def ended(self, request: pytest.FixtureRequest, http: httpx2.Client, resources: Resources, part_id: str) -> str:
        """The id of an upload that takes no more parts."""
        upload_id: str = request.getfixturevalue("upload_id")
        if request.param == "completed":
            complete(http, upload_id, part_id)
        elif request.param == "cancelled":
            http.post(f"{UPLOADS}/{upload_id}/cancel")
        else:
            with resources.database.transaction() as session:
                session.get_one(Upload, upload_id).expires_at = clock.now_seconds()
        return upload_id

    @pytest.mark.usefixtures("ended", "unchanged")
    def test_nothing_more_can_be_done(self, http: httpx2.Client, ended: str, part_id: str) -> None:
        """An upload that has ended takes no parts, completes no more and cannot be cancelled."""
        assert_refused(send_part(http, ended, b"more"), 400, code="invalid_upload_state")
        assert_refused(complete(http, ended, part_id), 400, code="invalid_upload_state")
        assert_refused(http.post(f"{UPLOADS}/{ended}/cancel"), 400, code="invalid_upload_state")

    @pytest.mark.usefixtures("unchanged")
    def test_an_upload_nobody_announced(self, http: httpx2.Client) -> None:
        """Parts of an unknown upload are a 404, before they are written anywhere."""
        unknown = "upload_0000000000000000000000"

        assert_refused(send_part(http, unknown, b"x"), 404, code="upload_not_found")
        assert_refused(complete(http, unknown, "part_1"), 404, code="upload_not_found")
        assert_refused(http.post(f"{UPLOADS}/{unknown}/cancel"), 404, code="upload_not_found")
