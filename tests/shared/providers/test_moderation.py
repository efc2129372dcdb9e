"""Texts put to an upstream's moderation: what is tried again, and when it is left to a later turn."""

from collections.abc import Iterator

import openai
import pytest

from shared.providers.moderation import Moderator, PauseNeededError, TimeUsedUpError
from shared.providers.trouble import UpstreamTroubleError
from shared.providers.turns import Unpaced
from tests.fixtures.moderation import Moderation
from tests.fixtures.provider import reply

DOWN = reply({"error": {}}, 503)
"It does not say when to come again, so a second is waited or two."


@pytest.fixture
def client(moderation: Moderation) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=moderation.provider.base_url, api_key="sk-x", max_retries=0) as client:
        yield client


class TestTurns:
    def test_end_before_a_pause_that_is_too_long(self, client: openai.OpenAI, moderation: Moderation) -> None:
        """Whoever works in turns hears how long the service wants to be left alone, and after how many tries."""
        moderation.next.append(reply({"error": {}}, 429, retry_after="20"))

        with pytest.raises(PauseNeededError) as raised:
            Moderator(client, Unpaced(), longest_pause_seconds=2).judge(["Well?"])

        assert (raised.value.seconds, raised.value.n_tried) == (20, 1)

    def test_end_with_their_time(self, client: openai.OpenAI, moderation: Moderation) -> None:
        """A pause that would not end within the turn is not waited for; the service is no worse than before."""
        moderation.next.append(DOWN)

        with pytest.raises(PauseNeededError) as raised:
            Moderator(client, Unpaced(), within_seconds=0.4, longest_pause_seconds=2).judge(["Well?"])

        assert raised.value.n_tried == 1

    def test_do_not_count_anew(self, client: openai.OpenAI, moderation: Moderation) -> None:
        """Tries of earlier turns count, so that a service that is down is not asked for ever."""
        moderation.next.append(DOWN)

        with pytest.raises(UpstreamTroubleError):
            Moderator(client, Unpaced(), longest_pause_seconds=2).judge(["Well?"], n_tried=2)

        assert len(moderation.asked) == 1

    def test_are_not_for_everybody(self, client: openai.OpenAI, moderation: Moderation) -> None:
        """Whoever does not work in turns waits as long as it has time, and not longer."""
        moderation.next.append(reply({"error": {}}, 429, retry_after="400"))

        with pytest.raises(TimeUsedUpError):
            Moderator(client, Unpaced()).judge(["Well?"])
