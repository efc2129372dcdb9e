"""One API for all tests of the wire, and a tenant of its own for each, so that lists hold what the test has made."""

from collections.abc import Callable, Iterator

import httpx2
import openai
import pytest
from pydantic import SecretStr

from shared.resources import Resources
from shared.settings import Settings
from tests.api.standing import (  # noqa: F401  fixtures of this folder
    DIALECTS,
    api_url,
    database,
    drain,
    new_tenant,
    resources,
    standing_settings,
    wire,
)
from tests.contract.importing import imported  # noqa: F401  a fixture of this folder
from tests.contract.model_server import TinyModelServer
from tests.contract.provider_chat import connection, tuned  # noqa: F401  fixtures of this folder
from tests.fixtures.api import ClientMaker
from tests.fixtures.database import Tenant

HUB_MODEL = "acme/tiny-instruct"
MODEL_SERVER_TOKEN = "shared-by-api-and-model-server"

RawClientMaker = Callable[[str], httpx2.Client]


@pytest.fixture(scope="session")
def model_server() -> Iterator[TinyModelServer]:
    """What answers chat completions behind the API."""
    server = TinyModelServer()
    yield server
    server.close()


@pytest.fixture(scope="session", params=DIALECTS)
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, model_server: TinyModelServer
) -> Iterator[Settings]:
    """A database for this folder's tests, on SQLite and on PostgreSQL in turn."""
    folder = tmp_path_factory.mktemp("contract")
    model = str(request.getfixturevalue("tiny_model"))
    changes = {
        "inference_url": model_server.url,
        "inference_token": SecretStr(MODEL_SERVER_TOKEN),
        "base_models": {"tiny": model, HUB_MODEL: model},
    }
    with standing_settings(request, folder, **changes) as settings:
        yield settings


@pytest.fixture
def tenant(resources: Resources) -> Tenant:  # noqa: F811
    return new_tenant(resources, name="Acme")


@pytest.fixture
def other_tenant(resources: Resources) -> Tenant:  # noqa: F811
    """Somebody in another organization, to whom nothing of `tenant` exists."""
    return new_tenant(resources, name="Stranger")


@pytest.fixture(scope="session")
def connections() -> Iterator[httpx2.Client]:
    """The SDK's own kind of HTTP client, shared: making one takes longer than most tests."""
    with openai.DefaultHttpxClient() as connections:
        yield connections


@pytest.fixture
def client_for(api_url: str, connections: httpx2.Client) -> ClientMaker:  # noqa: F811
    """Make an unmodified client for a key. It never repeats a request and refuses answers that are off the wire."""

    def make(api_key: str) -> openai.OpenAI:
        return openai.OpenAI(
            base_url=f"{api_url}/v1",
            api_key=api_key,
            max_retries=0,
            http_client=connections,
            _strict_response_validation=True,
        )

    return make
