"""Why a job failed, as everybody says it who may have to: checks, engine, providers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class JobFailure:
    """In the wire's three fields. The message is for a person: what is wrong, and what would help."""

    code: str
    message: str
    param: str | None = None
