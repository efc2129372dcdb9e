"""One store per test, in a folder and in a bucket of an S3-compatible server on loopback."""

import logging
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from shared.settings import Settings
from shared.storage import ObjectStore, open_store
from shared.storage.s3 import make_client


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint_url = f"http://{host}:{port}"
    client = make_client(endpoint_url=endpoint_url, region="us-east-1", access_key_id="k", secret_access_key="s")
    client.create_bucket(Bucket="tunery")
    client.close()
    yield endpoint_url
    server.stop()


@pytest.fixture
def s3_settings(s3_endpoint: str, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        object_store=f"s3://tunery/{secrets.token_hex(8)}/objects",
        s3_endpoint_url=s3_endpoint,
        s3_access_key_id="k",
        s3_secret_access_key="s",
    )


@pytest.fixture
def folder_settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture(params=["folder", "s3"])
def settings(request: pytest.FixtureRequest) -> Settings:
    settings: Settings = request.getfixturevalue(f"{request.param}_settings")
    return settings


@pytest.fixture
def store(settings: Settings) -> ObjectStore:
    return open_store(settings)
