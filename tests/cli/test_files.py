"""`tunery files`: datasets in, results out."""

from pathlib import Path

from tests.cli.conftest import TinyApi, Tunery

FILE = {
    "id": "file-1",
    "object": "file",
    "bytes": 3,
    "created_at": 1,
    "filename": "[a].jsonl",
    "purpose": "fine-tune",
    "status": "processed",
}


class TestFiles:
    def test_an_upload_prints_the_id(self, tunery: Tunery, api: TinyApi, tmp_path: Path) -> None:
        """Uploading prints the new file's id alone, so that a script can take it."""
        api.answer("POST /v1/files", FILE)
        (tmp_path / "a.jsonl").write_text("{}\n", encoding="utf-8")

        assert tunery("files", "upload", str(tmp_path / "a.jsonl")).stdout == "file-1\n"

    def test_a_missing_file_is_refused_before_sending(self, tunery: Tunery, api: TinyApi, tmp_path: Path) -> None:
        """A path that does not exist is a usage error."""
        result = tunery("files", "upload", str(tmp_path / "absent.jsonl"))

        assert (result.exit_code, api.requests) == (2, [])

    def test_names_are_printed_as_they_are(self, tunery: Tunery, api: TinyApi) -> None:
        """A file name with square brackets appears whole in the list."""
        api.answer("GET /v1/files", {"object": "list", "data": [FILE], "has_more": False})

        assert "[a].jsonl" in tunery("files", "list").stdout

    def test_content_is_printed_byte_for_byte(self, tunery: Tunery, api: TinyApi) -> None:
        """A file's content goes to stdout as it came."""
        api.answer("GET /v1/files/file-1/content", "c3RlcCx0cmFpbl9sb3Nz\r\n")

        assert tunery("files", "content", "file-1").stdout_bytes == b"c3RlcCx0cmFpbl9sb3Nz\r\n"

    def test_content_can_be_written_to_a_file(self, tunery: Tunery, api: TinyApi, tmp_path: Path) -> None:
        """With --output the content goes to that file and nothing to stdout."""
        api.answer("GET /v1/files/file-1/content", "abc")

        result = tunery("files", "content", "file-1", "--output", str(tmp_path / "out"))

        assert (result.stdout, (tmp_path / "out").read_text(encoding="utf-8")) == ("", "abc")

    def test_a_refused_download_writes_nothing(self, tunery: Tunery, api: TinyApi, tmp_path: Path) -> None:
        """An unknown file's download ends with the API's message and leaves no file behind."""
        error = {"message": "No such File object: file-1", "type": "invalid_request_error", "param": "id", "code": None}
        api.answer("GET /v1/files/file-1/content", {"error": error}, status=404)

        result = tunery("files", "content", "file-1", "--output", str(tmp_path / "out"))

        assert result.stderr.startswith("error: No such File object: file-1 (param: id, status: 404")
        assert not (tmp_path / "out").exists()
