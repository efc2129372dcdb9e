"""POST /v1/files with forms that are broken, too large, or not what they say."""

from typing import Any

import httpx2
import pytest

from tests.api.answers import assert_refused
from tests.api.conftest import MAX_FILE_BYTES
from tests.api.forms import BOUNDARY, CONTENT_TYPE, PURPOSE, field, file_part, form, part
from tests.fixtures.settings import on_sqlite

pytestmark = [on_sqlite, pytest.mark.usefixtures("unchanged")]


def case(name: str, body: bytes, code: str = "malformed_multipart", param: str | None = None) -> Any:
    return pytest.param(body, code, param, id=name)


def expiry(anchor: str, seconds: str) -> bytes:
    return field("expires_after[anchor]", anchor) + field("expires_after[seconds]", seconds)


WHOLE = form(PURPOSE, file_part())
MANY_HEADERS = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))

BROKEN = [
    case("nothing", b""),
    case("not a form", b"just some text"),
    case("another boundary", WHOLE.replace(BOUNDARY, b"b-boundary")),
    case("cut off in the file", form(PURPOSE, file_part())[:-60]),
    case("cut off in a header", b"--" + BOUNDARY + b"\r\nContent-Dispo"),
    case("no closing boundary", form(PURPOSE, file_part(), is_closed=False)),
    case("junk before the first boundary", b"j" * (1 << 20) + WHOLE),
    case("17 parts", form(*[field("a", "b")] * 15, PURPOSE, file_part())),
    case("1,001 parts", form(*[field("a", "b")] * 1001)),
    case("10,000 headers in a part", form(part(b'name="a"', b"b", more_headers=MANY_HEADERS))),
    case("a header of a megabyte", form(part(b'name="a"', b"b", more_headers=b"X: " + b"x" * (1 << 20) + b"\r\n"))),
    case("a field of 5,000 characters", form(field("purpose", "x" * 5000), file_part()), param="purpose"),
    case("two files", form(PURPOSE, file_part(), file_part()), param="file"),
]

INCOMPLETE = [
    case("no file", form(PURPOSE), "missing_file", "file"),
    case("a file without a name", form(PURPOSE, field("file", "x")), "missing_file", "file"),
    case("a file under another name", form(PURPOSE, file_part(name="data")), "missing_file", "file"),
    case("an empty file", form(PURPOSE, file_part(b"")), "empty_file", "file"),
    case("no purpose", form(file_part()), "invalid_purpose", "purpose"),
    case("an unknown purpose", form(field("purpose", "training"), file_part()), "invalid_purpose", "purpose"),
    case("a purpose of ours", form(field("purpose", "fine-tune-results"), file_part()), "invalid_purpose", "purpose"),
    case("a purpose no client reads", form(field("purpose", "evals"), file_part()), "invalid_purpose", "purpose"),
    case("a purpose with NUL", form(field("purpose", b"fine-tune\0"), file_part()), "invalid_purpose", "purpose"),
    case("a purpose in Latin-1", form(field("purpose", b"\xe9"), file_part()), "invalid_purpose", "purpose"),
]

EXPIRIES = [
    pytest.param(expiry("created_at", "3599"), id="under an hour"),
    pytest.param(expiry("created_at", "2592001"), id="over 30 days"),
    pytest.param(expiry("created_at", "-3600"), id="negative"),
    pytest.param(expiry("created_at", "3600.5"), id="a fraction"),
    pytest.param(expiry("created_at", "9" * 4000), id="4,000 digits"),
    pytest.param(expiry("created_at", "٣٦٠٠"), id="Arabic digits"),
    pytest.param(expiry("uploaded_at", "3600"), id="another anchor"),
    pytest.param(field("expires_after[anchor]", "created_at"), id="no seconds"),
    pytest.param(field("expires_after[seconds]", "3600"), id="no anchor"),
]


class TestForms:
    @pytest.mark.parametrize(("body", "code", "param"), BROKEN + INCOMPLETE)
    def test_a_form_that_cannot_be_understood_is_refused(
        self, http: httpx2.Client, body: bytes, code: str, param: str | None
    ) -> None:
        """A broken or incomplete form is a 400 that says what is missing, and nothing of it stays."""
        response = http.post("/v1/files", content=body, headers=CONTENT_TYPE)

        assert_refused(response, 400, code=code, param=param)

    @pytest.mark.parametrize("fields", EXPIRIES)
    def test_a_wrong_expiry_is_refused(self, http: httpx2.Client, fields: bytes) -> None:
        """A file expires between an hour and 30 days after its creation, or never."""
        response = http.post("/v1/files", content=form(PURPOSE, fields, file_part()), headers=CONTENT_TYPE)

        assert_refused(response, 400, param="expires_after")


class TestContentType:
    @pytest.mark.parametrize(
        "content_type",
        [
            pytest.param(None, id="missing"),
            pytest.param("application/json", id="JSON"),
            pytest.param("application/x-www-form-urlencoded", id="a plain form"),
            pytest.param("multipart/mixed; boundary=a-boundary", id="another multipart"),
            pytest.param("multipart/form-data", id="no boundary"),
            pytest.param("multipart/form-data; boundary=", id="an empty boundary"),
            pytest.param('multipart/form-data; boundary=""', id="an empty boundary in quotes"),
        ],
    )
    def test_only_forms_with_a_boundary_are_taken(self, http: httpx2.Client, content_type: str | None) -> None:
        """Anything but multipart/form-data with a boundary is a 415."""
        headers = {} if content_type is None else {"content-type": content_type}

        response = http.post("/v1/files", content=WHOLE, headers=headers)

        assert_refused(response, 415, code="unsupported_content_type")

    def test_a_boundary_of_a_kilobyte_is_refused(self, http: httpx2.Client) -> None:
        """A boundary is 70 characters by its standard; one of a thousand is no boundary."""
        headers = {"content-type": "multipart/form-data; boundary=" + "b" * 1024}

        response = http.post("/v1/files", content=WHOLE, headers=headers)

        assert_refused(response, 400, code="malformed_multipart")

    def test_a_compressed_form_is_refused(self, http: httpx2.Client) -> None:
        """A form is read as it is on the wire; one said to be compressed is a 415."""
        response = http.post("/v1/files", content=WHOLE, headers=CONTENT_TYPE | {"content-encoding": "gzip"})

        assert_refused(response, 415, code="unsupported_content_encoding")


class TestSize:
    def test_a_file_over_the_limit(self, http: httpx2.Client) -> None:
        """One byte more than the service takes is a 413, and the bytes that came are gone."""
        body = form(PURPOSE, file_part(b"x" * (MAX_FILE_BYTES + 1)))

        response = http.post("/v1/files", content=body, headers=CONTENT_TYPE)

        assert_refused(response, 413, code="file_too_large", param="file")

    def test_a_file_over_the_limit_that_declared_nothing(self, http: httpx2.Client) -> None:
        """A chunked upload is counted as it comes and ends at the limit, whatever would still follow."""
        body = form(PURPOSE, file_part(b"x" * (MAX_FILE_BYTES + (8 << 20))))
        pieces = (body[start : start + (1 << 20)] for start in range(0, len(body), 1 << 20))

        response = http.post("/v1/files", content=pieces, headers=CONTENT_TYPE)

        assert_refused(response, 413, code="file_too_large", param="file")
