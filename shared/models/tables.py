"""Rows of the models domain, nothing else."""

from sqlalchemy import Column, String
from sqlmodel import Field, SQLModel

from shared.db.types import NameType, epoch_column, id_column


class Model(SQLModel, table=True):
    """A tuned model or a checkpoint of one. Base models are settings, not rows.

    A name is its project's own: two projects that import from one organization have models of the same names.
    """

    __tablename__ = "models"

    name: str = Field(sa_column=Column(NameType, primary_key=True))
    project_id: str = Field(sa_column=id_column(primary_key=True))
    base: str = Field(sa_column=Column(NameType, nullable=False))
    "Name of the base model the adapter belongs to."
    job_id: str = Field(sa_column=id_column(index=True))
    step_number: int
    adapter_prefix: str = Field(sa_column=Column(String(255), nullable=False))
    "Where adapter_model.safetensors and adapter_config.json lie in the object store; empty for an upstream's model."
    connection_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "Of the upstream that serves it; None: our own model server."
    upstream_name: str | None = Field(default=None, sa_column=Column(NameType, nullable=True))
    "What that upstream calls it."
    created_at: int = Field(sa_column=epoch_column())
    deleted_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
