"""/api/v1/connections as somebody with curl uses it: made, looked at, tried, changed, deleted."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from shared.resources import Resources
from tests.api.standing import new_tenant
from tests.fixtures.database import Tenant
from tests.fixtures.provider import Provider, Reply, reply
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

CONNECTIONS = "/api/v1/connections"
SECRET = "sk-provider-0123456789-abcdwxyz"
LIST = {
    "object": "list",
    "data": [
        {"id": "gpt-4o", "object": "model", "created": 1, "owned_by": "system", "shutdown_date": "2027-01-14"},
        {"id": "qwen", "capabilities": {"fine_tune": True}},
        {"id": 7},
        {"id": "two\nlines"},
        "nonsense",
    ],
}


@pytest.fixture
def tenant(resources: Resources) -> Tenant:
    """Somebody without a connection."""
    return new_tenant(resources, name="Connected")


@pytest.fixture
def http(api_url: str, tenant: Tenant) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {tenant.api_key}"}
    with httpx2.Client(base_url=api_url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


def connect(http: httpx2.Client, provider: Provider | None = None, **changes: Any) -> dict[str, Any]:
    """A new connection to `provider`, or to nobody."""
    base_url = provider.base_url if provider else "https://provider.example/v1"
    body = {"name": "provider", "kind": "openai_compatible", "base_url": base_url, "secret": SECRET} | changes
    answer = http.post(CONNECTIONS, json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


class TestManaging:
    def test_a_retry_makes_no_second(self, http: httpx2.Client) -> None:
        """An SDK that repeats the request after a lost answer gets the connection that was made, not a refusal."""
        body = {"name": "once", "kind": "openai_compatible", "base_url": "https://provider.example/v1"}
        made = http.post(CONNECTIONS, json=body | {"secret": SECRET})

        again = http.post(CONNECTIONS, json=body | {"secret": SECRET}, headers={"x-stainless-retry-count": "1"})

        assert (made.status_code, again.status_code) == (200, 200)
        assert again.json() == made.json()

    def test_a_key_is_never_shown(self, http: httpx2.Client) -> None:
        """Neither the answer to making a connection nor any other shows its key; a hint tells keys apart."""
        made = connect(http)

        shown = [made, http.get(f"{CONNECTIONS}/{made['id']}").json(), http.get(CONNECTIONS).json()]

        assert made["secret_hint"] == "…wxyz"
        assert SECRET not in str(shown)

    def test_the_engine_is_always_there(self, http: httpx2.Client) -> None:
        """The list ends with the engine, page by page too, and the engine has a page of its own."""
        made = connect(http)

        whole = http.get(CONNECTIONS).json()
        first = http.get(CONNECTIONS, params={"limit": 1}).json()
        second = http.get(CONNECTIONS, params={"limit": 1, "after": made["id"]}).json()

        assert [item["id"] for item in whole["data"]] == [made["id"], "engine"]
        assert (first["has_more"], second["has_more"]) == (True, False)
        assert second["data"] == [http.get(f"{CONNECTIONS}/engine").json()]

    def test_changes_what_is_given(self, http: httpx2.Client) -> None:
        """PATCH changes the fields it has; null takes a header away and leaves the rest."""
        made = connect(http, organization="org-x", models=["gpt-4o*"], rate_limits={"concurrent": 2})

        changes = {"name": "new", "organization": None, "use_listed_models": False}
        changed = http.patch(f"{CONNECTIONS}/{made['id']}", json=changes).json()

        assert (changed["name"], changed["organization"], changed["models"]) == ("new", None, ["gpt-4o*"])
        assert (made["use_listed_models"], changed["use_listed_models"]) == (True, False)
        assert changed["rate_limits"] == {"requests_per_minute": None, "concurrent": 2}

    def test_is_gone_when_deleted(self, http: httpx2.Client) -> None:
        """A deleted connection is as if it had never been, and its name is free."""
        made = connect(http)

        http.delete(f"{CONNECTIONS}/{made['id']}")

        assert http.get(f"{CONNECTIONS}/{made['id']}").status_code == 404
        assert connect(http)["id"] != made["id"]

    def test_of_the_organization_wants_the_admin_key(self, http: httpx2.Client, tenant: Tenant) -> None:
        """With the ordinary key a connection for all projects is a 403, with the admin key it is made."""
        body = {"name": "shared", "kind": "openai", "secret": SECRET, "scope": "organization"}

        refused = http.post(CONNECTIONS, json=body)
        made = http.post(CONNECTIONS, json=body, headers={"authorization": f"Bearer {tenant.admin_key}"})

        assert (refused.status_code, refused.json()["code"]) == (403, "admin_key_needed")
        assert (made.json()["scope"], made.json()["base_url"]) == ("organization", "https://api.openai.com/v1")

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            pytest.param({"kind": "engine"}, "kind", id="an engine"),
            pytest.param({"kind": "anthropic"}, "kind", id="another wire"),
            pytest.param({"base_url": "https://169.254.169.254/v1"}, "base_url", id="metadata address"),
            pytest.param({"base_url": None}, "base_url", id="no address"),
            pytest.param({"secret": ""}, "secret", id="no key"),
            pytest.param({"secret": "sk-a\r\nx-evil: 1"}, "secret", id="a key of two lines"),
            pytest.param({"organization": "org\r\n"}, "organization", id="a header of two lines"),
            pytest.param({"models": ["a\tb"]}, "models.0", id="a pattern with a tab"),
            pytest.param({"rate_limits": {"concurrent": 0}}, "rate_limits.concurrent", id="a limit of none"),
            pytest.param({"sealed_secret": "x"}, "sealed_secret", id="an unknown field"),
            pytest.param({"name": "engine"}, "name", id="the engine's name"),
        ],
    )
    def test_what_will_not_do_is_refused(self, http: httpx2.Client, fields: dict[str, Any], param: str) -> None:
        """A field that will not do is a 400 problem naming it, and no connection comes into being."""
        body = {"name": "x", "kind": "openai_compatible", "base_url": "https://a.example/v1", "secret": SECRET}

        answer = http.post(CONNECTIONS, json=body | fields)

        assert (answer.status_code, answer.json()["param"]) == (400, param)
        assert [item["id"] for item in http.get(CONNECTIONS).json()["data"]] == ["engine"]


class TestTrying:
    def test_a_good_key(self, http: httpx2.Client, provider: Provider) -> None:
        """A provider that lists its models works, and what it lists is kept; nonsense in the list is left out."""
        provider.replies["/v1/models"] = reply(LIST)
        made = connect(http, provider)

        tried = http.post(f"{CONNECTIONS}/{made['id']}/test").json()

        assert (tried["success"], tried["outcome"], tried["models_found"]) == (True, "ok", 2)
        assert provider.asked[-1].headers["authorization"] == f"Bearer {SECRET}"
        models = http.get(f"{CONNECTIONS}/{made['id']}/models").json()
        assert [(model["id"], model["shutdown_date"]) for model in models["data"]] == [
            ("gpt-4o", "2027-01-14"),
            ("qwen", None),
        ]
        assert (models["problem"], len(provider.asked)) == (None, 1)

    def test_azure(self, http: httpx2.Client, provider: Provider) -> None:
        """Azure is asked under /openai/v1 with its own header."""
        provider.replies["/openai/v1/models"] = reply(LIST)
        made = connect(http, provider, kind="azure", base_url=provider.url)

        assert http.post(f"{CONNECTIONS}/{made['id']}/test").json()["success"]
        assert provider.asked[-1].headers["api-key"] == SECRET
        assert "authorization" not in provider.asked[-1].headers

    @pytest.mark.parametrize(
        ("told", "outcome", "state"),
        [
            (reply({"error": {"message": f"Incorrect API key: {SECRET}"}}, 401), "bad_key", "revoked"),
            (reply({"error": {"message": "Missing scope"}}, 403), "not_permitted", "ok"),
            (None, "not_found", "failing"),
            (reply({}, 429), "rate_limited", "ok"),
            (reply({}, 500), "refused", "failing"),
            (Reply(302, headers={"location": "http://127.0.0.1:1/"}), "refused", "failing"),
            (Reply(pieces=(b"<html>Welcome",), headers={"content-type": "text/html"}), "not_json", "failing"),
            (Reply(pieces=(b"[" * 5000,)), "not_json", "failing"),
            (reply({"data": "none"}), "not_json", "failing"),
            (Reply(pieces=(b'{"data"',), is_cut=True), "unreachable", "failing"),
            (Reply(pieces=(b" " * (1 << 20),) * 9), "too_large", "failing"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, http: httpx2.Client, provider: Provider, told: Reply | None, outcome: str, state: str
    ) -> None:
        """Each way not to work has a name and a sentence, which repeats nothing that the provider wrote."""
        if told is not None:
            provider.replies["/v1/models"] = told
        made = connect(http, provider)

        tried = http.post(f"{CONNECTIONS}/{made['id']}/test").json()

        assert (tried["success"], tried["outcome"]) == (False, outcome)
        assert SECRET not in str(tried)
        assert http.get(f"{CONNECTIONS}/{made['id']}").json()["state"] == state

    def test_nobody_is_there(self, http: httpx2.Client) -> None:
        """An address where nobody listens is unreachable."""
        made = connect(http, base_url="http://127.0.0.1:1025/v1")

        assert http.post(f"{CONNECTIONS}/{made['id']}/test").json()["outcome"] == "unreachable"

    def test_an_old_list_outlives_a_failure(self, http: httpx2.Client, provider: Provider) -> None:
        """When the provider cannot be asked, the list of before is given, with what went wrong."""
        provider.replies["/v1/models"] = reply(LIST)
        made = connect(http, provider)
        http.post(f"{CONNECTIONS}/{made['id']}/test")
        provider.replies["/v1/models"] = reply({}, 500)

        models = http.get(f"{CONNECTIONS}/{made['id']}/models", params={"refresh": True}).json()

        assert len(models["data"]) == 2
        assert "refused" in models["problem"]
