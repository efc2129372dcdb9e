"""Rows of the tenants domain, nothing else."""

from sqlalchemy import Column, ForeignKey, String
from sqlmodel import Field, SQLModel

from shared.db.types import IdType, epoch_column, id_column


class Organization(SQLModel, table=True):
    __tablename__ = "organizations"

    id: str = Field(sa_column=id_column(primary_key=True))
    name: str = Field(sa_column=Column(String(128), nullable=False))
    created_at: int = Field(sa_column=epoch_column())


class Project(SQLModel, table=True):
    """The tenant: every other row belongs to exactly one project."""

    __tablename__ = "projects"

    id: str = Field(sa_column=id_column(primary_key=True))
    organization_id: str = Field(sa_column=Column(IdType, ForeignKey("organizations.id"), nullable=False, index=True))
    name: str = Field(sa_column=Column(String(128), nullable=False))
    slug: str = Field(sa_column=Column(String(40), nullable=False))
    "Short name inside tuned model names."
    created_at: int = Field(sa_column=epoch_column())


class ApiKey(SQLModel, table=True):
    """A key's keyed hash and what it opens; the key itself is shown once and kept nowhere."""

    __tablename__ = "api_keys"

    id: str = Field(sa_column=id_column(primary_key=True))
    organization_id: str = Field(sa_column=Column(IdType, ForeignKey("organizations.id"), nullable=False, index=True))
    project_id: str = Field(sa_column=Column(IdType, ForeignKey("projects.id"), nullable=False, index=True))
    name: str = Field(sa_column=Column(String(128), nullable=False))
    role: str = Field(sa_column=Column(String(16), nullable=False))
    key_hash: str = Field(sa_column=Column(String(64), nullable=False))
    hashed_under: str | None = Field(default=None, sa_column=Column(String(16), nullable=True))
    "Id of the secret key in `key_hash`; None for keys that were made before it was noted and not used since."
    last_four: str = Field(sa_column=Column(String(4), nullable=False))
    created_at: int = Field(sa_column=epoch_column())
    expires_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
    revoked_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
