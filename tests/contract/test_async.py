"""AsyncOpenAI does the same over the same routes."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

import openai
import pytest

from tests.api.datasets import good_file
from tests.contract.model_server import WORDS
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

Work = Callable[[openai.AsyncOpenAI], Awaitable[None]]
Run = Callable[[Work], None]


@pytest.fixture
def run(api_url: str, tenant: Tenant) -> Run:
    """Run a coroutine with a client, on an event loop of its own."""

    async def with_client(work: Work) -> None:
        async with openai.AsyncOpenAI(
            base_url=f"{api_url}/v1", api_key=tenant.api_key, max_retries=0, _strict_response_validation=True
        ) as client:
            await work(client)

    return lambda work: asyncio.run(with_client(work))


class TestAsyncClient:
    def test_files(self, run: Run, drain: Drain) -> None:
        """Upload, wait, page, read and delete without blocking."""

        async def work(client: openai.AsyncOpenAI) -> None:
            made = [await client.files.create(file=("a.jsonl", good_file()), purpose="fine-tune") for _ in range(3)]
            await asyncio.to_thread(drain)
            ready = await client.files.wait_for_processing(made[0].id, poll_interval=0.02)
            listed = [file.id async for file in client.files.list(limit=2)]
            content = await client.files.content(made[0].id)
            deleted = await client.files.delete(made[0].id)

            assert ready.status == "processed"
            assert listed == [file.id for file in made][::-1]
            assert content.read() == good_file()
            assert deleted.deleted

        run(work)

    def test_uploads(self, run: Run) -> None:
        """The helper for large files works without blocking as well."""
        data = good_file(100)

        async def work(client: openai.AsyncOpenAI) -> None:
            upload = await client.uploads.upload_file_chunked(
                file=data,
                filename="a.jsonl",
                bytes=len(data),
                mime_type="application/jsonl",
                purpose="fine-tune",
                part_size=1000,
                md5=hashlib.md5(data, usedforsecurity=False).hexdigest(),
            )
            assert upload.status == "completed"

        run(work)

    def test_jobs_side_by_side(self, run: Run) -> None:
        """Many requests on one event loop are answered each with its own."""

        async def work(client: openai.AsyncOpenAI) -> None:
            file = await client.files.create(file=good_file(), purpose="fine-tune")
            create, metadata = client.fine_tuning.jobs.create, [{"number": str(number)} for number in range(10)]
            jobs = await asyncio.gather(
                *(create(model="tiny", training_file=file.id, metadata=pairs) for pairs in metadata)
            )
            cancelled = await asyncio.gather(*(client.fine_tuning.jobs.cancel(job.id) for job in jobs))
            listed = [job async for job in client.fine_tuning.jobs.list(limit=4)]
            events = [event async for event in client.fine_tuning.jobs.list_events(jobs[0].id)]

            assert [job.metadata for job in jobs] == metadata
            assert {job.status for job in cancelled} == {"cancelled"}
            assert {job.id for job in listed} == {job.id for job in jobs}
            assert events[0].message == "The job was cancelled"

        run(work)

    def test_chat(self, run: Run) -> None:
        """A streamed answer comes in pieces."""

        async def work(client: openai.AsyncOpenAI) -> None:
            stream = await client.chat.completions.create(
                model="tiny", messages=[{"role": "user", "content": "2 + 2?"}], stream=True
            )
            text = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]

            assert "".join(text) == "".join(WORDS)

        run(work)

    def test_errors(self, run: Run) -> None:
        """Refusals are raised with all their parts."""

        async def work(client: openai.AsyncOpenAI) -> None:
            with pytest.raises(openai.NotFoundError) as raised:
                await client.models.retrieve("gpt-4o")
            assert (raised.value.code, raised.value.param) == ("model_not_found", "model")

        run(work)
