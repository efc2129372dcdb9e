"""Who judges rows on this machine: OpenAI, or whoever the `openai` SDK is pointed at. The texts go there."""

from collections.abc import Callable

from openai import OpenAI

from shared.datasets.moderation import UpstreamModeration
from shared.datasets.watchers import Watcher
from shared.datasets.whole.moderated import Moderated
from shared.providers.moderation import Moderator
from shared.providers.turns import Unpaced

_OPENAI = "https://api.openai.com/v1"
_TIMEOUT_SECONDS = 60.0


def make_moderated(*, base_url: str | None, api_key: str | None) -> Callable[[], Watcher]:
    """Makes the watcher of one piece of a file. Raises OpenAIError where there is no key."""
    # Without a key the SDK looks for OPENAI_API_KEY itself, and says so if there is none.
    client = OpenAI(base_url=base_url or _OPENAI, api_key=api_key, max_retries=0, timeout=_TIMEOUT_SECONDS)
    return lambda: Moderated(UpstreamModeration(Moderator(client, Unpaced())))
