"""Links that open one report without a key, for an hour: the token is all that is needed, so it is sealed.

A browser cannot send a key. The token says which report of which project; who has it can read that report and nothing
else, and nobody without the secret key can make or change one.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import msgspec

from shared import clock
from shared.datasets.pipeline.question import AT_UPLOAD, Question
from shared.errors import Kind, ServiceError
from shared.secrets import SealBrokenError, seal, unseal

LINK_SECONDS = 3600
_BOUND_TO = "dataset report link"
_MOST_CHARS = 32_000
"A question may hold a grader."


class InvalidLinkError(ServiceError):
    """One message for every reason, so that nothing is learnt by trying."""

    kind = Kind.UNAUTHENTICATED
    code = "invalid_link"

    def __init__(self) -> None:
        super().__init__(
            "This link is not valid, or not any more: links last an hour. Ask for a new one.", param="token"
        )


@dataclass(frozen=True)
class ReportLink:
    """What a token stands for."""

    project_id: str
    file_id: str
    question: Question = AT_UPLOAD
    expires_at: int = 0


def make_token(link: ReportLink, *, secret_key: str) -> str:
    return seal(secret_key, msgspec.json.encode(asdict(link)).decode(), bound_to=_BOUND_TO)


def open_token(token: str, *, secret_keys: Sequence[str]) -> ReportLink:
    """Raises InvalidLinkError for a token that was changed, has expired, or never was one."""
    try:
        # What is no ASCII is no token, and base64 would overlook it.
        text = unseal(secret_keys, token, bound_to=_BOUND_TO) if token.isascii() and len(token) <= _MOST_CHARS else ""
        link = msgspec.json.decode(text, type=ReportLink)
    except (SealBrokenError, msgspec.DecodeError) as error:
        raise InvalidLinkError from error
    if link.expires_at <= clock.now_seconds():
        raise InvalidLinkError
    return link
