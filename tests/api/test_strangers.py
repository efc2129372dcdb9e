"""What belongs to another project answers as if it did not exist. The routes come from the OpenAPI document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from shared.connections import service as connections
from shared.connections.kinds import ConnectionKind
from shared.connections.service import ConnectionRequest
from shared.datasets.operations import service as operations
from shared.datasets.pipeline.question import AT_UPLOAD
from shared.datasets.pipeline.tables import CheckState, DatasetCheck
from shared.datasets.report import Report
from shared.datasets.tables import DerivationKind
from shared.ids import Prefix, new_id
from shared.imports import service as imports
from shared.models import service as models
from shared.outbound.policy import outbound_policy
from shared.recordings import service as recordings
from shared.recordings.service import RecordingRequest
from shared.resources import Resources
from shared.uploads import service as uploads
from shared.uploads.service import UploadPlan
from shared.webhooks import service as webhooks
from tests.api.answers import assert_refused, refusal_of
from tests.api.forms import CONTENT_TYPE, file_part, form
from tests.api.standing import new_tenant
from tests.factories.rows import add_file, add_job
from tests.fixtures.database import Tenant

JOBS = "/v1/fine_tuning/jobs"
TUNED = "ft:tiny:owner::AbCdEfGh"
PROVIDER = ConnectionRequest(
    name="provider",
    kind=ConnectionKind.OPENAI_COMPATIBLE,
    base_url="http://127.0.0.1:1025/v1",
    secret="sk-of-the-owner",
)
"To where nobody listens."
PLACES = {"line": "1"}
"Path parameters that belong to nobody."


@dataclass(frozen=True)
class Belongings:
    """One thing of each kind, by the name of the path parameter that carries its id."""

    ids: dict[str, str]

    def __getitem__(self, parameter: str) -> str:
        assert parameter in self.ids, f"say here what stands for {{{parameter}}}, a parameter this test does not know"
        return self.ids[parameter]


@pytest.fixture(scope="module")
def owner(resources: Resources) -> Tenant:
    return new_tenant(resources, name="Owner")


@pytest.fixture(scope="module")
def owned(resources: Resources, owner: Tenant) -> Belongings:
    """What `owner` has."""
    project_id = owner.project_id
    plan = UploadPlan(filename="a", purpose="fine-tune", mime_type="text/plain", bytes=10)
    endpoint: dict[str, Any] = {"name": "CI", "url": "https://example.com/", "event_types": ["fine_tuning.job.failed"]}
    with resources.database.transaction() as session:
        job = add_job(session, owner.principal, resources.settings)
        upload = uploads.create_upload(session, project_id, plan, max_bytes=100)
        hook, _ = webhooks.create_endpoint(
            session,
            project_id,
            **endpoint,
            secret_key=resources.secret_key,
            policy=outbound_policy(resources.settings),
        )
        models.register_model(
            session, project_id, name=TUNED, base="tiny", job_id=job.id, step_number=1, adapter_prefix="jobs/a"
        )
        session.add(a_report(project_id, job.training_file))
        operation = operations.create_operation(
            session, project_id, kind=DerivationKind.SPLIT, file_ids=[job.training_file], params={}
        )
        connection = connections.create_connection(session, owner.principal, PROVIDER, settings=resources.settings)
        running = imports.start_import(session, owner.principal, connection_id=connection.id)
        request = RecordingRequest(model=TUNED, file_id=job.training_file)
        recording = recordings.create_recording(session, project_id, import_id=running.id, request=request)
    ids = {"fine_tuning_job_id": job.id, "file_id": job.training_file, "upload_id": upload.id, "model": TUNED}
    ids |= {"webhook_endpoint_id": hook.id, "operation_id": operation.id, "connection_id": connection.id}
    return Belongings(ids | {"import_id": running.id, "recording_id": recording.id})


def a_report(project_id: str, file_id: str) -> DatasetCheck:
    return DatasetCheck(
        id=new_id(Prefix.DATASET_CHECK),
        project_id=project_id,
        file_id=file_id,
        question=AT_UPLOAD.digest,
        state=CheckState.SUCCEEDED,
        bytes_total=10,
        report=Report().to_dict(),
        created_at=1,
    )


@pytest.fixture
def absent() -> Belongings:
    """Ids of the right form that nobody has."""
    prefixes = {
        "fine_tuning_job_id": Prefix.JOB,
        "file_id": Prefix.FILE,
        "upload_id": Prefix.UPLOAD,
        "webhook_endpoint_id": Prefix.WEBHOOK_ENDPOINT,
        "operation_id": Prefix.OPERATION,
        "connection_id": Prefix.CONNECTION,
        "import_id": Prefix.IMPORT,
        "recording_id": Prefix.RECORDING,
    }
    ids = {name: new_id(prefix) for name, prefix in prefixes.items()}
    return Belongings(ids | {"model": "ft:tiny:owner::00000000"})


@pytest.fixture
def stranger(api_url: str, other_tenant: Tenant) -> Iterator[httpx2.Client]:
    """Somebody with a key of another organization."""
    headers = {"authorization": f"Bearer {other_tenant.api_key}"}
    with httpx2.Client(base_url=api_url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    parameters: list[str]

    def call(self, client: httpx2.Client, ids: Belongings) -> httpx2.Response:
        path = self.path.format(**{name: PLACES.get(name) or ids[name] for name in self.parameters})
        return client.request(self.method, path, params=self._query(), **self._body())

    def _query(self) -> dict[str, str]:
        return {"model": "tiny"} if self.path.endswith("/rendered") else {}

    def _body(self) -> dict[str, Any]:
        if self.path.endswith("/parts"):
            return {"content": form(file_part(b"x", name="data")), "headers": CONTENT_TYPE}
        if self.path.endswith("/complete"):
            return {"json": {"part_ids": ["part_0000000000000000000000"]}}
        if "/datasets/" in self.path and self.method == "POST":
            return {"json": {"rows": 1} if self.path.endswith("/sample") else {}}
        if self.path.endswith(("/record", "/retrain")):
            return {"json": {"job": "ftjob-of-old", "model": "tiny"} if self.path.endswith("/retrain") else {}}
        is_renamed = self.method == "PATCH" or (self.method == "POST" and "webhook" in self.path)
        return {"json": {"name": "mine now"}} if is_renamed else {}


def routes_with_ids(document: dict[str, Any]) -> list[Route]:
    """Every operation whose path names something that belongs to somebody."""
    return [
        Route(method.upper(), path, [part["name"] for part in operation["parameters"] if part["in"] == "path"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "{" in path
    ]


class TestEveryRoute:
    @pytest.mark.usefixtures("owned", "unchanged")
    def test_a_strangers_id_is_as_good_as_none(
        self, stranger: httpx2.Client, owned: Belongings, absent: Belongings, subtests: pytest.Subtests
    ) -> None:
        """On every route with an id, somebody else's gets the answer of one that nobody has, but for the id itself."""
        routes = routes_with_ids(stranger.get("/openapi.json").json())

        assert routes
        for route in routes:
            with subtests.test(f"{route.method} {route.path}"):
                foreign, unknown = route.call(stranger, owned), route.call(stranger, absent)

                assert foreign.status_code == unknown.status_code == 404
                assert without(owned, foreign.text) == without(absent, unknown.text)
                assert set(foreign.headers) == set(unknown.headers)

    def test_to_their_owner_they_exist(
        self, api_url: str, owner: Tenant, owned: Belongings, subtests: pytest.Subtests
    ) -> None:
        """What a stranger cannot find is there: its owner reads it on the same routes."""
        headers = {"authorization": f"Bearer {owner.api_key}"}
        with httpx2.Client(base_url=api_url, headers=headers, trust_env=False) as client:
            for route in routes_with_ids(client.get("/openapi.json").json()):
                # The bytes of the file were never written, and only reading leaves things as they are.
                if route.method == "GET" and not route.path.endswith(("/content", "/rendered")):
                    with subtests.test(route.path):
                        assert route.call(client, owned).status_code == 200


def without(ids: Belongings, text: str) -> str:
    for name, value in ids.ids.items():
        text = text.replace(value, f"<{name}>")
    return text


@pytest.mark.usefixtures("owned", "unchanged")
class TestBodies:
    @pytest.mark.parametrize("param", ["training_file", "validation_file"])
    def test_a_strangers_file_is_no_training_data(
        self, stranger: httpx2.Client, owned: Belongings, absent: Belongings, strangers_own_file: str, param: str
    ) -> None:
        """A job that names somebody else's file is refused as if the file were not there."""

        def create(file_id: str) -> httpx2.Response:
            return stranger.post(JOBS, json={"model": "tiny", "training_file": strangers_own_file, param: file_id})

        foreign, unknown = create(owned["file_id"]), create(absent["file_id"])

        assert_refused(foreign, 400, code="file_not_found", param=param)
        assert without(owned, refusal_of(foreign)["message"]) == without(absent, refusal_of(unknown)["message"])

    def test_a_strangers_model_does_not_answer(self, stranger: httpx2.Client, owned: Belongings) -> None:
        """Chat with somebody else's tuned model is a 404 like any name that no model has."""
        request = {"model": owned["model"], "messages": [{"role": "user", "content": "Hello"}]}

        assert_refused(stranger.post("/v1/chat/completions", json=request), 404, code="model_not_found")

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/v1/chat/completions", {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}),
            (JOBS, {"model": "gpt-4o"}),
            ("/api/v1/imports", {}),
        ],
    )
    def test_a_strangers_connection_takes_nothing(
        self,
        *,
        stranger: httpx2.Client,
        owned: Belongings,
        absent: Belongings,
        strangers_own_file: str,
        path: str,
        body: dict[str, Any],
    ) -> None:
        """Chat, jobs and imports over somebody else's connection are refused as if the connection were not there."""
        training = {"training_file": strangers_own_file} if path == JOBS else {}

        foreign, unknown = (
            stranger.post(path, json=body | training | {"connection": ids["connection_id"]}) for ids in (owned, absent)
        )

        assert foreign.status_code == unknown.status_code
        assert foreign.status_code in {400, 404}
        assert without(owned, foreign.text) == without(absent, unknown.text)

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/api/v1/datasets/merge", {"files": ["{mine}", "{theirs}"]}),
            ("/api/v1/datasets/import", {"file_id": "{theirs}"}),
            ("/api/v1/datasets/import", {"file_id": "{mine}", "join_file_id": "{theirs}"}),
        ],
    )
    def test_a_strangers_file_makes_no_other(
        self,
        *,
        stranger: httpx2.Client,
        owned: Belongings,
        absent: Belongings,
        strangers_own_file: str,
        path: str,
        body: dict[str, Any],
    ) -> None:
        """Merging and importing somebody else's file are refused as if the file were not there."""

        def ask(file_id: str) -> httpx2.Response:
            written = json.dumps(body).replace("{mine}", strangers_own_file).replace("{theirs}", file_id)
            return stranger.post(path, json=json.loads(written))

        foreign, unknown = ask(owned["file_id"]), ask(absent["file_id"])

        assert foreign.status_code == unknown.status_code == 404
        assert without(owned, foreign.text) == without(absent, unknown.text)

    def test_lists_hold_nothing_of_others(self, stranger: httpx2.Client, owned: Belongings) -> None:
        """No list of a stranger names anything that is not theirs."""
        ours = ("/api/v1/connections", "/api/v1/imports", "/api/v1/datasets/operations")
        for path in ("/v1/files", JOBS, "/v1/models", "/v1/webhook_endpoints", *ours):
            listed = stranger.get(path).raise_for_status().text

            assert not [value for value in owned.ids.values() if value in listed]


@pytest.fixture(scope="module")
def strangers_own_file(resources: Resources, other_tenant: Tenant) -> str:
    with resources.database.transaction() as session:
        return add_file(session, other_tenant.project_id).id
