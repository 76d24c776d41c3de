"""Who the node is: its identity and data mode, written once and never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Column, Connection, Integer, Table, Text, insert, select

from skypact.node.store.base import metadata
from skypact.records import DataMode

node = Table(
    "node",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("node_id", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("created_utc", Text, nullable=False),
    Column("skypact_version", Text, nullable=False),
    CheckConstraint("row = 1", name="one_row"),
)


@dataclass(frozen=True)
class Identity:
    """The identity of the node as its database has it."""

    node_id: str
    mode: DataMode
    created_utc: str


def write_identity(connection: Connection, identity: Identity, skypact_version: str) -> None:
    """Write the identity of a new node."""
    connection.execute(
        insert(node).values(
            row=1,
            node_id=identity.node_id,
            mode=identity.mode.value,
            created_utc=identity.created_utc,
            skypact_version=skypact_version,
        )
    )


def read_identity(connection: Connection) -> Identity | None:
    """Return the identity, or ``None`` in a database that has none yet."""
    row = connection.execute(select(node.c.node_id, node.c.mode, node.c.created_utc)).first()
    return None if row is None else Identity(row.node_id, DataMode(row.mode), row.created_utc)
