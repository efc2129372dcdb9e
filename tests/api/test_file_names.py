"""File names are labels: kept for people to recognise, never used as a path."""

import httpx2
import pytest

from shared.files.service import object_key
from shared.resources import Resources
from tests.api.forms import CONTENT_TYPE, PURPOSE, file_part, form
from tests.fixtures.database import Tenant


class TestNames:
    @pytest.mark.parametrize(
        ("sent", "label"),
        [
            pytest.param(b"../../etc/passwd", "passwd", id="a path upwards"),
            pytest.param(b"..\\\\..\\\\boot.ini", "boot.ini", id="a path with backslashes"),
            pytest.param(b"/etc/shadow", "shadow", id="an absolute path"),
            pytest.param(b"a\0b.jsonl", "ab.jsonl", id="NUL"),
            pytest.param("a\u202egpj.exe".encode(), "agpj.exe", id="text turned round"),
            pytest.param(b"", "upload", id="nothing"),
            pytest.param(b"../", "upload", id="only a path"),
            pytest.param(b"n" * 5000, "n" * 255, id="5,000 characters"),
            pytest.param(b"\xff.jsonl", "\ufffd.jsonl", id="not UTF-8"),
            pytest.param("schön.jsonl".encode(), "schön.jsonl", id="not ASCII"),
            pytest.param(b"<script>alert(1)<%2Fscript>", "<script>alert(1)<%2Fscript>", id="markup"),
            pytest.param(b"' OR 1=1 --", "' OR 1=1 --", id="SQL"),
        ],
    )
    def test_a_name_is_kept_as_a_label(
        self, http: httpx2.Client, resources: Resources, tenant: Tenant, sent: bytes, label: str
    ) -> None:
        """Whatever a file is called, it is stored under an id of ours, and its name is what is left of it to show."""
        body = form(PURPOSE, file_part(b"{}\n", filename=sent))

        file = http.post("/v1/files", content=body, headers=CONTENT_TYPE).json()

        assert file["filename"] == label
        assert resources.store.exists(object_key(tenant.project_id, file["id"]))
