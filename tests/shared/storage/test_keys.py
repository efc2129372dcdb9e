"""Which keys may exist."""

import pytest

from shared.storage import InvalidObjectKeyError
from shared.storage.keys import check_key, folder_prefix


class TestCheckKey:
    @pytest.mark.parametrize("key", ["a", "files/file-1.jsonl", "A/b_c/D-e.f", "...", "x" * 200])
    def test_takes_our_keys(self, key: str) -> None:
        """Segments of letters, digits, dot, underscore and hyphen, joined by slashes, are a key."""
        assert check_key(key) == key

    @pytest.mark.parametrize(
        "key",
        [
            *["", "/a", "a/", "a//b", "..", "a/../b", ".", "a/./b", "a b", "a\0b", "a\\b", "é", "a~b", "a\n"],
            "x" * 201,
            "x/" * 300 + "x",
        ],
    )
    def test_refuses_all_else(self, key: str) -> None:
        """Nothing that could leave the folder, hide in it or differ between stores is a key."""
        with pytest.raises(InvalidObjectKeyError):
            check_key(key)


class TestFolderPrefix:
    @pytest.mark.parametrize(("prefix", "folder"), [("", ""), ("a", "a/"), ("a/", "a/"), ("a/b", "a/b/")])
    def test_ends_with_a_slash(self, prefix: str, folder: str) -> None:
        """A folder is written with its closing slash, whether the caller gave it or not."""
        assert folder_prefix(prefix) == folder
