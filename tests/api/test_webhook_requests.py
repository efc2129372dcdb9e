"""Webhook endpoints with addresses, names and event types that will not do."""

from typing import Any

import httpx2
import pytest

from shared.outbound.policy import outbound_policy
from shared.resources import Resources
from shared.webhooks import service
from shared.webhooks.service import MAX_ENDPOINTS
from tests.api.answers import assert_refused
from tests.api.standing import new_tenant
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

ENDPOINTS = "/v1/webhook_endpoints"
GOOD: dict[str, Any] = {
    "name": "CI",
    "url": "https://example.com/hook",
    "event_types": ["fine_tuning.job.succeeded"],
}

ADDRESSES = [
    pytest.param("", id="nothing"),
    pytest.param("example.com/hook", id="no scheme"),
    pytest.param("/hook", id="a path"),
    pytest.param("//example.com/hook", id="no scheme, two slashes"),
    pytest.param("javascript:alert(1)", id="javascript"),
    pytest.param("data:text/plain,x", id="data"),
    pytest.param("file:///etc/passwd", id="file"),
    pytest.param("ftp://example.com/", id="ftp"),
    pytest.param("gopher://example.com/", id="gopher"),
    pytest.param("http://", id="no host"),
    pytest.param("https:///hook", id="an empty host"),
    pytest.param("http://user:password@example.com/", id="user and password"),
    pytest.param("http://user@example.com/", id="a user"),
    pytest.param("http://example.com:0/", id="port 0"),
    pytest.param("http://example.com:65536/", id="port 65536"),
    pytest.param("http://example.com:-1/", id="a negative port"),
    pytest.param("http://example.com:https/", id="a port in words"),
    pytest.param("http://[::1/", id="an open bracket"),
    pytest.param("http://exa mple.com/", id="a space in the host"),
    pytest.param("http://example.com/a b", id="a space in the path"),
    pytest.param(" http://example.com/", id="a space in front"),
    pytest.param("http://example.com/\n", id="a line break"),
    pytest.param("http://example.com/\u202e", id="text turned round"),
    pytest.param("http://example.com/" + "x" * 3000, id="3 kB"),
    pytest.param("http://" + "x" * 3000 + "/", id="a host of 3 kB"),
    pytest.param("http://example.com/#x", id="a fragment"),
    pytest.param("http://10.1.2.3/", id="a private address"),
    pytest.param("http://169.254.169.254/", id="the metadata address"),
]

OTHER_FIELDS = [
    pytest.param({"name": ""}, "name", id="no name"),
    pytest.param({"name": "x" * 129}, "name", id="a name of 129 characters"),
    pytest.param({"name": "a\nb"}, "name", id="a name of two lines"),
    pytest.param({"name": "a\x1b[31m"}, "name", id="a name with a terminal's escape"),
    pytest.param({"name": 7}, "name", id="a name that is a number"),
    pytest.param({"event_types": []}, "event_types", id="no event types"),
    pytest.param({"event_types": ["job.done"]}, "event_types", id="an unknown event type"),
    pytest.param({"event_types": "fine_tuning.job.failed"}, "event_types", id="an event type that is no list"),
    pytest.param({"event_types": [None]}, "event_types.0", id="an event type that is null"),
    pytest.param({"event_types": ["x" * 65]}, "event_types.0", id="an event type of 65 characters"),
    pytest.param({"event_types": ["fine_tuning.job.failed"] * 65}, "event_types", id="65 event types"),
    pytest.param({"secret": "whsec_mine"}, "secret", id="a secret of one's own"),
]


@on_sqlite
@pytest.mark.usefixtures("unchanged")
class TestCreating:
    @pytest.mark.parametrize("url", ADDRESSES)
    def test_an_address_nobody_could_post_to_is_refused(self, http: httpx2.Client, url: str) -> None:
        """An address is absolute, http or https, names a host, and carries no credentials."""
        response = http.post(ENDPOINTS, json=GOOD | {"url": url})

        assert_refused(response, 400, param="url")

    @pytest.mark.parametrize(("fields", "param"), OTHER_FIELDS)
    def test_other_wrong_fields_are_refused(self, http: httpx2.Client, fields: dict[str, Any], param: str) -> None:
        """A field that will not do is a 400 with its name, and no endpoint comes into being."""
        response = http.post(ENDPOINTS, json=GOOD | fields)

        assert_refused(response, 400, param=param)


class TestUpdating:
    @pytest.fixture
    def endpoint_id(self, resources: Resources, tenant: Tenant) -> str:
        with resources.database.transaction() as session:
            endpoint, _ = service.create_endpoint(
                session,
                tenant.project_id,
                **GOOD,
                secret_key=resources.secret_key,
                policy=outbound_policy(resources.settings),
            )
        return endpoint.id

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            pytest.param({"name": "new", "url": "ftp://example.com/"}, "url", id="address"),
            pytest.param({"name": "new", "event_types": []}, "event_types", id="event types"),
            pytest.param({"name": "new\n"}, "name", id="name"),
        ],
    )
    def test_a_refused_update_changes_nothing(
        self, http: httpx2.Client, endpoint_id: str, fields: dict[str, Any], param: str
    ) -> None:
        """When one field will not do, the others stay as they were too."""
        before = http.get(f"{ENDPOINTS}/{endpoint_id}").json()

        response = http.post(f"{ENDPOINTS}/{endpoint_id}", json=fields)

        assert_refused(response, 400, param=param)
        assert http.get(f"{ENDPOINTS}/{endpoint_id}").json() == before

        http.delete(f"{ENDPOINTS}/{endpoint_id}")


class TestNames:
    @pytest.mark.parametrize("name", ["<b>", "{{7*7}}", "${jndi:ldap://x}", "' OR 1=1 --", "🚀\u202e\u200b"])
    def test_a_name_is_data(self, http: httpx2.Client, name: str) -> None:
        """Whatever a name looks like, it is given back as it came."""
        made = http.post(ENDPOINTS, json=GOOD | {"name": name}).json()

        assert made["name"] == name

        http.delete(f"{ENDPOINTS}/{made['id']}")


class TestLimit:
    def test_a_project_has_twenty_endpoints_at_most(self, api_url: str, resources: Resources) -> None:
        """The twenty-first is a 400; deleting one makes room."""
        tenant = new_tenant(resources, name="Collector")
        headers = {"authorization": f"Bearer {tenant.api_key}"}
        with httpx2.Client(base_url=api_url, headers=headers, trust_env=False) as client:
            made = [client.post(ENDPOINTS, json=GOOD).json()["id"] for _ in range(MAX_ENDPOINTS)]

            assert_refused(client.post(ENDPOINTS, json=GOOD), 400, code="webhook_endpoint_limit")
            client.delete(f"{ENDPOINTS}/{made[0]}")
            assert client.post(ENDPOINTS, json=GOOD).status_code == 200
