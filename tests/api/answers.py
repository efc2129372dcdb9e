"""What every refusal looks like, whoever refuses and why."""

from typing import Any, Protocol

import msgspec

_MESSAGE_LIMIT = 1100
_INSIDES = ("Traceback", 'File "', "sqlalchemy", "psycopg", "/work", "site-packages", "SELECT ", "INSERT ")


class Response(Protocol):
    """A parsed HTTP answer, of a client library or read from a socket."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Any: ...
    @property
    def content(self) -> bytes: ...


def refusal_of(response: Response) -> dict[str, Any]:
    """The error in OpenAI's envelope. Fails unless the answer is exactly that, with a request id, and leaks nothing."""
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"].startswith("req_")
    body: Any = msgspec.json.decode(response.content)
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert isinstance(error["message"], str)
    assert 10 < len(error["message"]) < _MESSAGE_LIMIT
    assert not any(part in error["message"] for part in _INSIDES)
    assert isinstance(error["type"], str)
    assert isinstance(error["param"], str | None)
    assert isinstance(error["code"], str | None)
    return error


def assert_refused(response: Response, status: int, *, code: str | None = None, param: str | None = None) -> None:
    """Fails unless the answer is OpenAI's envelope with this status and, where given, this code and parameter."""
    assert response.status_code == status, response.content[:500]
    error = refusal_of(response)
    if code is not None:
        assert error["code"] == code, error
    if param is not None:
        assert error["param"] == param, error
