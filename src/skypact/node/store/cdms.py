"""Conjunction data messages as received: their bytes, who sent them, and what they say of probability."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from skypact.node.store.base import RowId, TaiNs, metadata

cdms = Table(
    "cdms",
    metadata,
    Column("cdm_id", RowId, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("originator", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("created_tai_ns", TaiNs, nullable=False),
    Column("tca_tai_ns", TaiNs, nullable=False),
    Column("notation", String(16), nullable=False),
    Column("as_received", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("loaded_utc", String(32), nullable=False),
    Column("stated_pc", Double),
    Column("stated_pc_method", Text, nullable=False),
    Column("skypact_version", String(32), nullable=False),
    UniqueConstraint("digest"),
)
