"""The model server as a process and as a queue: liveness, envelopes, hang-ups, start-up refusals."""

import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest

from shared.engine.adapters import AdapterShelf
from shared.settings import process_environment
from tests.worker.inference.conftest import TOKEN, Server

MESSAGES = [{"role": "user", "content": "hello"}]
LONG = {"model": "tiny", "messages": MESSAGES, "max_tokens": 400, "n": 8, "temperature": 0}
SHORT = {"model": "tiny", "messages": MESSAGES, "max_tokens": 1}
PATH = "/v1/chat/completions"


@pytest.fixture
def http(server: Server) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as client:
        yield client


class Steps:
    """Counts what the network is made to compute."""

    def __init__(self, shelf: AdapterShelf) -> None:
        self.count = 0
        self._handle = shelf.base.network.register_forward_hook(self._note)

    def _note(self, *_: object) -> None:
        self.count += 1

    def stop(self) -> None:
        self._handle.remove()


@pytest.fixture
def steps(http: httpx2.Client, server: Server) -> Iterator[Steps]:
    """Forward passes from here on, on a model that is loaded."""
    http.post(PATH, json=SHORT).raise_for_status()
    resident = server.host._resident
    assert resident is not None
    counter = Steps(resident[1])
    yield counter
    counter.stop()


class TestHangUps:
    def test_stream_left_early(self, http: httpx2.Client, steps: Steps) -> None:
        """When the reader of a stream leaves, the model is free again within some tokens."""
        with http.stream("POST", PATH, json={**LONG, "stream": True}) as response:
            next(response.iter_lines())

        http.post(PATH, json=SHORT).raise_for_status()

        assert steps.count < 8 * 400 / 4

    def test_waiting_request_left(self, http: httpx2.Client, steps: Steps) -> None:
        """A request whose caller leaves while it waits for its turn is never computed."""
        with http.stream("POST", PATH, json={**LONG, "stream": True}) as response:
            next(response.iter_lines())
            with pytest.raises(httpx2.ReadTimeout):
                http.post(PATH, json=LONG, timeout=0.1)

        http.post(PATH, json=SHORT).raise_for_status()

        assert steps.count < 8 * 400 / 2


class TestEnvelopes:
    def test_alive(self, http: httpx2.Client) -> None:
        """/healthz answers without a model being loaded for it."""
        assert http.get("/healthz").json() == {"status": "ok"}

    @pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/models", 404), ("GET", PATH, 405)])
    def test_framework_refusals(self, http: httpx2.Client, method: str, path: str, status: int) -> None:
        """Unknown paths and wrong methods are told in OpenAI's envelope too."""
        response = http.request(method, path)

        assert response.status_code == status
        assert set(response.json()["error"]) == {"message", "type", "param", "code"}

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5"])
    def test_no_json_object(self, http: httpx2.Client, body: bytes) -> None:
        """A body that is no JSON object is 400 in the envelope."""
        response = http.post(PATH, content=body)

        assert response.status_code == 400
        assert response.json()["error"]["type"] == "invalid_request_error"

    def test_end_mark(self, http: httpx2.Client) -> None:
        """A stream is of the type that browsers know, and ends with the agreed mark."""
        response = http.post(PATH, json={**SHORT, "stream": True})

        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.text.endswith("data: [DONE]\n\n")


class TestStart:
    def test_without_token(self) -> None:
        """A model server that nobody could be kept out of does not start, and says which setting is missing."""
        finished = subprocess.run(
            [sys.executable, "-m", "worker.inference", "--port", "0"],
            env=process_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert finished.returncode == 1
        assert "TUNERY_INFERENCE_TOKEN" in finished.stderr
