"""API keys as text: their form, their check, their hash."""

import hashlib
import hmac
from collections.abc import Callable

import pytest

from shared.ids import Prefix, new_id
from shared.tenants.keys import hash_key, make_key, parse_key

KEY_ID = new_id(Prefix.API_KEY)


class TestMaking:
    def test_is_recognised_and_names_its_row(self) -> None:
        """A fresh key is recognised, and the id of its row can be read from it."""
        key = make_key(KEY_ID)

        parsed = parse_key(key)

        assert parsed is not None
        assert parsed == (KEY_ID, key)

    def test_can_be_found_by_scanners(self) -> None:
        """A key begins with a prefix by which secret scanners know it."""
        assert make_key(KEY_ID).startswith("sk-tunery-")

    def test_no_two_are_equal(self) -> None:
        """Two keys of the same row would differ."""
        assert make_key(KEY_ID) != make_key(KEY_ID)

    def test_fits_a_header(self) -> None:
        """A key is made of characters that need no quoting anywhere."""
        assert set(make_key(KEY_ID)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


class TestParsing:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "sk-",
            "sk-tunery-",
            "sk-proj-abcdefghijklmnopqrstuvwxyz",
            "sk-tunery-" + "a" * 80,
            "sk-tünery-" + "a" * 80,
            "sk-tunery-\x00",
            pytest.param("k" * 100_000, id="long"),
        ],
    )
    def test_junk_is_no_key(self, text: str) -> None:
        """Text that cannot be one of our keys is recognised without a look-up."""
        assert parse_key(text) is None

    @pytest.mark.parametrize(
        "change",
        [lambda key: f" {key}", lambda key: key[:-1], lambda key: f"{key}0", str.upper],
        ids=["blank before", "one less", "one more", "upper case"],
    )
    def test_almost_a_key_is_none(self, change: Callable[[str], str]) -> None:
        """A key that was cut, lengthened or otherwise changed in copying is recognised without a look-up."""
        assert parse_key(change(make_key(KEY_ID))) is None

    @pytest.mark.parametrize("position", range(len("sk-tunery-"), len(make_key(KEY_ID)), 7))
    def test_a_typing_mistake_is_noticed(self, position: int) -> None:
        """A key with one wrong character anywhere is refused without a look-up."""
        key = make_key(KEY_ID)
        wrong = "x" if key[position] != "x" else "y"

        assert parse_key(key[:position] + wrong + key[position + 1 :]) is None


class TestHashing:
    def test_is_keyed(self) -> None:
        """A stored hash is HMAC-SHA256 under the service's secret: without that, it cannot be tried against guesses."""
        expected = hmac.new(b"secret", b"key", hashlib.sha256).hexdigest()

        assert hash_key("secret", "key") == expected

    def test_takes_any_text(self) -> None:
        """What a stranger sends as a key can be hashed, whatever it is."""
        assert len(hash_key("secret", "Ünîcode\x00 and more")) == 64
