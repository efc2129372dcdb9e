"""client.models: names with colons, slashes and whatever a suffix may hold."""

from urllib.parse import quote

import httpx2
import openai
import pytest

from shared.models import service
from shared.resources import Resources
from tests.contract.conftest import HUB_MODEL
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

NAMES = [
    pytest.param("ft:tiny:acme::{tail}", id="colons"),
    pytest.param("ft:tiny:acme:desk:{tail}:ckpt-step-10", id="a checkpoint"),
    pytest.param("ft:acme/tiny-instruct:acme:desk:{tail}", id="a slash"),
    pytest.param("ft:tiny:acme:a/../b:{tail}", id="a path upwards"),
    pytest.param("ft:tiny:acme:100% sure?#1&2=3:{tail}", id="punctuation of URLs"),
    pytest.param("ft:tiny:acme:größe-🚀:{tail}", id="not ASCII"),
    pytest.param("ft:tiny:acme:{tail}/permissions", id="like a route"),
]


@pytest.fixture
def register(resources: Resources, tenant: Tenant) -> "Register":
    return Register(resources, tenant)


class Register:
    """Makes a name answer, as a finished training does. Names are unique in the whole service."""

    def __init__(self, resources: Resources, tenant: Tenant) -> None:
        self._resources = resources
        self._project_id = tenant.project_id

    def __call__(self, pattern: str) -> str:
        name = pattern.format(tail=self._project_id[-8:])
        with self._resources.database.transaction() as session:
            service.register_model(
                session,
                self._project_id,
                name=name,
                base="tiny",
                job_id="ftjob-1",
                step_number=1,
                adapter_prefix="jobs/proj_1/ftjob-1/step-000001/adapter",
            )
        return name


class TestListing:
    def test_base_models_and_ones_own(self, client: openai.OpenAI, register: Register, tenant: Tenant) -> None:
        """The list has the base models, which belong to the service, and what the project has trained."""
        tuned = register("ft:tiny:acme::{tail}")

        models = {model.id: model for model in client.models.list()}

        assert list(models) == ["tiny", HUB_MODEL, tuned]
        assert (models["tiny"].object, models["tiny"].owned_by) == ("model", "tunery")
        assert models[tuned].owned_by == tenant.project_id
        assert models[tuned].created > models["tiny"].created == 0


class TestNames:
    @pytest.mark.parametrize("pattern", NAMES)
    def test_any_name_is_found_and_deleted(self, client: openai.OpenAI, register: Register, pattern: str) -> None:
        """The SDK encodes a name for the path, and the service reads it back as it was."""
        name = register(pattern)

        assert client.models.retrieve(name).id == name
        deleted = client.models.delete(name)

        assert (deleted.id, deleted.object, deleted.deleted) == (name, "model", True)
        with pytest.raises(openai.NotFoundError) as raised:
            client.models.retrieve(name)
        assert raised.value.code == "model_not_found"

    @on_sqlite
    @pytest.mark.parametrize("safe", ["/:", ":", ""], ids=["raw slashes", "raw colons", "all encoded"])
    def test_every_spelling_of_a_path(self, http: httpx2.Client, safe: str) -> None:
        """Older SDKs send slashes as they are, newer ones encode them, others encode colons too."""
        response = http.get(f"/v1/models/{quote(HUB_MODEL, safe=safe)}")

        assert response.json()["id"] == HUB_MODEL

    def test_a_base_model_stays(self, client: openai.OpenAI) -> None:
        """Base models cannot be deleted."""
        with pytest.raises(openai.BadRequestError) as raised:
            client.models.delete(HUB_MODEL)

        assert raised.value.code == "model_not_deletable"
        assert client.models.retrieve(HUB_MODEL).id == HUB_MODEL

    def test_a_strangers_model(self, register: Register, other_client: openai.OpenAI) -> None:
        """A model of another project is not there."""
        name = register("ft:tiny:acme::{tail}")

        for call in (other_client.models.retrieve, other_client.models.delete):
            with pytest.raises(openai.NotFoundError):
                call(name)
        assert name not in [model.id for model in other_client.models.list()]
