"""A model server of a few lines that speaks the wire upstream of the API. What it does is in the last user message."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = ["Four", ", of", " course", "."]
USAGE = {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}
REFUSAL = {"message": "The prompt is too long for this model.", "type": "x", "param": "messages", "code": "too_long"}
DEFECT = {"message": "CUDA error at 0x7f", "type": "x", "param": None, "code": None}


class TinyModelServer(ThreadingHTTPServer):
    """`refuse` gets a 400, `fail` a 500, `die` half a stream; `wait` gets no more before the caller hangs up."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.usage: dict[str, int] | None = USAGE
        "What whole answers say of themselves."
        self.requests: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.hung_up = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="model server")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TinyModelServer

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append(request)
        self.server.tokens.append(self.headers["authorization"])
        wish = request["messages"][-1]["content"]
        if wish == "refuse":
            self._answer(400, {"error": REFUSAL})
        elif wish == "fail":
            self._answer(500, {"error": DEFECT})
        elif request.get("stream"):
            self._stream(wish)
        elif wish == "wait":
            self._wait_for_hang_up()
        else:
            self._answer(200, _completion() | {"usage": self.server.usage})

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, wish: str) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in list(_chunks())[: 2 if wish in {"die", "wait"} else None]:
            self._send(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        if wish == "wait":
            self._wait_for_hang_up()
        elif wish != "die":
            self._send(b"data: [DONE]\n\n")
            self._send(b"")

    def _send(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _wait_for_hang_up(self) -> None:
        """Nothing more is coming on this connection, so what ends the read is its end."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.settimeout(20)
            if self.connection.recv(1) == b"":
                self.server.hung_up.set()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the base class names it
        """Say nothing: what came is in `requests`."""


def _completion() -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(WORDS), "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**_head("chat.completion"), "choices": [choice], "usage": USAGE}


def _chunks() -> Iterator[dict[str, Any]]:
    """A stream as the wire has it: role, words, end, usage."""
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}, *({"content": word} for word in WORDS), {}]
    for delta in deltas:
        choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "stop", "logprobs": None}
        yield {**_head("chat.completion.chunk"), "choices": [choice], "usage": None}
    yield {**_head("chat.completion.chunk"), "choices": [], "usage": USAGE}


def _head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "upstream's own name"}
