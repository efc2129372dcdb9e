"""Prefixed ids: their form, their order, and what is no id of ours."""

import pytest

from shared.ids import Prefix, is_id, new_id, random_token


class TestNewId:
    @pytest.mark.parametrize("prefix", Prefix)
    def test_has_the_form_it_is_recognised_by(self, prefix: Prefix) -> None:
        """A fresh id of any kind is recognised as one of that kind."""
        assert is_id(new_id(prefix), prefix)

    def test_no_two_are_equal(self) -> None:
        """Ten thousand ids made in one breath differ."""
        assert len({new_id(Prefix.FILE) for _ in range(10_000)}) == 10_000

    def test_text_order_is_time_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An id made milliseconds later sorts behind, for centuries to come."""
        moments = [1.0, 1.002, 1_795_000_000.0, 1_795_000_000.002, 9_999_999_999.0]
        made = []
        for moment in moments:
            monkeypatch.setattr("time.time", lambda moment=moment: moment)
            made.append(new_id(Prefix.JOB))

        assert made == sorted(made)

    def test_fits_its_column(self) -> None:
        """The longest id fits the 64 characters of an id column."""
        assert max(len(new_id(prefix)) for prefix in Prefix) <= 64


class TestIsId:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "file-",
            "file-short",
            "file-" + "a" * 23,
            "ftjob-" + "a" * 22,
            "file-" + "a" * 21 + "-",
            "file-" + "a" * 21 + "\n",
            "file-" + "a" * 21 + "\x00",
            "file-" + "²" * 22,
            " file-" + "a" * 22,
            "FILE-" + "a" * 22,
        ],
    )
    def test_garbage_is_none(self, text: str) -> None:
        """Text that cannot be an id of this kind is recognised without a look-up."""
        assert not is_id(text, Prefix.FILE)


class TestRandomToken:
    def test_has_the_length_asked_for(self) -> None:
        """A token has as many base-62 characters as asked for."""
        token = random_token(43)

        assert len(token) == 43
        assert token.isalnum()
        assert token.isascii()
