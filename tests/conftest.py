"""Fixtures for every test. Each family lives in a file of its own under fixtures/."""

import pytest

# Fixture files import one another, and pytest explains assertions only in what it knew of before the import.
pytest.register_assert_rewrite("tests.fixtures")

pytest_plugins = [
    "tests.fixtures.api",
    "tests.fixtures.database",
    "tests.fixtures.drain",
    "tests.fixtures.faulty_proxy",
    "tests.fixtures.moderation",
    "tests.fixtures.postgres",
    "tests.fixtures.provider",
    "tests.fixtures.provider_jobs",
    "tests.fixtures.receiver",
    "tests.fixtures.redis",
    "tests.fixtures.s3",
    "tests.fixtures.second_tunery",
    "tests.fixtures.settings",
    "tests.fixtures.tiny_model",
    "tests.fixtures.workers",
]
