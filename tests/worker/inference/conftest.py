"""A model server in this process, on a tiny model, with one trained adapter in its object store."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest
import uvicorn
from pydantic import SecretStr

from shared.engine.config import TrainConfig
from shared.engine.hooks import SilentHooks
from shared.engine.run import run
from shared.settings import Settings
from shared.storage import open_store
from shared.storage.protocol import ObjectStore
from tests.engine.toys import toy_rows, write_rows
from worker.inference.adapter_cache import AdapterCache
from worker.inference.app import create_inference_app
from worker.inference.host import ModelHost

TOKEN = "known-to-api-and-model-server"
ADAPTER = "projects/proj_1/jobs/ftjob-1/adapter"


@dataclass(frozen=True)
class Server:
    """A running model server."""

    url: str
    host: ModelHost


@pytest.fixture(scope="module")
def server_settings(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Settings:
    """Two names for the tiny model, so that a server has bases to swap."""
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        base_models={"tiny": str(tiny_model), "twin": str(tiny_model)},
        inference_token=SecretStr(TOKEN),
        train_device="cpu",
    )


@pytest.fixture(scope="module")
def adapter_folder(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """An adapter trained far enough to change every answer."""
    place = tmp_path_factory.mktemp("training")
    config = TrainConfig(
        base=str(tiny_model),
        training_file=str(write_rows(place / "rows.jsonl", toy_rows(10))),
        run_dir=str(place),
        models_dir=str(place),
        n_epochs=2,
        batch_size=2,
        learning_rate_multiplier=30.0,
    )
    result = run(config, SilentHooks())
    assert result.final_checkpoint is not None
    return result.final_checkpoint / "adapter"


@pytest.fixture(scope="module")
def store(server_settings: Settings, adapter_folder: Path) -> ObjectStore:
    """The server's object store, with the adapter under ADAPTER."""
    store = open_store(server_settings)
    for file in adapter_folder.iterdir():
        store.put_file(f"{ADAPTER}/{file.name}", file)
    return store


@pytest.fixture(scope="module")
def server(server_settings: Settings, store: ObjectStore) -> Iterator[Server]:
    host = ModelHost(server_settings, AdapterCache(store, server_settings.data_dir / "cache"))
    config = uvicorn.Config(create_inference_app(host, token=TOKEN), log_config=None, lifespan="off")
    running = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield Server(f"http://127.0.0.1:{listener.getsockname()[1]}", host)
        running.should_exit = True
        thread.join()
    host.close()


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    """The official SDK, which here refuses every answer that is not exactly of the documented shape."""
    with openai.OpenAI(
        base_url=f"{server.url}/v1", api_key=TOKEN, max_retries=0, _strict_response_validation=True
    ) as client:
        yield client
