"""Who may ask: API keys, and the headers that name an organization or a project."""

from collections.abc import Callable

import httpx2
import pytest

from shared import clock
from shared.ids import Prefix, new_id
from shared.resources import Resources
from shared.tenants import repository, service
from shared.tenants.keys import make_key, parse_key
from shared.tenants.service import Role
from shared.tenants.tables import ApiKey
from tests.api.answers import assert_refused
from tests.api.raw_http import ask
from tests.fixtures.database import Tenant

FILES = "/v1/files"

KeyMaker = Callable[..., str]


@pytest.fixture
def make(resources: Resources, tenant: Tenant) -> KeyMaker:
    """Make a key of the tenant's project."""

    def make(*, expires_at: int | None = None) -> str:
        with resources.database.transaction() as session:
            return service.create_key(
                session,
                project=repository.get_project_system(session, tenant.project_id),
                name="one more",
                role=Role.MEMBER,
                secret_key=resources.secret_key,
                expires_at=expires_at,
            )

    return make


def get(url: str, authorization: str) -> int:
    return ask(url, "GET", FILES, f"Authorization: {authorization}").status_code


class TestKeys:
    def test_a_request_without_a_key(self, wire: httpx2.Client) -> None:
        """No `Authorization` header is a 401 that says how to send a key."""
        assert_refused(wire.get(FILES), 401, code="missing_api_key")

    @pytest.mark.parametrize(
        "authorization",
        [
            pytest.param("Bearer", id="no key"),
            pytest.param("Bearer {key}x", id="one character more"),
            pytest.param("Bearer {short}", id="one character less"),
            pytest.param("Bearer {swapped}", id="upper for lower case"),
            pytest.param("Bearer {key}, Bearer {key}", id="two keys"),
            pytest.param("{key}", id="no scheme"),
            pytest.param("Basic {key}", id="another scheme"),
            pytest.param("Bearer sk-proj-abcdefghijklmnop", id="a key of another service"),
            pytest.param("Bearer sk-tunery-", id="only a prefix"),
            pytest.param("Bearer {unknown}", id="a key nobody was given"),
            pytest.param("Bearer \xff\xfe", id="not ASCII"),
            pytest.param("Bearer " + "x" * 10_000, id="10,000 characters"),
        ],
    )
    def test_a_key_that_is_not_one(self, api_url: str, tenant: Tenant, authorization: str) -> None:
        """Whatever is wrong with a key, the answer is one and the same 401."""
        key = tenant.api_key
        unknown = make_key(new_id(Prefix.API_KEY))
        sent = authorization.format(key=key, short=key[:-1], swapped=key.swapcase(), unknown=unknown)

        answer = ask(api_url, "GET", FILES, f"Authorization: {sent}")

        assert_refused(answer, 401, code="invalid_api_key")
        assert answer.content == ask(api_url, "GET", FILES, "Authorization: Bearer nonsense").content

    def test_an_expired_key(self, api_url: str, make: KeyMaker) -> None:
        """A key works until its time is over."""
        lasting, expired = make(expires_at=clock.now_seconds() + 3600), make(expires_at=clock.now_seconds())

        assert get(api_url, f"Bearer {lasting}") == 200
        assert get(api_url, f"Bearer {expired}") == 401

    def test_a_revoked_key(self, api_url: str, make: KeyMaker, resources: Resources) -> None:
        """A key that was revoked is refused from the next request on."""
        key = make()
        parsed = parse_key(key)
        assert parsed is not None
        before = get(api_url, f"Bearer {key}")

        with resources.database.transaction() as session:
            session.get_one(ApiKey, parsed.key_id).revoked_at = clock.now_seconds()

        assert (before, get(api_url, f"Bearer {key}")) == (200, 401)

    def test_the_scheme_is_a_word_in_any_case(self, api_url: str, tenant: Tenant) -> None:
        """`bearer` is `Bearer`: schemes are compared without case, as their standard says."""
        assert get(api_url, f"bearer {tenant.api_key}") == 200

    def test_the_admin_key_is_a_key(self, api_url: str, tenant: Tenant) -> None:
        """What the ordinary key may do, the admin key may do as well."""
        assert get(api_url, f"Bearer {tenant.admin_key}") == 200

    def test_health_needs_no_key(self, wire: httpx2.Client) -> None:
        """Supervisors and load balancers have no key."""
        assert wire.get("/healthz").status_code == 200
        assert wire.get("/readyz").status_code == 200


class TestTenantHeaders:
    @pytest.mark.parametrize("header", ["OpenAI-Organization", "OpenAI-Project"])
    def test_a_header_that_is_not_the_keys_own(self, http: httpx2.Client, header: str) -> None:
        """A key belongs to one organization and one project; a header that names another one is a 401."""
        response = http.get(FILES, headers={header: "somebody-else"})

        assert_refused(response, 401, code="mismatched_organization")

    def test_headers_of_a_stranger(self, http: httpx2.Client, other_tenant: Tenant) -> None:
        """An organization that exists is refused like one that does not."""
        strangers = http.get(FILES, headers={"OpenAI-Organization": other_tenant.organization_id})
        nobodys = http.get(FILES, headers={"OpenAI-Organization": "org-nobody"})

        assert_refused(strangers, 401)
        assert strangers.json() == nobodys.json()

    def test_the_keys_own_headers(self, http: httpx2.Client, tenant: Tenant) -> None:
        """Headers that name what the key belongs to, or nothing at all, change nothing."""
        own = {"OpenAI-Organization": tenant.organization_id, "OpenAI-Project": tenant.project_id}
        empty = {"OpenAI-Organization": "", "OpenAI-Project": ""}

        assert http.get(FILES, headers=own).status_code == 200
        assert http.get(FILES, headers=empty).status_code == 200
