"""Who judges rows on this machine: OpenAI, or whoever the `openai` SDK is pointed at. The texts go there.

And what a report says of rows that were left without a judgement.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from openai import DefaultHttpxClient, OpenAI

from shared.datasets.moderation import UpstreamModeration
from shared.datasets.watchers import Watcher
from shared.datasets.whole.moderated import Moderated
from shared.outbound.bounds import answers_bounded
from shared.providers.moderation import MOST_BYTES, Moderator
from shared.providers.turns import Unpaced

_OPENAI = "https://api.openai.com/v1"
_TIMEOUT_SECONDS = 60.0


def make_moderated(*, base_url: str | None, api_key: str | None) -> Callable[[], Watcher]:
    """Makes the watcher of one piece of a file. Raises OpenAIError where there is no key."""
    # A redirect is not followed: the texts go to whom the user has named, and nowhere else.
    http_client = DefaultHttpxClient(
        follow_redirects=False,
        timeout=_TIMEOUT_SECONDS,
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [answers_bounded(MOST_BYTES)]},
    )
    # Without a key the SDK looks for OPENAI_API_KEY itself, and says so if there is none.
    client = OpenAI(base_url=base_url or _OPENAI, api_key=api_key, max_retries=0, http_client=http_client)
    return lambda: Moderated(UpstreamModeration(Moderator(client, Unpaced())))


def tell_unjudged(document: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each file in which a service that was asked left rows without a judgement.

    Rows beyond the limit for one stretch, which nobody is asked about, are a warning of the report and not told here.
    """
    files = {"the file": document, "the validation file": document.get("validation", {})}
    for name, file in files.items():
        section = file.get("facts", {}).get("moderation", {})
        if section.get("n_not_judged", 0) > section.get("n_beyond_limit", 0):
            reasons = " ".join(section["reasons"])
            n_rows = section["n_judged"] + section["n_not_judged"]
            yield f"moderation left {section['n_not_judged']:,} of {n_rows:,} rows of {name} unjudged. {reasons}"
