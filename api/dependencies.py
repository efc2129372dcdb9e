"""What endpoints ask for, as annotated aliases."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from shared.resources import Resources
from shared.settings import Settings


def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


ResourcesDep = Annotated[Resources, Depends(get_resources)]


def get_settings(resources: ResourcesDep) -> Settings:
    return resources.settings


SettingsDep = Annotated[Settings, Depends(get_settings)]


def open_transaction(resources: ResourcesDep) -> Iterator[Session]:
    with resources.database.transaction() as session:
        yield session


def open_reading(resources: ResourcesDep) -> Iterator[Session]:
    with resources.database.reading() as session:
        yield session


# Function scope ends before the response begins: a commit that fails is an error, never a 200 followed by one.
SessionDep = Annotated[Session, Depends(open_transaction, scope="function")]
ReadSessionDep = Annotated[Session, Depends(open_reading, scope="function")]
