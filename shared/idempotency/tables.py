"""Rows of remembered answers, nothing else."""

from sqlalchemy import Column, String, Text
from sqlmodel import Field, SQLModel

from shared.db.types import id_column, seconds_column


class RememberedAnswer(SQLModel, table=True):
    """Written in the transaction of the effect, so there is no moment in which one exists without the other."""

    __tablename__ = "remembered_answers"

    project_id: str = Field(sa_column=id_column(primary_key=True))
    key: str = Field(sa_column=Column(String(320), primary_key=True))
    fingerprint: str = Field(sa_column=Column(String(64), nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: float = Field(sa_column=seconds_column())
