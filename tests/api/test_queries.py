"""Lists with limits, cursors and filters that nobody should send and somebody does."""

from typing import Any

import httpx2
import pytest

from shared.resources import Resources
from shared.settings import Settings
from tests.api.answers import assert_refused
from tests.api.standing import new_tenant
from tests.factories.rows import add_file, add_job
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

FILES = "/v1/files"
JOBS = "/v1/fine_tuning/jobs"
EVENTS = f"{JOBS}/{{job}}/events"
CHECKPOINTS = f"{JOBS}/{{job}}/checkpoints"
ENDPOINTS = "/v1/webhook_endpoints"

every_list = pytest.mark.parametrize(
    "path", [FILES, JOBS, EVENTS, CHECKPOINTS, ENDPOINTS], ids=["files", "jobs", "events", "checkpoints", "endpoints"]
)


@pytest.fixture(scope="module")
def listed(resources: Resources, tenant: Tenant, settings: Settings) -> str:
    """The id of a job, so that no list of `tenant` is without anything to list."""
    with resources.database.transaction() as session:
        job = add_job(session, tenant.principal, settings, labels={"team": "a", 'odd "key".[0]': "b"})
    return job.id


@on_sqlite
@pytest.mark.usefixtures("unchanged")
class TestLimits:
    @every_list
    def test_a_limit_of_nothing_is_an_empty_page(self, http: httpx2.Client, listed: str, path: str) -> None:
        """`limit=0` occurs in the wild: the page is empty, and no page follows that a loop could ask for in vain."""
        response = http.get(path.format(job=listed), params={"limit": 0})

        assert response.status_code == 200
        assert (response.json()["data"], response.json()["has_more"]) == ([], False)

    @every_list
    def test_a_limit_of_a_million_is_the_most_there_is(self, http: httpx2.Client, listed: str, path: str) -> None:
        """Too large a limit is no error: the page is as long as pages get."""
        response = http.get(path.format(job=listed), params={"limit": 1_000_000})

        assert response.status_code == 200
        assert response.json()["has_more"] is False

    @every_list
    def test_a_negative_limit_is_refused(self, http: httpx2.Client, listed: str, path: str) -> None:
        """Less than nothing is a 400 in every list."""
        response = http.get(path.format(job=listed), params={"limit": -1})

        assert_refused(response, 400, code="invalid_value", param="limit")

    @pytest.mark.parametrize("limit", ["100000000000000000000", "abc", "", "1.5", "0x10", "\u0661", "\0", "1 2"])
    def test_what_is_no_count_is_refused(self, http: httpx2.Client, limit: str) -> None:
        """A limit beyond any list, or that is no whole number, is a 400."""
        assert_refused(http.get(FILES, params={"limit": limit}), 400, code="invalid_value", param="limit")


@pytest.mark.usefixtures("unchanged")
class TestCursors:
    @every_list
    @pytest.mark.parametrize("after", ["garbage", "%00", "%ED%A0%80", "' OR 1=1 --", "file-" + "z" * 22])
    def test_an_unknown_cursor_ends_the_list(self, http: httpx2.Client, listed: str, path: str, after: str) -> None:
        """A cursor that is no item of the list gives an empty page or one of the list, never an error."""
        response = http.get(f"{path.format(job=listed)}?after={after}")

        assert response.status_code == 200
        assert response.json()["object"] == "list"

    @every_list
    def test_a_cursor_of_a_kilobyte_is_refused(self, http: httpx2.Client, listed: str, path: str) -> None:
        """No id is that long."""
        response = http.get(path.format(job=listed), params={"after": "x" * 1000})

        assert_refused(response, 400, code="invalid_value", param="after")

    @pytest.mark.usefixtures("listed")
    def test_a_strangers_cursor_opens_nothing(self, http: httpx2.Client, strangers_file: str) -> None:
        """A cursor of somebody else pages through one's own files only."""
        for order in ("asc", "desc"):
            page = http.get(FILES, params={"after": strangers_file, "order": order}).json()

            assert strangers_file not in [file["id"] for file in page["data"]]


@pytest.fixture(scope="module")
def strangers_file(resources: Resources) -> str:
    stranger = new_tenant(resources, name="Neighbour")
    with resources.database.transaction() as session:
        return add_file(session, stranger.project_id).id


def filtered(http: httpx2.Client, query: str) -> Any:
    return http.get(f"{JOBS}?{query}")


@pytest.mark.usefixtures("unchanged")
class TestFilters:
    @pytest.mark.parametrize(
        ("query", "is_match"),
        [
            pytest.param("metadata[team]=a", True, id="the pair"),
            pytest.param("metadata%5Bteam%5D=a", True, id="the pair, brackets encoded"),
            pytest.param("metadata[team]=b", False, id="another value"),
            pytest.param("metadata[Team]=a", False, id="another key"),
            pytest.param("metadata[team]=", False, id="no value"),
            pytest.param("metadata[odd%20%22key%22.[0]]=b", True, id="a key full of punctuation"),
            pytest.param("metadata[team]=a&metadata[nope]=1", False, id="one pair of two"),
            pytest.param("metadata[a.b]=1", False, id="a path"),
            pytest.param("metadata[$]=1", False, id="the root of a path"),
            pytest.param("metadata[' OR 1%3D1 --]=1", False, id="SQL"),
            pytest.param("metadata[0]=1", False, id="an index"),
            pytest.param("metadata[%ff]=%fe", False, id="not UTF-8"),
            pytest.param("metadata[]=1", False, id="an empty key"),
            pytest.param("metadata=null", False, id="jobs without any"),
            pytest.param("metadata[team=a", True, id="an open bracket, which is no filter"),
        ],
    )
    def test_a_filter_finds_what_matches_and_nothing_else(
        self, http: httpx2.Client, listed: str, query: str, is_match: bool
    ) -> None:
        """Metadata is compared as text, key by key, whatever punctuation is in it."""
        response = filtered(http, query)

        assert response.status_code == 200
        assert (listed in [job["id"] for job in response.json()["data"]]) is is_match

    @pytest.mark.parametrize("query", ["metadata[a]=%00", "metadata[%00]=a", "metadata[a%0ab]=c"])
    def test_control_characters_are_refused(self, http: httpx2.Client, query: str) -> None:
        """No metadata holds control characters, and PostgreSQL would refuse a NUL with an error of its own."""
        assert_refused(filtered(http, query), 400, param="metadata")

    def test_more_pairs_than_a_job_can_have_are_refused(self, http: httpx2.Client) -> None:
        """A filter of 1,500 pairs would be a query of 1,500 conditions."""
        query = "&".join(f"metadata[key{number}]=x" for number in range(1500))

        assert_refused(filtered(http, query), 400, param="metadata")

    @pytest.mark.parametrize("purpose", ["nope", "%00", "%ff", "fine-tune%0a"])
    @pytest.mark.usefixtures("listed")
    def test_an_unknown_purpose_finds_nothing(self, http: httpx2.Client, purpose: str) -> None:
        """Files of a purpose that does not exist are no files."""
        assert http.get(f"{FILES}?purpose={purpose}").json()["data"] == []

    @pytest.mark.parametrize("order", ["up", "ASC", "", "%00"])
    def test_an_unknown_order_is_refused(self, http: httpx2.Client, order: str) -> None:
        """Files come in one order or the other."""
        assert_refused(http.get(f"{FILES}?order={order}"), 400, code="invalid_value", param="order")


@on_sqlite
@pytest.mark.usefixtures("unchanged")
class TestRepeatedParameters:
    @pytest.mark.parametrize(
        ("query", "param"),
        [
            ("limit=1&limit=100", "limit"),
            ("after=a&limit=1&after=b", "after"),
            ("metadata[a]=1&metadata[a]=2", "metadata[a]"),
            ("unknown=1&unknown=1", "unknown"),
        ],
    )
    def test_a_parameter_given_twice_is_refused(self, http: httpx2.Client, query: str, param: str) -> None:
        """Proxies and services differ in which of two values counts, so neither does."""
        assert_refused(filtered(http, query), 400, code="invalid_value", param=param)

    def test_an_unknown_parameter_is_left_alone(self, http: httpx2.Client) -> None:
        """SDKs may send parameters that are newer than this service."""
        assert filtered(http, "include=everything").status_code == 200
