"""What a stretch holds is opened only if this service has written it, for this place."""

import pickle
from pathlib import Path

import pytest

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth
from shared.datasets.pipeline.results import UntrustedResultError, keep_result, load_result
from shared.storage.local import LocalStore
from tests.fixtures.settings import SECRET_KEY
from tests.shared.datasets.builders import GOOD, MAX_LINE_BYTES

KEY = "checks/proj/check/000000.stretch"


class Trap:
    """Would raise if it were ever unpickled."""

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return (RecursionError, ("code of a stranger has run",))


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A store with one result in it."""
    store = LocalStore(tmp_path)
    stretch = check_stretch([GOOD], max_line_bytes=MAX_LINE_BYTES, context=Context(), depth=Depth.QUALITY)
    keep_result(store, KEY, stretch, secret_key=SECRET_KEY)
    return store


def read(store: LocalStore, key: str = KEY) -> bytes:
    return b"".join(store.iter_chunks(key))


def write(store: LocalStore, data: bytes, key: str = KEY) -> None:
    with store.writer(key) as writer:
        writer.write(data)
        writer.commit()


class TestResults:
    def test_come_back_as_they_were(self, store: LocalStore) -> None:
        """What one process keeps, another loads."""
        stretch = load_result(store, KEY, secret_key=SECRET_KEY)

        assert stretch.finish().n_examples == 1

    @pytest.mark.parametrize("place", [0, 31, 32, -1], ids=["signature", "its end", "content", "content's end"])
    def test_a_changed_byte_is_refused(self, store: LocalStore, place: int) -> None:
        """No byte can be changed, be it of the signature or of what is signed."""
        data = bytearray(read(store))
        data[place] ^= 1
        write(store, bytes(data))

        with pytest.raises(UntrustedResultError):
            load_result(store, KEY, secret_key=SECRET_KEY)

    def test_code_of_a_stranger_does_not_run(self, store: LocalStore) -> None:
        """A pickle that nobody signed is not even looked at."""
        for data in (pickle.dumps(Trap()), bytes(32) + pickle.dumps(Trap()), b""):
            write(store, data)

            with pytest.raises(UntrustedResultError):
                load_result(store, KEY, secret_key=SECRET_KEY)

    def test_another_place_is_refused(self, store: LocalStore) -> None:
        """A result copied into another check is not taken for its own."""
        elsewhere = KEY.replace("check/", "other/")
        write(store, read(store), elsewhere)

        with pytest.raises(UntrustedResultError):
            load_result(store, elsewhere, secret_key=SECRET_KEY)

    def test_another_secret_key_is_refused(self, store: LocalStore) -> None:
        """A result written under another key, such as that of another installation, is not opened."""
        with pytest.raises(UntrustedResultError):
            load_result(store, KEY, secret_key=SECRET_KEY[::-1])
