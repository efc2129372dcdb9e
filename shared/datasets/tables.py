"""Rows of the datasets domain, nothing else."""

from typing import Any

from sqlalchemy import Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.db.types import epoch_column, id_column, json_column


class DatasetReport(SQLModel, table=True):
    """What a check found in a file. Files never change, so one report a file is enough."""

    __tablename__ = "dataset_reports"
    __table_args__ = (UniqueConstraint("file_id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column(index=True))
    file_id: str = Field(sa_column=id_column())
    n_examples: int
    n_errors: int
    n_warnings: int
    summary: str = Field(sa_column=Column(Text, nullable=False))
    "One sentence for people; empty when nothing is wrong."
    report: dict[str, Any] = Field(sa_column=json_column())
    created_at: int = Field(sa_column=epoch_column())
