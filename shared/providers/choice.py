"""Which provider a job has: the one place that knows all of them."""

from shared.jobs.tables import Job
from shared.providers.engine import EngineProvider
from shared.providers.openai_wire import OpenAIWireProvider
from shared.providers.protocol import Provider

_ENGINE = EngineProvider()
_OPENAI_WIRE = OpenAIWireProvider()


def provider_of(job: Job) -> Provider:
    return _ENGINE if job.connection_id is None else _OPENAI_WIRE
