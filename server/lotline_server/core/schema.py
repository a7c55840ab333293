"""The one MetaData and the column types. On SQLite every table is STRICT: a serial number stays text."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from lotline_server.core.clock import from_micros, to_micros

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

Whole = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
"""A 64-bit whole number."""

Number: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
"""A 64-bit float."""


class Flag(TypeDecorator[bool]):
    """True or false; 0 or 1 in SQLite, whose strict tables know no booleans."""

    impl = sa.Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Store an integer where the dialect has no boolean."""
        return dialect.type_descriptor(sa.INTEGER() if dialect.name == "sqlite" else sa.Boolean())

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        """Give a bool, whatever was stored."""
        return None if value is None else bool(value)


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored as microseconds since 1970: short, exact, and its index is a time line."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Store INTEGER in SQLite and BIGINT elsewhere."""
        return dialect.type_descriptor(sa.INTEGER() if dialect.name == "sqlite" else sa.BigInteger())

    def process_bind_param(self, value: datetime | int | None, dialect: Dialect) -> int | None:
        """Take a moment, or microseconds as the ingest path has them."""
        return to_micros(value) if isinstance(value, datetime) else value

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give an aware moment in UTC."""
        return None if value is None else from_micros(value)


def table(name: str, *items: sa.schema.SchemaItem, clustered: bool = False) -> sa.Table:
    """Make a table of the one MetaData. clustered: its rows lie in the order of its primary key."""
    return sa.Table(name, metadata, *items, sqlite_strict=True, sqlite_with_rowid=not clustered)


meta = table(
    "meta",
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
