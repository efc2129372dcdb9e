"""The page of a report over HTTP, with a key and through a link."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from shared import clock
from shared.datasets.report_links import ReportLink, make_token
from shared.resources import Resources
from tests.api.datasets import good_file
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.api.test_dataset_changes import assert_problem
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain

MODEL = {"model": "tiny"}
LINK_PAGE = "/api/v1/report-page"


@pytest.fixture
def file_id(http: httpx2.Client, drain: Drain) -> str:
    """A file that a later `drain()` checks."""
    response = http.post("/v1/files", content=form(PURPOSE, file_part(good_file(20))), headers=CONTENT_TYPE)
    uploaded: str = response.json()["id"]
    return uploaded


@pytest.fixture
def link(http: httpx2.Client, file_id: str) -> Callable[..., str]:
    """Ask for a link to the page of the file; its token."""

    def ask(**parameters: str) -> str:
        response = http.post(f"/api/v1/datasets/{file_id}/report/link", params=parameters)
        assert response.status_code == 200, response.text
        address: str = response.json()["url"]
        return parse_qs(urlsplit(address).query)["token"][0]

    return ask


class TestPage:
    def test_waits_for_the_check_and_shows_it(self, http: httpx2.Client, file_id: str, drain: Drain) -> None:
        """The first who looks starts the check and gets a page that waits; then it is the report."""
        path = f"/api/v1/datasets/{file_id}/report.html"
        waiting = http.get(path, params=MODEL)
        drain()
        shown = http.get(path, params=MODEL)

        assert (waiting.status_code, shown.status_code) == (202, 200)
        assert "Being checked" in waiting.text
        assert "What the model sees" in shown.text
        assert shown.headers["content-type"] == "text/html; charset=utf-8"
        assert shown.headers["content-security-policy"].startswith("default-src 'none'")
        assert shown.headers["referrer-policy"] == "no-referrer"

    def test_without_a_model_is_that_of_the_upload(self, http: httpx2.Client, file_id: str, drain: Drain) -> None:
        """The report that each upload gets can be read as a page as well."""
        drain()

        assert "as uploaded" in http.get(f"/api/v1/datasets/{file_id}/report.html").text

    def test_wants_a_key(self, wire: httpx2.Client, file_id: str) -> None:
        """The page is the project's, like the report."""
        assert_problem(wire.get(f"/api/v1/datasets/{file_id}/report.html"), 401, "missing_api_key")


class TestLink:
    def test_opens_the_page_without_a_key(self, wire: httpx2.Client, link: Callable[..., str], drain: Drain) -> None:
        """A browser with the link needs no key, for the report and the parameters it was made for."""
        token = link(**MODEL)
        drain()
        wire.get(LINK_PAGE, params={"token": token})
        drain()

        shown = wire.get(LINK_PAGE, params={"token": token})
        assert shown.status_code == 200
        assert "for tiny" in shown.text

    def test_tells_its_address_and_its_end(self, http: httpx2.Client, api_url: str, file_id: str) -> None:
        """The answer is an absolute address and the second in which it ends, an hour from now."""
        answer = http.post(f"/api/v1/datasets/{file_id}/report/link").json()

        assert answer["url"].startswith(f"{api_url}{LINK_PAGE}?token=")
        assert 3590 <= answer["expires_at"] - clock.now_seconds() <= 3600

    @pytest.mark.parametrize(
        "change",
        ["", "x", "v1.", "v1.AAAA", "v2.00000000.AAAA", "\N{SNOWMAN}", "v1." + "A" * 9000],
        ids=["empty", "letter", "version", "short", "unknown key", "other alphabet", "endless"],
    )
    def test_refuses_what_is_no_token(self, wire: httpx2.Client, change: str) -> None:
        """Anything else in its place is refused with one message, and no page."""
        assert_problem(wire.get(LINK_PAGE, params={"token": change}), 401, "invalid_link")

    def test_refuses_a_changed_token(self, wire: httpx2.Client, link: Callable[..., str]) -> None:
        """A token of which one character is another opens nothing."""
        token = link()
        place = len(token) // 2
        other = "A" if token[place] != "A" else "B"

        assert_problem(
            wire.get(LINK_PAGE, params={"token": token[:place] + other + token[place + 1 :]}), 401, "invalid_link"
        )

    def test_ends_after_an_hour(self, wire: httpx2.Client, resources: Resources, tenant: Tenant, file_id: str) -> None:
        """A token whose time has come is refused like one that never was."""
        ended = ReportLink(tenant.project_id, file_id, expires_at=clock.now_seconds())
        token = make_token(ended, secret_key=resources.secret_key)

        assert_problem(wire.get(LINK_PAGE, params={"token": token}), 401, "invalid_link")

    def test_is_of_one_project(
        self, wire: httpx2.Client, resources: Resources, other_tenant: Tenant, file_id: str
    ) -> None:
        """A token sealed for another project does not reach this one's file."""
        foreign = ReportLink(other_tenant.project_id, file_id, expires_at=clock.now_seconds() + 60)
        token = make_token(foreign, secret_key=resources.secret_key)

        assert wire.get(LINK_PAGE, params={"token": token}).status_code == 404

    def test_ends_with_its_file(
        self, http: httpx2.Client, wire: httpx2.Client, file_id: str, link: Callable[..., str]
    ) -> None:
        """Once the file is deleted the link opens nothing."""
        token = link()
        http.delete(f"/v1/files/{file_id}")

        assert wire.get(LINK_PAGE, params={"token": token}).status_code == 404

    def test_is_refused_for_bad_parameters(self, http: httpx2.Client, file_id: str) -> None:
        """Parameters are looked at when the link is made, not when somebody opens it."""
        response = http.post(f"/api/v1/datasets/{file_id}/report/link", params={"method": "dpo"})

        assert_problem(response, 400, "missing_required_parameter")
