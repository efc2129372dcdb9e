"""The `tunery` command as users run it, and a tiny API that gives prepared answers."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner, Result

from cli.main import app


@dataclass
class TinyApi:
    """Answers each `METHOD /path` with the prepared answers in turn, the last one for ever."""

    url: str = ""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    _answers: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)

    def answer(self, request: str, *bodies: Any, status: int = 200) -> None:
        """Prepare answers; a str is sent as it is, anything else as JSON."""
        self._answers.setdefault(request, []).extend((status, body) for body in bodies)

    def next_answer(self, request: str) -> tuple[int, Any]:
        answers = self._answers.get(request, [(404, {"error": {"message": f"no {request}", "type": "t"}})])
        return answers.pop(0) if len(answers) > 1 else answers[0]


def handler_for(api: TinyApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            request = f"{self.command} {urlsplit(self.path).path}"
            self.rfile.read(int(self.headers.get("content-length") or 0))
            api.requests.append((self.command, self.path, self.headers.get("authorization", "")))
            status, body = api.next_answer(request)
            is_text = isinstance(body, str)
            payload = (body if is_text else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("content-type", "text/event-stream" if is_text else "application/json")
            self.send_header("content-length", str(len(payload)))
            self.send_header("x-request-id", "req_123")
            self.end_headers()
            self.wfile.write(payload)

        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


@pytest.fixture
def api() -> Iterator[TinyApi]:
    api = TinyApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(api))
    api.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield api
    server.shutdown()
    server.server_close()
    thread.join()


Tunery = Callable[..., Result]


@pytest.fixture
def run() -> Tunery:
    """Run a command line in this process; the environment names no service."""

    def run(*arguments: str, text: str | None = None, environment: dict[str, str] | None = None) -> Result:
        nowhere = {"OPENAI_BASE_URL": "", "OPENAI_API_KEY": ""}
        return CliRunner().invoke(app, list(arguments), input=text, env=nowhere | (environment or {}))

    return run


@pytest.fixture
def tunery(run: Tunery, api: TinyApi) -> Tunery:
    """Run a client command against the tiny API."""

    def against_api(*arguments: str, text: str | None = None) -> Result:
        return run(*arguments, "--base-url", api.url, "--api-key", "sk-test", text=text)

    return against_api
