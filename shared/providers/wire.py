"""Requests to an upstream that speaks OpenAI's wire, through the `openai` SDK. Knows no row.

Answers are taken raw and decoded by `shapes`: the SDK's own models cost ten times the CPU and refuse what Azure leaves
out. The client never repeats a request by itself: it could not know what the first one has done.
"""

from collections.abc import Iterator
from typing import IO, Any, TypeVar
from urllib.parse import quote

import httpx2
import msgspec
import openai

from shared.providers import shapes
from shared.providers.pacing import Pacer
from shared.providers.trouble import TroubleKind, UpstreamTroubleError, naming_trouble
from shared.providers.turns import in_turn

T = TypeVar("T")

PAGE_SIZE = 100
"What upstreams give at most of jobs and events."
_FILE_PAGE_SIZE = 1000
_MOST_PAGES = 1000


class Wire:
    """One connection's upstream. Every method raises UpstreamTroubleError and nothing else."""

    def __init__(self, client: openai.OpenAI, pacer: Pacer) -> None:
        self._client = client
        self._pacer = pacer
        self.calls = 0

    # Jobs

    def create_job(self, body: dict[str, Any], *, idempotency_key: str) -> shapes.UpstreamJob:
        """Ask for a job. Upstreams that know the header make one job of two requests; the others ignore it."""
        answer = self._send("POST", "/fine_tuning/jobs", body=body, headers={"Idempotency-Key": idempotency_key})
        return _decode(answer, shapes.UpstreamJob)

    def get_job(self, job_id: str) -> bytes:
        """The job as it came, to be compared before it is decoded."""
        return self._send("GET", f"/fine_tuning/jobs/{_segment(job_id)}")

    def steer_job(self, job_id: str, verb: str) -> bytes:
        """`cancel`, `pause` or `resume`: asking twice is asking once."""
        return self._send("POST", f"/fine_tuning/jobs/{_segment(job_id)}/{verb}")

    def list_jobs(self, *, labels: dict[str, str] | None = None) -> Iterator[list[tuple[shapes.Entry, msgspec.Raw]]]:
        """Pages of jobs, newest first. An upstream may ignore `labels`, so the caller looks again."""
        query = {f"metadata[{name}]": value for name, value in (labels or {}).items()}
        for raws in self._pages("/fine_tuning/jobs", PAGE_SIZE, query):
            with naming_trouble():
                page = [(_decode_entry(raw), raw) for raw in raws]
            yield page

    def list_events(self, job_id: str) -> Iterator[list[shapes.UpstreamEvent]]:
        """Pages of a job's events, newest first."""
        for raws in self._pages(f"/fine_tuning/jobs/{_segment(job_id)}/events", PAGE_SIZE, {}):
            yield [_decode(raw, shapes.UpstreamEvent) for raw in raws]

    def list_checkpoints(self, job_id: str) -> list[shapes.UpstreamCheckpoint]:
        path = f"/fine_tuning/jobs/{_segment(job_id)}/checkpoints"
        raws = [raw for page in self._pages(path, PAGE_SIZE, {}) for raw in page]
        return [_decode(raw, shapes.UpstreamCheckpoint) for raw in raws]

    # Files

    def create_file(self, name: str, stream: IO[bytes], *, seconds: float) -> shapes.UpstreamFile:
        answer = self._send(
            "POST", "/files", body={"purpose": "fine-tune"}, file=("file", name, stream), seconds=seconds
        )
        return _decode(answer, shapes.UpstreamFile)

    def list_files(self) -> Iterator[list[shapes.UpstreamFile]]:
        """Pages of training files, newest first."""
        for raws in self._pages("/files", _FILE_PAGE_SIZE, {"purpose": "fine-tune", "order": "desc"}):
            yield [_decode(raw, shapes.UpstreamFile) for raw in raws]

    def file_exists(self, file_id: str) -> bool:
        try:
            self._send("GET", f"/files/{_segment(file_id)}")
        except UpstreamTroubleError as trouble:
            if trouble.kind is TroubleKind.MISSING:
                return False
            raise
        return True

    def delete_file(self, file_id: str) -> None:
        """Remove a file; none there is fine too."""
        try:
            self._send("DELETE", f"/files/{_segment(file_id)}")
        except UpstreamTroubleError as trouble:
            if trouble.kind is not TroubleKind.MISSING:
                raise

    def read_file(self, file_id: str, *, max_bytes: int) -> bytes:
        """A file's content. Trouble of kind REFUSED when it is larger."""
        content = self._send("GET", f"/files/{_segment(file_id)}/content", accept="*/*")
        if len(content) > max_bytes:
            raise UpstreamTroubleError(TroubleKind.REFUSED, f"The file has more than {max_bytes} bytes.")
        return content

    # Uploads in parts

    def create_upload(self, name: str, *, size_bytes: int) -> str:
        """The id of an upload."""
        body = {"filename": name, "purpose": "fine-tune", "bytes": size_bytes, "mime_type": "text/jsonl"}
        return _decode(self._send("POST", "/uploads", body=body), shapes.Identified).id

    def add_part(self, upload_id: str, data: bytes, *, seconds: float) -> str:
        """The id of a part; one that is never named at completion does not count."""
        answer = self._send(
            "POST", f"/uploads/{_segment(upload_id)}/parts", file=("data", "part", data), seconds=seconds
        )
        return _decode(answer, shapes.Identified).id

    def complete_upload(self, upload_id: str, part_ids: list[str]) -> shapes.UpstreamFile:
        answer = self._send("POST", f"/uploads/{_segment(upload_id)}/complete", body={"part_ids": part_ids})
        file = _decode(answer, shapes.UpstreamUpload).file
        if file is None:
            raise UpstreamTroubleError(TroubleKind.UNKNOWN, "The upstream completed an upload without a file.")
        return file

    # How

    def _pages(self, path: str, size: int, query: dict[str, str]) -> Iterator[list[msgspec.Raw]]:
        after: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = _decode(self._send("GET", path, query={"limit": str(size)} | query | after), shapes.ListPage)
            yield page.data
            if not page.data or page.has_more is False:
                return
            after = {"after": _decode(page.data[-1], shapes.Identified).id}

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        file: tuple[str, str, IO[bytes] | bytes] | None = None,
        accept: str | None = None,
        seconds: float | None = None,
    ) -> bytes:
        """One request, in its turn. The answer's body."""
        sent = dict(headers or {}) | ({"Accept": accept} if accept else {})
        options: dict[str, Any] = {"headers": sent, "params": query or {}}
        if seconds is not None:
            options["timeout"] = seconds
        files = None
        if file is not None:
            field, name, content = file
            files = [(field, (name, content, "application/octet-stream"))]
            sent["Content-Type"] = "multipart/form-data"
        with in_turn(self._pacer):
            self.calls += 1
            response: httpx2.Response = self._request(method, path, body, files, options)
            return response.content

    def _request(self, method: str, path: str, body: Any, files: Any, options: Any) -> httpx2.Response:
        match method:
            case "GET":
                return self._client.get(path, cast_to=httpx2.Response, options=options)
            case "DELETE":
                return self._client.delete(path, cast_to=httpx2.Response, options=options)
            case _:
                return self._client.post(path, cast_to=httpx2.Response, body=body, files=files, options=options)


def decode_job(raw: bytes | msgspec.Raw) -> shapes.UpstreamJob:
    """Raises UpstreamTroubleError."""
    return _decode(raw, shapes.UpstreamJob)


_decode_entry = msgspec.json.Decoder(shapes.Entry).decode
"Made once: a round over a large connection decodes thousands."


def _decode(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    with naming_trouble():
        return msgspec.json.decode(raw, type=kind)


def _segment(upstream_id: str) -> str:
    """An upstream's id as one segment of a path, whatever it holds."""
    return quote(upstream_id, safe="")
