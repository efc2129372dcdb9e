"""One store per test, in a folder and in a bucket of an S3-compatible server on loopback."""

from pathlib import Path
from typing import Any

import pytest

from shared.settings import Settings
from shared.storage import ObjectStore, open_store


@pytest.fixture
def s3_settings(bucket_values: dict[str, Any], tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", **bucket_values)


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
