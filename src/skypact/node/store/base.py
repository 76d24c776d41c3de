"""What all tables share: one ``metadata``, and the column types that mean the same in both databases."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the node is declared on this, in the file of its record."""

TaiNs = BigInteger
"""Type of epoch columns: int64 nanoseconds of TAI past J2000; their names end in ``_tai_ns``."""

RowId = BigInteger().with_variant(Integer, "sqlite")
"""Type of surrogate keys: SQLite numbers only INTEGER primary keys by itself."""
