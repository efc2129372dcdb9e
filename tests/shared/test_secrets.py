"""Sealed secrets: only the row they were sealed for opens them."""

import pytest

from shared.secrets import SealBrokenError, key_id, seal, unseal

KEY = "a-secret-key-of-more-than-32-characters"
ROW = "proj_1|webhook_endpoints|we_1"
FIRST_FORM = "v1.AAECAwQFBgcICQoLt9PMuHo3VT11SxAHGwmIFLCB7hvG0ML8T-Di"


class TestSealing:
    def test_opens_for_its_row(self) -> None:
        """What was sealed for a row opens for that row."""
        assert unseal([KEY], seal(KEY, "whsec_ü", bound_to=ROW), bound_to=ROW) == "whsec_ü"

    def test_shows_nothing_of_the_secret(self) -> None:
        """The sealed text does not contain the secret."""
        assert "whsec" not in seal(KEY, "whsec_secret", bound_to=ROW)

    def test_equal_secrets_look_different(self) -> None:
        """Nobody can tell from two sealed texts that the secrets are equal."""
        assert seal(KEY, "same", bound_to=ROW) != seal(KEY, "same", bound_to=ROW)

    @pytest.mark.parametrize(
        "other_row", ["proj_2|webhook_endpoints|we_1", "proj_1|webhook_endpoints|we_2", "proj_1|other|we_1", ""]
    )
    def test_does_not_open_for_another_row(self, other_row: str) -> None:
        """A sealed text copied into another tenant's row, or another table, does not open there."""
        sealed = seal(KEY, "secret", bound_to=ROW)

        with pytest.raises(SealBrokenError):
            unseal([KEY], sealed, bound_to=other_row)

    def test_does_not_open_under_another_key(self) -> None:
        """After a change of the service's secret key, an old seal says what is wrong."""
        sealed = seal(KEY, "secret", bound_to=ROW)

        with pytest.raises(SealBrokenError, match="TUNERY_SECRET_KEY"):
            unseal([KEY + "!"], sealed, bound_to=ROW)

    def test_does_not_open_when_changed(self) -> None:
        """A sealed text in which one character was changed does not open."""
        sealed = seal(KEY, "secret", bound_to=ROW)
        changed = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]

        with pytest.raises(SealBrokenError):
            unseal([KEY], changed, bound_to=ROW)

    @pytest.mark.parametrize(
        "sealed",
        ["", "v1.", "v1.AAAA", "v1.not base64!", "v2.AAAA", "v2.", "v2.00000000.AAAA", "v9.AAAA", "plain text"],
    )
    def test_what_was_never_sealed_does_not_open(self, sealed: str) -> None:
        """Text that no seal was put on is refused as such."""
        with pytest.raises(SealBrokenError):
            unseal([KEY], sealed, bound_to=ROW)


class TestKeys:
    def test_a_retired_one_still_opens(self) -> None:
        """What a former key sealed opens as long as that key is among the retired ones."""
        sealed = seal(KEY, "secret", bound_to=ROW)

        assert unseal(["the-new-secret-key-of-32-characters!", KEY], sealed, bound_to=ROW) == "secret"

    def test_what_was_sealed_before_keys_had_names_opens(self) -> None:
        """The first form of seals, which does not name its key, opens under any key that fits."""
        assert unseal(["another-secret-key-of-32-characters", KEY], FIRST_FORM, bound_to=ROW) == "whsec_first"

    def test_names_tell_nothing(self) -> None:
        """A key's id is stable, and different for different keys."""
        assert key_id(KEY) == key_id(KEY)
        assert key_id(KEY) != key_id(KEY + "!")
        assert len(key_id(KEY)) == 8
