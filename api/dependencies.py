"""What endpoints ask for, as annotated aliases."""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from shared.errors import InvalidInputError
from shared.resources import Resources
from shared.settings import Settings

_LISTS = frozenset({"evaluation_file"})
"""Parameters that may be given more than once."""


def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


ResourcesDep = Annotated[Resources, Depends(get_resources)]


def get_settings(resources: ResourcesDep) -> Settings:
    return resources.settings


SettingsDep = Annotated[Settings, Depends(get_settings)]


def refuse_repeated_parameters(request: Request) -> None:
    """`limit=1&limit=1000`: readers differ in which one counts, so neither does. Lists are given by repeating."""
    counts = Counter(name for name, _ in request.query_params.multi_items() if name not in _LISTS)
    repeated, times = next(iter(counts.most_common(1)), ("", 0))
    if times > 1:
        raise InvalidInputError(
            f"The parameter '{repeated[:80]}' is given more than once.", param=repeated[:80], code="invalid_value"
        )


def open_transaction(resources: ResourcesDep) -> Iterator[Session]:
    with resources.database.transaction() as session:
        yield session


def open_reading(resources: ResourcesDep) -> Iterator[Session]:
    with resources.database.reading() as session:
        yield session


# Function scope ends before the response begins: a commit that fails is an error, never a 200 followed by one.
SessionDep = Annotated[Session, Depends(open_transaction, scope="function")]
ReadSessionDep = Annotated[Session, Depends(open_reading, scope="function")]
