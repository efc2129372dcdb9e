"""Column types that behave alike on SQLite and PostgreSQL. Knows no table."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Float, String
from sqlalchemy.types import TypeEngine

from shared.db import base as _base  # noqa: F401  names constraints before the first table is made

# Ids are paged by comparing text, and only a byte-wise collation keeps base-62 in time order on PostgreSQL.
IdType: TypeEngine[str] = String(64).with_variant(String(64, collation="C"), "postgresql")
NameType: TypeEngine[str] = String(256).with_variant(String(256, collation="C"), "postgresql")
JsonType = JSON(none_as_null=True)


def id_column(*, primary_key: bool = False, nullable: bool = False, index: bool = False) -> Column[Any]:
    """An id: at most 64 bytes, compared byte by byte."""
    return Column(IdType, primary_key=primary_key, nullable=nullable and not primary_key, index=index)


def seconds_column(*, nullable: bool = False) -> Column[Any]:
    """Seconds since the epoch with fractions, in double precision."""
    return Column(Float(53), nullable=nullable)


def epoch_column(*, nullable: bool = False) -> Column[Any]:
    """Whole seconds since the epoch, in 64 bits: 32 end in 2038, and an estimate may lie behind that."""
    return Column(BigInteger, nullable=nullable)


def bigint_column(*, nullable: bool = False) -> Column[Any]:
    """A count of bytes or tokens, which may pass 2^31."""
    return Column(BigInteger, nullable=nullable)


def json_column(*, nullable: bool = False) -> Column[Any]:
    """A JSON document; Python's None is SQL's NULL."""
    return Column(JsonType, nullable=nullable)
