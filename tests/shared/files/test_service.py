"""Files: labels, pages, what strangers see, and deletion."""

import string
from collections.abc import Callable
from typing import Any

import pytest

from shared.db.session import Database, Hint
from shared.errors import InvalidInputError
from shared.files import service
from shared.files.errors import FileNotFoundInProjectError
from shared.files.tables import File, FileStatus, Purpose
from shared.storage.protocol import StoredObject
from shared.tasks import Work
from tests.factories.rows import add_file

PROJECT, STRANGER = "proj_1", "proj_2"
EMPTY = StoredObject(size_bytes=0, sha256="0" * 64)


@pytest.fixture
def file(database: Database) -> File:
    with database.transaction() as session:
        return add_file(session, PROJECT)


def add_many(database: Database, count: int, **received: Any) -> list[str]:
    """Ids of new files, oldest first."""
    with database.transaction() as session:
        return sorted(add_file(session, PROJECT, **received).id for _ in range(count))


def page(
    database: Database,
    *,
    project_id: str = PROJECT,
    after: str | None = None,
    limit: int = 10,
    ascending: bool = False,
    purpose: str | None = None,
) -> list[str]:
    with database.reading() as session:
        found = service.list_files(session, project_id, after=after, limit=limit, ascending=ascending, purpose=purpose)
    return [file.id for file in found]


def get(database: Database, file_id: str, project_id: str = PROJECT) -> File:
    with database.reading() as session:
        return service.get_file(session, project_id, file_id)


def delete(database: Database, file_id: str, project_id: str = PROJECT) -> None:
    with database.transaction() as session:
        service.delete_file(session, project_id, file_id)


class TestPurposes:
    @pytest.mark.parametrize("purpose", ["assistants", "batch", "fine-tune", "vision", "user_data"])
    def test_of_the_wire_are_taken(self, purpose: str) -> None:
        """Every purpose a client of the wire may upload for is taken."""
        assert service.check_purpose(purpose) == purpose

    @pytest.mark.parametrize("purpose", [None, "", "fine-tune-results", "evals", "Fine-tune", "x" * 500])
    def test_that_cannot_be_uploaded_for_are_refused(self, purpose: str | None) -> None:
        """Missing and unknown purposes are refused, naming those there are; result files are the service's own."""
        with pytest.raises(InvalidInputError, match="fine-tune") as refusal:
            service.check_purpose(purpose)

        assert (refusal.value.param, refusal.value.code) == ("purpose", "invalid_purpose")
        assert len(refusal.value.message) < 200


class TestFilenames:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("train.jsonl", "train.jsonl"),
            ("../../etc/passwd", "passwd"),
            ("C:\\data\\train.jsonl", "train.jsonl"),
            ("/", "upload"),
            ("", "upload"),
            ("..", "upload"),
            (" . ", "upload"),
            ("a\x00b\nc\u202e.jsonl", "abc.jsonl"),
            ("\ud800.jsonl", ".jsonl"),
            ("ünï 日本.jsonl", "ünï 日本.jsonl"),
            ("x" * 300, "x" * 255),
        ],
    )
    def test_become_labels(self, given: str, kept: str) -> None:
        """A client's file name is kept as a one-line label without a path."""
        assert service.clean_filename(given) == kept

    def test_have_no_part_in_where_bytes_lie(self, database: Database) -> None:
        """An object's key is made of our ids alone."""
        with database.transaction() as session:
            file = add_file(session, PROJECT, filename="../escape.jsonl")

        assert file.object_key == f"files/{PROJECT}/{file.id}"
        assert set(file.object_key) <= set(string.ascii_letters + string.digits + "/-_")


class TestCreating:
    def test_asks_for_a_check(self, database: Database, rung: list[Hint]) -> None:
        """A new file waits to be checked, and the check is asked for in the same breath."""
        with database.transaction() as session:
            file = add_file(session, PROJECT)

        assert get(database, file.id).status == FileStatus.UPLOADED
        assert [(hint.queue, hint.kind) for hint in rung] == [("data", Work.PROCESS_FILE)]

    def test_refuses_an_empty_file(self, database: Database) -> None:
        """A file without a byte is refused and leaves nothing."""
        with pytest.raises(InvalidInputError) as refusal, database.transaction() as session:
            add_file(session, PROJECT, stored=EMPTY)

        assert (refusal.value.param, refusal.value.code) == ("file", "empty_file")
        assert page(database) == []

    def test_notes_when_a_file_expires(self, database: Database) -> None:
        """A file with a lifetime expires that long after it was made."""
        with database.transaction() as session:
            file = add_file(session, PROJECT, expires_after_seconds=3600)

        assert file.expires_at == file.created_at + 3600

    def test_a_result_file_needs_no_check(self, database: Database, rung: list[Hint]) -> None:
        """A file the service wrote itself is ready at once."""
        with database.transaction() as session:
            file = service.create_result_file(
                session, PROJECT, object_key="k", filename="m.csv", stored=StoredObject(1, "0" * 64)
            )

        assert (file.status, file.purpose, rung) == (FileStatus.PROCESSED, Purpose.FINE_TUNE_RESULTS, [])


class TestChecking:
    @pytest.mark.parametrize(
        ("problem", "status"), [(None, FileStatus.PROCESSED), ("Line 3 is not JSON.", FileStatus.ERROR)]
    )
    def test_moves_a_file_on(self, database: Database, file: File, problem: str | None, status: FileStatus) -> None:
        """A checked file is processed, or in error with the problem told."""
        with database.transaction() as session:
            service.mark_checked(session, PROJECT, file.id, problem=problem)

        found = get(database, file.id)
        assert (found.status, found.status_details) == (status, problem)


class TestListing:
    def test_is_newest_first(self, database: Database) -> None:
        """Files come newest first unless asked otherwise."""
        ids = add_many(database, 3)

        assert page(database) == ids[::-1]
        assert page(database, ascending=True) == ids

    @pytest.mark.parametrize("ascending", [False, True])
    def test_pages_join_without_gap_or_overlap(self, database: Database, ascending: bool) -> None:
        """Walking the pages gives every file once, in order."""
        ids = add_many(database, 5)
        first = page(database, limit=2, ascending=ascending)
        second = page(database, after=first[-1], limit=2, ascending=ascending)
        third = page(database, after=second[-1], limit=2, ascending=ascending)

        assert first + second + third == (ids if ascending else ids[::-1])

    def test_goes_on_behind_a_deleted_file(self, database: Database) -> None:
        """A file deleted in the meantime is still a place to go on from."""
        oldest, middle, newest = add_many(database, 3)
        delete(database, middle)

        assert page(database, after=middle) == [oldest]
        assert page(database) == [newest, oldest]

    def test_can_be_of_one_purpose(self, database: Database) -> None:
        """A list may be narrowed to one purpose."""
        add_many(database, 2)
        batch = add_many(database, 2, purpose="batch")

        assert page(database, purpose="batch", ascending=True) == batch


class TestStrangers:
    @pytest.mark.parametrize("act", [get, delete], ids=["get", "delete"])
    def test_find_no_file(self, database: Database, file: File, act: Callable[[Database, str, str], object]) -> None:
        """Another project's file can be neither seen nor deleted: it is as if absent."""
        with pytest.raises(FileNotFoundInProjectError, match=file.id):
            act(database, file.id, STRANGER)

        assert get(database, file.id) == file

    def test_list_no_file(self, database: Database, file: File) -> None:
        """A list holds the files of one project."""
        assert page(database, project_id=STRANGER) == []
        assert page(database) == [file.id]


class TestDeleting:
    def test_hides_at_once(self, database: Database, file: File) -> None:
        """A deleted file is gone for every later request, a second deletion among them."""
        delete(database, file.id)

        with pytest.raises(FileNotFoundInProjectError):
            delete(database, file.id)
        assert page(database) == []

    def test_work_under_way_still_finds_it(self, database: Database, file: File) -> None:
        """A training that has begun can still read a file deleted under it."""
        delete(database, file.id)

        with database.reading() as session:
            assert service.find_file_even_deleted(session, PROJECT, file.id) is not None
            assert service.find_file_even_deleted(session, STRANGER, file.id) is None
