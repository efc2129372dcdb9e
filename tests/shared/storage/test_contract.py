"""What every store promises, checked on the folder and on the S3-compatible server alike."""

import hashlib
from pathlib import Path
from random import Random

import pytest

from shared.storage import InvalidObjectKeyError, ObjectNotFoundError, ObjectStore

BIG = Random(7).randbytes((17 << 20) + 5)


def put(store: ObjectStore, key: str, data: bytes) -> None:
    with store.writer(key) as writer:
        writer.write(data)
        writer.commit()


class TestWriting:
    @pytest.mark.parametrize("data", [b"", b"x", BIG], ids=["empty", "one-byte", "17-MiB"])
    def test_returns_what_was_written(self, store: ObjectStore, data: bytes) -> None:
        """A committed object reads back byte for byte, and its size and SHA-256 are reported."""
        with store.writer("files/a.jsonl") as writer:
            writer.write(data)
            stored = writer.commit()

        with store.open("files/a.jsonl") as reader:
            assert reader.read() == data
        assert stored.size_bytes == store.size("files/a.jsonl") == len(data)
        assert stored.sha256 == hashlib.sha256(data).hexdigest()

    def test_joins_many_small_writes(self, store: ObjectStore) -> None:
        """Writes of odd sizes that straddle part boundaries are joined in order."""
        pieces = [BIG[start : start + 700_001] for start in range(0, len(BIG), 700_001)]

        with store.writer("files/a") as writer:
            for piece in pieces:
                writer.write(piece)
            writer.commit()

        assert b"".join(store.iter_chunks("files/a")) == BIG

    def test_is_invisible_before_commit(self, store: ObjectStore) -> None:
        """Nobody sees an object while it is being written."""
        with store.writer("files/a") as writer:
            writer.write(BIG)

            assert not store.exists("files/a")
            assert list(store.list()) == []

    def test_leaves_nothing_without_commit(self, store: ObjectStore) -> None:
        """Leaving the writer without a commit leaves no object and no orphan."""
        with store.writer("files/a") as writer:
            writer.write(BIG)

        assert list(store.list()) == []
        assert store.sweep_orphans(older_than_seconds=-60) == 0

    def test_leaves_nothing_after_an_exception(self, store: ObjectStore) -> None:
        """An exception inside the block aborts the write and passes through."""
        with pytest.raises(TypeError), store.writer("files/a") as writer:
            writer.write("not bytes")  # type: ignore[arg-type]

        assert not store.exists("files/a")

    def test_keeps_the_old_object_when_a_replacement_is_abandoned(self, store: ObjectStore) -> None:
        """An abandoned replacement leaves the older object as it was."""
        put(store, "files/a", b"old")

        with store.writer("files/a") as writer:
            writer.write(b"new")

        assert b"".join(store.iter_chunks("files/a")) == b"old"

    def test_replaces_an_object(self, store: ObjectStore) -> None:
        """A second commit to the same key replaces the object."""
        put(store, "files/a", b"a longer first version")

        put(store, "files/a", b"second")

        assert b"".join(store.iter_chunks("files/a")) == b"second"

    def test_refuses_a_second_commit(self, store: ObjectStore) -> None:
        """A writer commits once."""
        with store.writer("files/a") as writer:
            writer.commit()

            with pytest.raises(ValueError, match=r"closed|committed"):
                writer.commit()


class TestReading:
    def test_seeks(self, store: ObjectStore) -> None:
        """An open object can be read from any place, as an archive's or a table's reader wants it."""
        put(store, "a", BIG)

        with store.open("a") as reader:
            reader.seek(-10, 2)
            tail = reader.read()
            reader.seek(9_000_000)
            middle = reader.read(10)

        assert tail == BIG[-10:]
        assert middle == BIG[9_000_000:9_000_010]

    @pytest.mark.parametrize(("start", "end"), [(0, None), (0, 0), (5, 6), (3_000_000, 12_000_001), (9, 10**9)])
    def test_reads_a_range(self, store: ObjectStore, start: int, end: int | None) -> None:
        """Chunks of a range join to exactly that range, and none is longer than asked."""
        put(store, "a", BIG)

        chunks = list(store.iter_chunks("a", 300_000, start=start, end=end))

        assert b"".join(chunks) == BIG[start:end]
        assert all(len(chunk) <= 300_000 for chunk in chunks)

    def test_iterates_lines(self, store: ObjectStore) -> None:
        """An open object can be read line by line."""
        put(store, "a", b"one\ntwo\nthree")

        with store.open("a") as reader:
            lines = list(reader)

        assert lines == [b"one\n", b"two\n", b"three"]

    def test_missing_object_is_an_error_at_once(self, store: ObjectStore) -> None:
        """Opening, sizing, streaming and fetching what is not there raise ObjectNotFoundError."""
        with pytest.raises(ObjectNotFoundError):
            store.open("files/none")
        with pytest.raises(ObjectNotFoundError):
            store.size("files/none")
        with pytest.raises(ObjectNotFoundError):
            store.iter_chunks("files/none")

    def test_a_folder_is_not_an_object(self, store: ObjectStore) -> None:
        """The folder part of a key is no object of its own."""
        put(store, "files/a", b"x")

        assert not store.exists("files")
        with pytest.raises(ObjectNotFoundError):
            store.open("files")


class TestCopying:
    def test_file_travels_both_ways(self, store: ObjectStore, tmp_path: Path) -> None:
        """A stored file comes back equal."""
        (tmp_path / "source").write_bytes(BIG)

        stored = store.put_file("models/a/adapter.safetensors", tmp_path / "source")
        store.fetch("models/a/adapter.safetensors", tmp_path / "copy")

        assert (tmp_path / "copy").read_bytes() == BIG
        assert stored.size_bytes == len(BIG)

    def test_failed_fetch_leaves_no_file(self, store: ObjectStore, tmp_path: Path) -> None:
        """Fetching what is not there leaves the target folder as it was."""
        with pytest.raises(ObjectNotFoundError):
            store.fetch("none", tmp_path / "copy")

        assert not list(tmp_path.glob("copy*"))


class TestListing:
    def test_lists_a_folder_in_order(self, store: ObjectStore) -> None:
        """Keys of a folder come in ASCII order; a folder whose name merely begins alike is not part of it."""
        keys = ["jobs/1-a", "jobs/1.a", "jobs/1/b", "jobs/1/c", "jobs/10/b", "other"]
        for key in reversed(keys):
            put(store, key, b"x")

        assert list(store.list()) == keys
        assert list(store.list("jobs/1")) == ["jobs/1/b", "jobs/1/c"]
        assert list(store.list("jobs/1/")) == ["jobs/1/b", "jobs/1/c"]
        assert list(store.list("none")) == []


class TestDeleting:
    def test_is_idempotent(self, store: ObjectStore) -> None:
        """Deleting twice is as good as once."""
        put(store, "files/a", b"x")

        store.delete("files/a")
        store.delete("files/a")

        assert not store.exists("files/a")

    def test_removes_a_folder(self, store: ObjectStore) -> None:
        """A folder goes with everything below it, and its neighbours stay."""
        for key in ["jobs/1/a", "jobs/1/b/c", "jobs/10/a"]:
            put(store, key, b"x")

        removed = store.delete_prefix("jobs/1")

        assert removed == 2
        assert list(store.list()) == ["jobs/10/a"]

    def test_refuses_to_remove_everything(self, store: ObjectStore) -> None:
        """An empty prefix is taken for a mistake."""
        put(store, "a", b"x")

        with pytest.raises(InvalidObjectKeyError):
            store.delete_prefix("")

        assert store.exists("a")


class TestKeys:
    def test_are_checked_first(self, store: ObjectStore) -> None:
        """Every operation refuses a key that leaves its folder."""
        with pytest.raises(InvalidObjectKeyError):
            store.writer("../a")
        with pytest.raises(InvalidObjectKeyError):
            store.open("../a")
        with pytest.raises(InvalidObjectKeyError):
            store.delete("../a")
        with pytest.raises(InvalidObjectKeyError):
            list(store.list("../a"))


class TestHealth:
    def test_healthy_store_passes(self, store: ObjectStore) -> None:
        """A store that can be written passes its check and shows no trace of it."""
        store.check()

        assert list(store.list()) == []
