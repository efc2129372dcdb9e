"""Having a service check a file: it is uploaded, and the report is asked for until it is there."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2
from openai import OpenAI

from cli.client import connect
from cli.data.document import CheckRequest
from shared.datasets.severities import judge_report
from shared.errors import InvalidInputError

Asked = dict[str, str | list[str]]
"""Parameters of an address; those with a list are given once for each."""

_POLL_SECONDS = 0.5
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class ServedCheck:
    """Which service, as for all commands that ask one."""

    base_url: str | None
    api_key: str | None
    data_dir: Path | None
    page: Path | None = None
    "Where to write the report as people read it in a browser."
    moderation: str | None = None
    "The connection of the service whose moderation judges the rows."


def ask_service(request: CheckRequest, service: ServedCheck, on_progress: Callable[[float], None]) -> dict[str, Any]:
    """The report document of the uploaded file, which stays on the service. Raises what the SDK raises."""
    with connect(base_url=service.base_url, api_key=service.api_key, data_dir=service.data_dir) as client:
        file_id = _upload(client, request.path, request.name)
        validation = _upload(client, request.validation, request.validation.name) if request.validation else None
        asked = {
            "model": request.model,
            "method": request.method if request.model else None,
            "target": request.target if request.model else None,
            "validation_file": validation,
            "evaluation_file": [_upload(client, path, path.name) for path in request.evaluations],
            "grader": None if request.grader is None else json.dumps(request.grader),
            "groups": None if request.groups is None else json.dumps(request.groups),
            "moderation": service.moderation,
        }
        given: Asked = {key: value for key, value in asked.items() if value}
        document = _wait_for_report(client, file_id, given, on_progress)
        if service.page is not None:
            service.page.write_bytes(_ask(client, f"{file_id}/report.html", given).content)
    document["file"] = f"{request.name} ({file_id})"
    if "verdict" not in document:
        # The check at upload asks for nobody's rules.
        document["verdict"] = asdict(judge_report(document, target=request.target or "openai"))
    return document


def _upload(client: OpenAI, path: Path, name: str) -> str:
    with path.open("rb") as stream:
        uploaded = client.files.create(file=(Path(name).name, stream), purpose="fine-tune")
    client.files.wait_for_processing(uploaded.id, poll_interval=_POLL_SECONDS)
    return uploaded.id


def _wait_for_report(
    client: OpenAI, file_id: str, asked: Asked, on_progress: Callable[[float], None]
) -> dict[str, Any]:
    while True:
        answer = _ask(client, f"{file_id}/report", asked)
        document: dict[str, Any] = answer.json()
        if answer.status_code != httpx2.codes.ACCEPTED:
            # A report at upload keeps its findings one level down, beside what every client reads.
            return document["report"] | document if isinstance(document.get("report"), dict) else document
        on_progress(_share_of(document.get("progress", {})))
        time.sleep(_POLL_SECONDS)


def _ask(client: OpenAI, path: str, asked: Asked) -> httpx2.Response:
    """An answer of our own API, which lies beside OpenAI's wire under the same key. Raises InvalidInputError."""
    root = str(client.base_url).rstrip("/").removesuffix("/v1")
    headers = {"authorization": f"Bearer {client.api_key}"}
    try:
        url = f"{root}/api/v1/datasets/{path}"
        answer = httpx2.get(url, params=asked, headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False)
    except httpx2.HTTPError as error:
        raise InvalidInputError(f"cannot reach {root}: {error}.") from None
    if answer.status_code >= httpx2.codes.BAD_REQUEST:
        raise InvalidInputError(_explain(answer))
    return answer


def _share_of(progress: dict[str, Any]) -> float:
    return float(progress.get("bytes_done", 0)) / max(float(progress.get("bytes_total", 0)), 1.0)


def _explain(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the service answered {answer.status_code}"
