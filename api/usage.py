"""The writer of usage, as endpoints ask for it."""

from typing import Annotated

from fastapi import Depends, Request

from shared.usage.writer import UsageWriter


def get_usage_writer(request: Request) -> UsageWriter:
    writer: UsageWriter = request.app.state.usage_writer
    return writer


UsageWriterDep = Annotated[UsageWriter, Depends(get_usage_writer)]
