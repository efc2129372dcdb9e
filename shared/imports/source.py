"""Reading an upstream organization: lists page by page, objects, file contents. Knows no table and keeps nothing.

Answers come as plain documents, since real ones hold states and gaps that no typed client takes. Every method raises
UpstreamTroubleError and nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx2
import openai

from shared.imports.found import Page, read_page
from shared.providers.pacing import Pacer
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from shared.providers.turns import in_turn

FILES_PAGE, JOBS_PAGE, CHILDREN_PAGE = 500, 100, 100
CHUNK_BYTES = 1 << 20


class Source:
    """One organization, through a client that never repeats a request by itself, in its turn among all workers."""

    def __init__(self, client: openai.OpenAI, pacer: Pacer) -> None:
        self._client = client
        self._pacer = pacer

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
            in_turn(self._pacer),
            self._client.files.with_streaming_response.content(file_id, extra_headers=headers) as response,
        ):
            begins_at = start if response.status_code == httpx2.codes.PARTIAL_CONTENT else 0
            yield begins_at, response.iter_bytes(CHUNK_BYTES)

    def _page(self, path: str, asked: dict[str, Any]) -> Page:
        query = {name: value for name, value in asked.items() if value is not None}
        answer = self._get(path, query)
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            raise _not_the_wire(path)
        return read_page(answer)

    def _document(self, path: str) -> dict[str, Any]:
        answer = self._get(path, {})
        if not isinstance(answer, dict):
            raise _not_the_wire(path)
        return answer

    def _get(self, path: str, query: dict[str, Any]) -> object:
        with in_turn(self._pacer):
            try:
                return self._client.get(path, cast_to=object, options={"params": query})
            except ValueError as error:
                raise _not_the_wire(path) from error


def _not_the_wire(path: str) -> UpstreamTroubleError:
    told = f"GET {path} was answered with what the wire does not have there. Does the connection's base URL end in /v1?"
    return UpstreamTroubleError(TroubleKind.REFUSED, told)


def _segment(name: str) -> str:
    """A path segment that stays one, whatever the upstream calls its objects."""
    return quote(name, safe=":")
