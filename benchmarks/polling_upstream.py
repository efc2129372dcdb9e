"""The provider of benchmarks/polling.py: as fast as may be, with jobs that tell an event each in their turn."""

import asyncio
import json
import time
from collections import deque
from multiprocessing.connection import Connection as Pipe

PAGE = 100
JOBS_PATH = "/v1/fine_tuning/jobs"


class Upstream:
    """Jobs in memory, rendered once; whoever runs tells an event an interval."""

    def __init__(self, n_jobs: int, n_running: int, interval: float) -> None:
        self.calls = 0
        self._ids = [f"ftjob-{number:08d}" for number in range(n_jobs, 0, -1)]
        self._places = {job_id: place for place, job_id in enumerate(self._ids)}
        self._running = deque(self._ids[:: max(1, n_jobs // n_running)][:n_running])
        self._entries = [self._render(job_id, job_id in set(self._running), 0) for job_id in self._ids]
        self._events: dict[str, deque[dict[str, object]]] = {}
        self._pause = interval / n_running
        self._told = 0

    async def tell_for_ever(self) -> None:
        """One event after the other, each of the job whose turn it is."""
        due = time.time()
        while True:
            while due <= time.time():
                self._tell(self._running[0], due)
                self._running.rotate(-1)
                due += self._pause
            await asyncio.sleep(0.02)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests without bodies on a connection that stays."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = self._answer(head.split(b" ", 2)[1].decode())
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
                )
                writer.write(body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, target: str) -> bytes:
        path, _, query = target.partition("?")
        if path == "/calls":
            return str(self.calls).encode()
        self.calls += 1
        if path == JOBS_PATH:
            after = dict(pair.split("=") for pair in query.split("&")).get("after")
            first = self._places[after] + 1 if after else 0
            page = b",".join(self._entries[first : first + PAGE])
            has_more = b"true" if first + PAGE < len(self._ids) else b"false"
            return b'{"object":"list","data":[' + page + b'],"has_more":' + has_more + b"}"
        job_id = path.split("/")[4]
        if path.endswith("/events"):
            return json.dumps(
                {"object": "list", "data": list(self._events.get(job_id, ())), "has_more": False}
            ).encode()
        return self._entries[self._places[job_id]]

    def _tell(self, job_id: str, moment: float) -> None:
        self._told += 1
        event = {
            "id": f"ftevent-{self._told}",
            "object": "fine_tuning.job.event",
            "created_at": int(moment),
            "level": "info",
            "message": f"Step {self._told}/100000: training loss=1.00",
            "type": "metrics",
            "data": {"step": self._told, "train_loss": 1.0, "told_at": moment},
        }
        self._events.setdefault(job_id, deque(maxlen=PAGE)).appendleft(event)
        self._entries[self._places[job_id]] = self._render(job_id, is_running=True, revision=self._told)

    def _render(self, job_id: str, is_running: bool, revision: int) -> bytes:  # noqa: FBT001  private to the benchmark
        job = {
            "id": job_id,
            "object": "fine_tuning.job",
            "created_at": 1_764_000_000 + int(job_id.removeprefix("ftjob-")),
            "error": None,
            "fine_tuned_model": None,
            "finished_at": None,
            "hyperparameters": {"n_epochs": 3, "batch_size": 1, "learning_rate_multiplier": 2.0},
            "model": "gpt-4o-mini-2024-07-18",
            "organization_id": "org-1",
            "result_files": [],
            "seed": 7,
            "status": "running" if is_running else "queued",
            "trained_tokens": None,
            "training_file": "file-1",
            "validation_file": None,
            "estimated_finish": 1_765_000_000 + revision if is_running else None,
            "integrations": [],
            "metadata": {"team": "a"},
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3, "batch_size": 1}}},
        }
        return json.dumps(job).encode()


def run_upstream(pipe: Pipe, n_jobs: int, n_running: int, interval: float) -> None:
    """Serve until killed; says its port first."""

    async def main() -> None:
        upstream = Upstream(n_jobs, n_running, interval)
        server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await upstream.tell_for_ever()

    asyncio.run(main())
