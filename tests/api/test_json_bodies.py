"""Bodies that are not strict JSON are refused before anything else looks at them."""

import json
from typing import Any

import httpx2
import pytest

from tests.api.answers import assert_refused
from tests.fixtures.settings import on_sqlite

# Nothing here reaches a database.
pytestmark = [on_sqlite, pytest.mark.usefixtures("unchanged")]

JOBS = "/v1/fine_tuning/jobs"
JSON = {"content-type": "application/json"}

# Written as text: most of these cannot be said with json.dumps.
START = b'{"model":"tiny","training_file":"file-1"'


def nested(depth: int) -> bytes:
    return START + b',"metadata":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"


def with_field(field: str) -> bytes:
    return START + b"," + field.encode() + b"}"


def case(name: str, body: bytes, code: str) -> Any:
    return pytest.param(body, code, id=name)


WHOLE = START + b"}"

NOT_JSON = [
    case("truncated", START, "json_invalid"),
    case("truncated in a string", b'{"model":"ti', "json_invalid"),
    case("trailing comma", START + b",}", "json_invalid"),
    case("comment", START + b"/* no */}", "json_invalid"),
    case("single quotes", b"{'model':'tiny'}", "json_invalid"),
    case("two documents", WHOLE + WHOLE, "json_invalid"),
    case("not JSON at all", b"model=tiny", "json_invalid"),
    case("spaces only", b"   ", "json_invalid"),
    case("raw line break in a string", b'{"model":"ti\nny"}', "json_invalid"),
    case("leading zero", with_field('"seed":007'), "json_invalid"),
    case("duplicate key", with_field('"model":"other"'), "json_duplicate_key"),
    case("duplicate key, escaped", with_field('"mod\\u0065l":"other"'), "json_duplicate_key"),
    case("duplicate key, nested", with_field('"metadata":{"a":"1","a":"2"}'), "json_duplicate_key"),
    case("an array", b"[]", "not_an_object"),
    case("a string", b'"x"', "not_an_object"),
    case("a number", b"1", "not_an_object"),
    case("null", b"null", "not_an_object"),
]

TOO_DEEP = [
    case("33 levels", nested(32), "json_too_deep"),
    case("250 levels", nested(250), "json_too_deep"),
    case("400 levels", nested(400), "json_too_deep"),
    case("900 levels", nested(900), "json_too_deep"),
    case("100,000 levels", nested(100_000), "json_too_deep"),
    case("a megabyte of brackets", b"[" * (1 << 20), "json_too_deep"),
]

BAD_NUMBERS = [
    case("NaN", with_field('"seed":NaN'), "json_nan"),
    case("Infinity", with_field('"seed":Infinity'), "json_nan"),
    case("minus Infinity", with_field('"seed":-Infinity'), "json_nan"),
    case("NaN in metadata", with_field('"metadata":{"a":NaN}'), "json_nan"),
    case("a float beyond doubles", with_field('"seed":1e400'), "json_number_out_of_range"),
    case("2 to the 63rd", with_field(f'"seed":{2**63}'), "json_number_out_of_range"),
    case("4,000 digits", with_field('"seed":' + "9" * 4000), "json_number_out_of_range"),
    case("5,000 digits", with_field('"seed":' + "9" * 5000), "json_number_out_of_range"),
    case("a million digits", with_field('"seed":' + "9" * 1_000_000), "json_number_out_of_range"),
]

BAD_TEXT = [
    case("UTF-16", WHOLE.decode().encode("utf-16"), "json_encoding"),
    case("UTF-16 without a mark", WHOLE.decode().encode("utf-16-le"), "json_encoding"),
    case("UTF-32", WHOLE.decode().encode("utf-32"), "json_encoding"),
    case("byte order mark", b"\xef\xbb\xbf" + WHOLE, "json_encoding"),
    case("Latin-1", with_field('"suffix":"é"').decode().encode("latin-1"), "json_encoding"),
    case("overlong UTF-8", START + b',"suffix":"\xc0\xaf"}', "json_encoding"),
    case("surrogate in UTF-8", START + b',"suffix":"\xed\xa0\x80"}', "json_encoding"),
    case("half a surrogate pair", with_field('"suffix":"\\ud800"'), "json_invalid_unicode"),
    case("half a pair as a key", with_field('"\\ud800":"x"'), "json_invalid_unicode"),
    case("halves the wrong way round", with_field('"suffix":"\\udc00\\ud800"'), "json_invalid_unicode"),
    case("NUL", with_field('"suffix":"\\u0000"'), "json_nul"),
    case("NUL in a key", with_field('"metadata":{"\\u0000":"x"}'), "json_nul"),
]


class TestWhatIsNotStrictJson:
    @pytest.mark.parametrize(("body", "code"), NOT_JSON + TOO_DEEP + BAD_NUMBERS + BAD_TEXT)
    def test_it_is_refused_with_a_code_of_its_own(self, http: httpx2.Client, body: bytes, code: str) -> None:
        """A body that readers could understand differently, or not at all, is a 400 that says why."""
        response = http.post(JOBS, content=body, headers=JSON)

        assert_refused(response, 400, code=code)

    def test_numbers_of_any_length_are_cheap(self, http: httpx2.Client) -> None:
        """A number of a million digits is refused without being computed, which would take many seconds."""
        body = with_field('"seed":' + "9" * 1_000_000)

        response = http.post(JOBS, content=body, headers=JSON)

        assert int(response.headers["openai-processing-ms"]) < 1000


class TestContentType:
    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({}, id="missing"),
            pytest.param({"content-type": "text/plain"}, id="plain text"),
            pytest.param({"content-type": "application/x-www-form-urlencoded"}, id="a form"),
            pytest.param({"content-type": "multipart/form-data; boundary=x"}, id="multipart"),
            pytest.param({"content-type": "application/jsonp"}, id="nearly JSON"),
            pytest.param({"content-type": "text/html, application/json"}, id="two types"),
        ],
    )
    def test_only_json_is_taken(self, http: httpx2.Client, headers: dict[str, str]) -> None:
        """A body sent as anything but JSON is a 415, whatever is in it."""
        response = http.post(JOBS, content=WHOLE, headers=headers)

        assert_refused(response, 415, code="unsupported_content_type")

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
    def test_compressed_bodies_are_refused(self, http: httpx2.Client, encoding: str) -> None:
        """A compressed body is a 415: a small one could unfold to gigabytes."""
        response = http.post(JOBS, content=b"\x1f\x8b", headers=JSON | {"content-encoding": encoding})

        assert_refused(response, 415, code="unsupported_content_encoding")

    def test_a_charset_is_no_obstacle(self, http: httpx2.Client) -> None:
        """`application/json; charset=utf-8` is JSON like any other; only the file is missing."""
        response = http.post(JOBS, content=WHOLE, headers={"content-type": "Application/JSON; charset=utf-8"})

        assert_refused(response, 400, code="file_not_found")


class TestSize:
    @pytest.fixture
    def oversized(self) -> bytes:
        body = json.dumps({"model": "tiny", "training_file": "x" * (1 << 20)})
        return body.encode()

    def test_a_declared_length_over_the_limit(self, http: httpx2.Client, oversized: bytes) -> None:
        """A megabyte and a bit is a 413 before it is parsed."""
        response = http.post(JOBS, content=oversized, headers=JSON)

        assert_refused(response, 413, code="body_too_large")

    def test_a_length_nobody_declared(self, http: httpx2.Client, oversized: bytes) -> None:
        """A chunked body is counted as it comes."""
        pieces = (oversized[start : start + 65_536] for start in range(0, len(oversized), 65_536))

        response = http.post(JOBS, content=pieces, headers=JSON)

        assert_refused(response, 413, code="body_too_large")

    def test_a_body_far_over_the_limit(self, http: httpx2.Client) -> None:
        """Thirty megabytes get the 413 as an answer, not a broken connection."""
        response = http.post(JOBS, content=b"[" * (30 << 20), headers=JSON)

        assert_refused(response, 413, code="body_too_large")


class TestEmptyBodies:
    def test_a_creation_without_a_body(self, http: httpx2.Client) -> None:
        """A POST that needs a body and has none is told so."""
        response = http.post(JOBS, headers=JSON)

        assert_refused(response, 400, code="missing_required_parameter")
