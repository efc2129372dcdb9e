"""What happens to objects when processes die, disks fill and servers go away."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.settings import Settings
from shared.storage import ObjectStore, StorageUnavailableError, open_store

WRITE_AND_WAIT = """
import sys
from shared.settings import Settings
from shared.storage import open_store
with open_store(Settings.model_validate_json(sys.argv[1])).writer("files/a") as writer:
    writer.write(bytes(9 << 20))
    print("written", flush=True)
    sys.stdin.read()
"""

COPY_WITH_LITTLE_MEMORY = """
import sys, tracemalloc
from shared.settings import Settings
from shared.storage import open_store
store = open_store(Settings.model_validate_json(sys.argv[1]))
tracemalloc.start()
with store.writer("files/a") as writer:
    for _ in range(96):
        writer.write(bytes(1 << 20))
    writer.commit()
print(sum(len(chunk) for chunk in store.iter_chunks("files/a")), tracemalloc.get_traced_memory()[1])
"""

WRITE_TO_A_FULL_DISK = """
import resource, signal, sys
from shared.settings import Settings
from shared.storage import StorageUnavailableError, open_store
store = open_store(Settings.model_validate_json(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    with store.writer("files/a") as writer:
        writer.write(bytes(9 << 20))
        writer.commit()
except StorageUnavailableError as error:
    print(error)
print(list(store.list()), store.sweep_orphans(older_than_seconds=-60))
"""


def as_argument(settings: Settings) -> str:
    values = settings.model_dump(mode="json")
    return json.dumps(values | {"s3_secret_access_key": settings.s3_secret_access_key.get_secret_value()})


def run_child(script: str, settings: Settings) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, as_argument(settings)], capture_output=True, check=False, text=True
    )


def kill_a_writer(settings: Settings) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITE_AND_WAIT, as_argument(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.send_signal(signal.SIGKILL)


class TestKilledWriter:
    def test_leaves_no_visible_object(self, settings: Settings, store: ObjectStore) -> None:
        """A process killed with -9 in the middle of a write leaves no object."""
        kill_a_writer(settings)

        assert not store.exists("files/a")
        assert list(store.list()) == []

    def test_remains_are_swept(self, settings: Settings, store: ObjectStore) -> None:
        """What a killed writer leaves is swept once."""
        kill_a_writer(settings)

        swept = store.sweep_orphans(older_than_seconds=-60)

        assert swept == 1
        assert store.sweep_orphans(older_than_seconds=-60) == 0

    def test_young_remains_stay(self, folder_settings: Settings) -> None:
        """The sweep spares what is younger than a day: its writer may be alive."""
        kill_a_writer(folder_settings)

        swept = open_store(folder_settings).sweep_orphans()

        assert swept == 0

    def test_sweep_spares_objects(self, store: ObjectStore) -> None:
        """The sweep takes no committed object, however old."""
        with store.writer("files/a") as writer:
            writer.commit()

        store.sweep_orphans(older_than_seconds=-60)

        assert store.exists("files/a")


class TestMemory:
    def test_does_not_grow_with_the_object(self, settings: Settings) -> None:
        """Writing and reading 96 MiB holds a few parts in memory, not the object."""
        output = run_child(COPY_WITH_LITTLE_MEMORY, settings).stdout

        read_bytes, peak_bytes = map(int, output.split())
        assert read_bytes == 96 << 20
        assert peak_bytes < 48 << 20


class TestFullDisk:
    def test_leaves_nothing(self, folder_settings: Settings) -> None:
        """A write that the disk refuses half way is an error that says so and leaves nothing."""
        output = run_child(WRITE_TO_A_FULL_DISK, folder_settings).stdout

        assert output == "Object 'a' cannot be written: File too large.\n[] 0\n"


class TestFolder:
    def test_objects_are_private(self, folder_settings: Settings) -> None:
        """Only the service's own user can read stored objects."""
        store = open_store(folder_settings)
        with store.writer("files/a") as writer:
            writer.commit()

        path = folder_settings.data_dir / "objects" / "files" / "a"

        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700

    def test_empty_folders_go(self, folder_settings: Settings) -> None:
        """Deleting the last object of a folder removes the folder."""
        store = open_store(folder_settings)
        with store.writer("jobs/1/a") as writer:
            writer.commit()

        store.delete("jobs/1/a")

        assert list((folder_settings.data_dir / "objects").iterdir()) == []

    def test_unwritable_folder_fails_the_check(self, folder_settings: Settings) -> None:
        """A folder that is gone fails the readiness check with a sentence that names it."""
        store = open_store(folder_settings)
        (folder_settings.data_dir / "objects").rmdir()

        with pytest.raises(StorageUnavailableError, match=r"objects cannot be written: No such file"):
            store.check()


class TestBucket:
    def test_unreachable_server_is_unavailable(self, s3_settings: Settings) -> None:
        """A server that does not answer is a retryable error, on every path."""
        store = open_store(s3_settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"}))

        with pytest.raises(StorageUnavailableError) as caught:
            store.check()

        assert caught.value.retryable

    def test_missing_bucket_fails_the_check(self, s3_settings: Settings) -> None:
        """A bucket that does not exist fails the readiness check with its name."""
        store = open_store(s3_settings.model_copy(update={"object_store": "s3://no-such-bucket/x"}))

        with pytest.raises(StorageUnavailableError, match="no-such-bucket"):
            store.check()

    def test_change_under_a_reader_is_noticed(self, s3_settings: Settings) -> None:
        """A reader never mixes two versions of an object."""
        store = open_store(s3_settings)
        with store.writer("a") as writer:
            writer.write(bytes(17 << 20))
            writer.commit()

        with store.open("a") as reader:
            reader.read(10)
            with store.writer("a") as writer:
                writer.write(b"1" * (17 << 20))
                writer.commit()

            with pytest.raises(StorageUnavailableError):
                reader.read()


class TestSettings:
    @pytest.mark.parametrize("location", ["gs://bucket", "s3://", "/var/objects", "bucket"])
    def test_unknown_location_is_refused(self, tmp_path: Path, location: str) -> None:
        """A location that is neither empty nor an S3 address is refused, saying what would do."""
        with pytest.raises(ValueError, match="s3://bucket/prefix"):
            open_store(Settings(data_dir=tmp_path, object_store=location))

    def test_missing_boto3_is_named(self, s3_settings: Settings) -> None:
        """Without boto3 the error names the extra to install."""
        script = "import sys; sys.modules['boto3'] = None\n" + WRITE_AND_WAIT

        child = run_child(script, s3_settings)

        assert "pip install 'tunery[s3]'" in child.stderr
