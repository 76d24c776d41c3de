"""Assets: the objects that the node's own organizations answer for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from skypact.node.store.base import metadata

assets = Table(
    "assets",
    metadata,
    Column("norad", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("sector", String(16), nullable=False),
    Column("radius_m", Double),
    Column("maneuverable", Boolean),
    Column("contact", Text, nullable=False),
    Column("threshold_km", Double),
    Column("pc_threshold", Double),
    Column("added_utc", String(32), nullable=False),
)


@dataclass(frozen=True)
class Asset:
    """An object the node answers for; ``None`` where its owner did not say.

    Attributes
    ----------
    name
        As its owner calls it; empty where the catalog's name serves.
    sector
        ``civil``, ``government``, ``military`` or empty.
    radius_m
        Hard-body radius by its owner, which counts before any table.
    threshold_km, pc_threshold
        Miss distance and probability at which its owner wants to be told.
    """

    norad: int
    name: str
    owner: str
    sector: str
    radius_m: float | None
    maneuverable: bool | None
    contact: str
    threshold_km: float | None
    pc_threshold: float | None
    added_utc: str


def put_assets(connection: Connection, wanted: Iterable[Asset]) -> None:
    """Write assets; one that is there already is replaced."""
    for asset in wanted:
        connection.execute(delete(assets).where(assets.c.norad == asset.norad))
        connection.execute(insert(assets).values(asdict(asset)))


def remove_asset(connection: Connection, norad: int) -> bool:
    """Take an object off the list; return whether it was on it."""
    return connection.execute(delete(assets).where(assets.c.norad == norad)).rowcount > 0


def read_assets(connection: Connection) -> list[Asset]:
    """Return all assets by number."""
    return [Asset(*row) for row in connection.execute(select(assets).order_by(assets.c.norad))]
