"""Reading an upstream organization: lists page by page, objects, file contents. Knows no table and keeps nothing.

Answers come as plain documents, since real ones hold states and gaps that no typed client takes. Two errors tell a
caller all it can act on: the upstream is busy (ask again later), or it refuses (with its own words).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx2
import openai

from shared.imports.found import Page, read_page

FILES_PAGE, JOBS_PAGE, CHILDREN_PAGE = 500, 100, 100
CHUNK_BYTES = 1 << 20
_BUSY = {408, 409, 425, 429}
_SERVER_ERRORS = 500
_WORDS_LIMIT = 400
_NO_LONGER_SECONDS = 600.0
"""The longest an upstream may have us wait at its word; a longer wish is looked into again by then."""


class UpstreamBusyError(Exception):
    """No usable answer now: overloaded, limited, away, or cut off. Asking again may help."""

    def __init__(self, words: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(words)
        self.retry_after_seconds = retry_after_seconds


class UpstreamRefusedError(Exception):
    """The upstream understood and said no."""

    def __init__(self, status: int, words: str, upstream_code: str | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.upstream_code = upstream_code

    @property
    def is_about_the_key(self) -> bool:
        return self.status == httpx2.codes.UNAUTHORIZED


class Source:
    """One organization, through a client that never repeats a request by itself."""

    def __init__(self, client: openai.OpenAI) -> None:
        self._client = client

    def models(self) -> Page:
        return self._page("/models", {})

    def files(self, *, purpose: str, after: str | None) -> Page:
        return self._page("/files", {"purpose": purpose, "limit": FILES_PAGE, "after": after})

    def jobs(self, *, after: str | None) -> Page:
        return self._page("/fine_tuning/jobs", {"limit": JOBS_PAGE, "after": after})

    def checkpoints(self, job_id: str, *, after: str | None) -> Page:
        path = f"/fine_tuning/jobs/{_segment(job_id)}/checkpoints"
        return self._page(path, {"limit": CHILDREN_PAGE, "after": after})

    def events(self, job_id: str, *, after: str | None) -> Page:
        path = f"/fine_tuning/jobs/{_segment(job_id)}/events"
        return self._page(path, {"limit": CHILDREN_PAGE, "after": after})

    def file(self, file_id: str) -> dict[str, Any]:
        return self._document(f"/files/{_segment(file_id)}")

    def model(self, name: str) -> dict[str, Any]:
        return self._document(f"/models/{_segment(name)}")

    @contextmanager
    def content(self, file_id: str, *, start: int = 0) -> Iterator[tuple[int, Iterator[bytes]]]:
        """A file's bytes, and at which byte they begin: 0 where the upstream does not know of ranges."""
        headers = {"range": f"bytes={start}-"} if start else {}
        with (
            errors_told(),
            self._client.files.with_streaming_response.content(file_id, extra_headers=headers) as response,
        ):
            begins_at = start if response.status_code == httpx2.codes.PARTIAL_CONTENT else 0
            yield begins_at, response.iter_bytes(CHUNK_BYTES)

    def _page(self, path: str, asked: dict[str, Any]) -> Page:
        query = {name: value for name, value in asked.items() if value is not None}
        answer = self._get(path, query)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            raise UpstreamRefusedError(200, f"GET {path} was answered with something that is no list. {_ADVICE}")
        return read_page(answer)

    def _document(self, path: str) -> dict[str, Any]:
        answer = self._get(path, {})
        if not isinstance(answer, dict):
            raise UpstreamRefusedError(200, f"GET {path} was answered with something that is no object. {_ADVICE}")
        return answer

    def _get(self, path: str, query: dict[str, Any]) -> object:
        with errors_told():
            return self._client.get(path, cast_to=object, options={"params": query})


_ADVICE = "Does the connection's base URL end in /v1, and is it the API and not a web page?"


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn everything the client may raise into one of the two errors above."""
    try:
        yield
    except openai.APIStatusError as error:
        words = _words_of(error)
        if error.status_code in _BUSY or error.status_code >= _SERVER_ERRORS:
            raise UpstreamBusyError(words, _retry_after(error.response)) from error
        raise UpstreamRefusedError(error.status_code, words, error.code) from error
    except openai.APIConnectionError as error:
        raise UpstreamBusyError(f"it cannot be reached ({type(error.__cause__ or error).__name__})") from error
    except (httpx2.TransportError, httpx2.StreamError, httpx2.DecodingError) as error:
        raise UpstreamBusyError(f"its answer broke off ({type(error).__name__})") from error
    except (openai.APIError, ValueError) as error:
        raise UpstreamBusyError(f"its answer could not be read ({type(error).__name__})") from error


def _words_of(error: openai.APIStatusError) -> str:
    body = error.body
    told = body.get("message") if isinstance(body, dict) else None
    text = told if isinstance(told, str) and told else error.message
    shown = "".join(c if c.isprintable() else " " for c in text[:_WORDS_LIMIT])
    return f"{error.status_code}: {shown}"


def _retry_after(response: httpx2.Response) -> float | None:
    for header, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(response.headers.get(header, "")) / divisor
        except ValueError:
            continue
        if seconds > 0:
            return min(seconds, _NO_LONGER_SECONDS)
    return None


def _segment(name: str) -> str:
    """A path segment that stays one, whatever the upstream calls its objects."""
    return quote(name, safe=":")
