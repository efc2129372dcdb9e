"""Names are labels, whichever way they come in: kept for people to recognise, never used as a path."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from shared.files.service import object_key
from shared.resources import Resources
from tests.api.datasets import good_file
from tests.api.forms import CONTENT_TYPE, PURPOSE, field, file_part, form
from tests.api.test_dataset_changes import assert_problem
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.receiver import Answer, Receiver
from tests.fixtures.settings import on_sqlite

LABELS = {
    "a path upwards": ("../../etc/passwd", "passwd"),
    "a path with backslashes": ("..\\..\\boot.ini", "boot.ini"),
    "an absolute path": ("/etc/shadow", "shadow"),
    "a path of another system": ("C:\\Windows\\win.ini", "win.ini"),
    "a path upwards, encoded": ("%2e%2e%2fetc%2fpasswd", "%2e%2e%2fetc%2fpasswd"),
    "text turned round": ("a\u202egpj.exe", "agpj.exe"),
    "only dots": ("..", "upload"),
    "only dots and spaces": (" . .. ", "upload"),
    "only a path": ("../", "upload"),
    "markup": ("<script>alert(1)<%2Fscript>", "<script>alert(1)<%2Fscript>"),
    "quotes": ('a"; filename="b.exe', 'a"; filename="b.exe'),
    "SQL": ("' OR 1=1 --", "' OR 1=1 --"),
    "not ASCII": ("schön.jsonl", "schön.jsonl"),
}
"What is sent, and what is left of it to show."
CONTROLS = {"NUL": "a\0b.jsonl", "a header": "a\r\nx-evil: 1", "an escape": "a\x1b[31mb"}

PLACES = {
    "a path upwards": "imports/{project}/../../etc/passwd",
    "a path upwards, encoded": "imports/{project}/%2e%2e%2fpasswd",
    "a path with backslashes": "imports/{project}/..\\..\\passwd",
    "an absolute path": "/imports/{project}/a.jsonl",
    "a drive": "C:/imports/{project}/a.jsonl",
    "only dots": "imports/{project}/..",
    "nothing behind the folder": "imports/{project}/",
    "nothing between slashes": "imports/{project}//a.jsonl",
    "NUL": "imports/{project}/a\0.jsonl",
    "a line break": "imports/{project}/a.jsonl\n",
    "text turned round": "imports/{project}/a\u202elnosj",
    "300 characters": "imports/{project}/" + "n" * 300,
    "another folder": "files/{project}/file-1",
    "a folder that begins alike": "imports/{project}2/a.jsonl",
}
"Object keys that lead elsewhere, or nowhere."

MEMBERS = {
    "a path upwards": "../../etc/passwd.jsonl",
    "a path upwards, further in": "data/../../../x.jsonl",
    "a path with backslashes": "..\\..\\x.jsonl",
    "an absolute path": "/etc/x.jsonl",
    "a drive": "C:\\x.jsonl",
    "a path to dress up": "../\x1b[2J\u202ex.jsonl",
}


OURS = ("objects/files/proj_", "objects/uploads/proj_", "objects/checks/proj_", "tunery.db")
"What the service writes in its data folder, by how the paths begin."


def upload(http: httpx2.Client, name: bytes, data: bytes = b"{}\n", *, purpose: bytes = PURPOSE) -> dict[str, Any]:
    body = form(purpose, file_part(data, filename=name))
    file: dict[str, Any] = http.post("/v1/files", content=body, headers=CONTENT_TYPE).json()
    return file


def begin_upload(http: httpx2.Client, name: str) -> httpx2.Response:
    wish = {"filename": name, "purpose": "fine-tune", "bytes": 3, "mime_type": "text/jsonl"}
    return http.post("/v1/uploads", json=wish)


def finish_upload(http: httpx2.Client, upload_id: str) -> str:
    """Send what was announced; the id of the file."""
    body = form(file_part(b"{}\n", name="data"))
    part = http.post(f"/v1/uploads/{upload_id}/parts", content=body, headers=CONTENT_TYPE).json()
    ended = http.post(f"/v1/uploads/{upload_id}/complete", json={"part_ids": [part["id"]]}).json()
    file_id: str = ended["file"]["id"]
    return file_id


def ask_for_import(http: httpx2.Client, **wish: Any) -> httpx2.Response:
    return http.post("/api/v1/datasets/import", json=wish)


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def tarred(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture
def source_id(http: httpx2.Client) -> str:
    """A file to import."""
    file_id: str = upload(http, b"rows.jsonl", good_file())["id"]
    return file_id


@pytest.fixture
def imported(http: httpx2.Client, drain: Drain) -> Callable[..., dict[str, Any]]:
    """Ask for an import and have it done; the operation afterwards."""

    def run(**wish: Any) -> dict[str, Any]:
        operation_id = ask_for_import(http, **wish).json()["id"]
        drain()
        operation: dict[str, Any] = http.get(f"/api/v1/datasets/operations/{operation_id}").json()
        return operation

    return run


@pytest.fixture(autouse=True)
def nothing_elsewhere(resources: Resources) -> Any:
    """Fails a test after which the data folder holds more than the store's objects under keys of ours."""

    def look() -> set[str]:
        folder = resources.settings.data_dir
        paths = {path.relative_to(folder.parent).as_posix() for path in folder.parent.rglob("*") if path.is_file()}
        ours = tuple(f"{folder.name}/{name}" for name in OURS)
        return {path for path in paths if not path.startswith(ours)}

    before = look()
    yield
    assert look() == before


class TestFiles:
    @pytest.mark.parametrize(("sent", "label"), LABELS.values(), ids=LABELS)
    def test_a_name_is_kept_as_a_label(
        self, http: httpx2.Client, resources: Resources, tenant: Tenant, sent: str, label: str
    ) -> None:
        """Whatever a file is called, it is stored under an id of ours, and its name is what is left of it to show."""
        file = upload(http, sent.replace("\\", "\\\\").replace('"', '\\"').encode())

        assert file["filename"] == http.get(f"/v1/files/{file['id']}").json()["filename"] == label
        assert resources.store.exists(object_key(tenant.project_id, file["id"]))

    @pytest.mark.parametrize(
        ("sent", "label"),
        [
            pytest.param(b"a\0b.jsonl", "ab.jsonl", id="NUL"),
            pytest.param(b"a\x1b[31mb", "a[31mb", id="an escape"),
            pytest.param(b"", "upload", id="nothing"),
            pytest.param(b"n" * 5000, "n" * 255, id="5,000 characters"),
            pytest.param(b"\xff.jsonl", "\ufffd.jsonl", id="not UTF-8"),
        ],
    )
    def test_bytes_that_are_no_name(self, http: httpx2.Client, sent: bytes, label: str) -> None:
        """What cannot be shown is left out of a name, and what is too long for one."""
        assert upload(http, sent)["filename"] == label


class TestUploads:
    @pytest.mark.parametrize(("sent", "label"), LABELS.values(), ids=LABELS)
    def test_a_name_is_kept_as_a_label(self, http: httpx2.Client, sent: str, label: str) -> None:
        """A file that comes in parts is called as one that comes at once would be."""
        begun = begin_upload(http, sent).json()

        file_id = finish_upload(http, begun["id"])

        assert (begun["filename"], http.get(f"/v1/files/{file_id}").json()["filename"]) == (label, label)

    @pytest.mark.parametrize("sent", CONTROLS.values(), ids=CONTROLS)
    def test_control_characters(self, http: httpx2.Client, sent: str) -> None:
        """Control characters in a name are refused or left out; none is ever given back."""
        answer = begin_upload(http, sent)

        assert answer.status_code in {200, 400}
        assert answer.json().get("filename", "").isprintable()

    def test_long_names(self, http: httpx2.Client) -> None:
        """A name of 300 characters is refused by name."""
        answer = begin_upload(http, "n" * 300)

        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "filename")


@on_sqlite
class TestImports:
    @pytest.mark.parametrize(("sent", "label"), LABELS.values(), ids=LABELS)
    def test_a_name_is_kept_as_a_label(
        self, http: httpx2.Client, imported: Callable[..., dict[str, Any]], source_id: str, sent: str, label: str
    ) -> None:
        """The name asked for a new file is the label of that file, and no more."""
        made = imported(file_id=source_id, filename=sent)["result"]["files"]["dataset"]

        assert http.get(f"/v1/files/{made}").json()["filename"] == label

    @pytest.mark.parametrize("sent", [*CONTROLS.values(), "n" * 300], ids=[*CONTROLS, "300 characters"])
    @pytest.mark.parametrize("param", ["filename", "sheet", "split"])
    def test_names_that_are_refused(self, http: httpx2.Client, source_id: str, param: str, sent: str) -> None:
        """Control characters and 300 characters are refused in every name an import takes."""
        assert ask_for_import(http, file_id=source_id, **{param: sent}).status_code == 400

    @pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
    def test_places_that_are_not_the_projects(self, http: httpx2.Client, tenant: Tenant, place: str) -> None:
        """An object is named by plain segments below the project's folder, or it is refused before anything is read."""
        answer = ask_for_import(http, object_key=place.format(project=tenant.project_id))

        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert answer.json()["detail"].isprintable()

    @pytest.mark.parametrize(("sent", "label"), LABELS.values(), ids=LABELS)
    def test_names_of_addresses(
        self,
        http: httpx2.Client,
        imported: Callable[..., dict[str, Any]],
        receiver: Receiver,
        sent: str,
        label: str,
    ) -> None:
        """The last segment of an address, decoded, is a label like any other."""
        receiver.answer_next(Answer(body=good_file()))

        files = imported(url=f"{receiver.url}/{quote(sent, safe='')}")["result"]["files"]

        # An address that ends in a folder has no name to take.
        assert http.get(f"/v1/files/{files['source']}").json()["filename"] in {label, "download"}
        assert http.get(f"/v1/files/{files['dataset']}").json()["filename"].isprintable()


@on_sqlite
class TestArchives:
    @pytest.mark.parametrize("pack", [zipped, tarred])
    @pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)
    def test_paths_that_lead_out(
        self,
        http: httpx2.Client,
        imported: Callable[..., dict[str, Any]],
        pack: Callable[[str, bytes], bytes],
        member: str,
    ) -> None:
        """An archive with a path that leads out of it is refused as a whole, and the path shown with its escapes."""
        source = upload(http, b"rows.zip", pack(member, good_file()), purpose=field("purpose", "user_data"))

        failed = imported(file_id=source["id"])

        assert (failed["state"], failed["error"]["code"]) == ("failed", "archive_unsafe")
        assert failed["error"]["message"].isprintable()

    @pytest.mark.parametrize("member", ["%2e%2e%2fx.jsonl", "a\u202e.jsonl", "n" * 300 + ".jsonl", "CON.jsonl"])
    def test_strange_names_inside(
        self, http: httpx2.Client, imported: Callable[..., dict[str, Any]], member: str
    ) -> None:
        """A member that is called strangely and lies inside is read; no file of ours is called after it."""
        source = upload(http, b"rows.zip", zipped(member, good_file()), purpose=field("purpose", "user_data"))

        assert imported(file_id=source["id"])["result"]["n_rows"] == 10


@on_sqlite
class TestShowing:
    @pytest.mark.parametrize("sent", [*(sent for sent, _ in LABELS.values()), CONTROLS["a header"]])
    def test_downloads(self, http: httpx2.Client, source_id: str, sent: str) -> None:
        """Bytes are sent without their name, so no name can add to the headers or have a browser run it."""
        file_id = finish_upload(http, begin_upload(http, sent).json()["id"])

        plain, named = (http.get(f"/v1/files/{file}/content").headers for file in (source_id, file_id))

        assert set(named) == set(plain)
        assert named["content-type"] == "application/octet-stream"

    def test_pages(self, http: httpx2.Client, drain: Drain) -> None:
        """A report shows the name as text, whatever it holds."""
        file_id = upload(http, b"<img src=x onerror=alert(1)>.jsonl", good_file())["id"]
        drain()

        page = http.get(f"/api/v1/datasets/{file_id}/report.html").text

        assert "&lt;img src=x onerror=alert(1)&gt;.jsonl" in page
        assert "<img src=x" not in page

    @pytest.mark.parametrize("path", ["/api/v1/datasets/%2e%2e%2fetc/lineage", "/api/v1/datasets/..%5c..%5cx/report"])
    def test_ids(self, http: httpx2.Client, path: str) -> None:
        """A path in the place of an id is an id that nobody gave out."""
        answer = http.get(path)

        assert answer.status_code == 404
        assert_problem(answer, 404, answer.json()["code"])
