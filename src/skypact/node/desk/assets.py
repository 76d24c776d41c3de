"""Say which objects the node answers for, with what their owners know better than any catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from skypact.errors import FormatError, NotFoundError, UsageError
from skypact.formats.csv_text import split_csv
from skypact.formats.element_rules import NORAD_MAX
from skypact.formats.hbr import RADIUS_MAX_M
from skypact.formats.reading import RawInput
from skypact.node.desk.catalog import find_object, number_of, object_history, objects_by_number
from skypact.node.desk.node_home import Node
from skypact.node.store.assets import Asset, put_assets, read_assets, remove_asset
from skypact.node.views.listing import Column, Listing, significant

SECTORS = ("civil", "government", "military")
"""Sectors of the design: industry and academia, ministries and civil agencies, armed forces."""

ASSETS_MAX = 100_000
THRESHOLD_MAX_KM = 1000.0
"""Larger distances are no warning any more."""

ASSET_COLUMNS = (
    Column("norad", "Catalog number", str),
    Column("name", "Name by its owner, else by the catalog"),
    Column("owner", "Organization that answers for it"),
    Column("sector", "civil, government or military"),
    Column("radius_m", "Hard-body radius", significant(6)),
    Column("maneuverable", "Whether it can maneuver"),
    Column("contact", "Whom to call"),
    Column("threshold_km", "Miss distance at which the owner wants to be told", significant(6)),
    Column("pc_threshold", "Collision probability at which the owner wants to be told", significant(3)),
    Column("element_sets", "Element sets the node has of it", str),
)

_TITLES = (
    "norad",
    "name",
    "owner",
    "sector",
    "radius_m",
    "maneuverable",
    "contact",
    "threshold_km",
    "pc_threshold",
)
_COUNTED = "element_sets"
_TRUE = frozenset({"true", "yes", "y", "1"})
_FALSE = frozenset({"false", "no", "n", "0"})


@dataclass(frozen=True)
class AssetChange:
    """What became of an asset that was asked for."""

    asset: Asset
    replaced: bool
    known: bool
    """Whether the catalog has an element set of it."""

    @property
    def words(self) -> str:
        """Say in one line what happened."""
        text = f"asset {self.asset.norad} {'changed' if self.replaced else 'added'}"
        return text if self.known else f"{text}; the catalog has no element set of it yet"


def add_asset(
    node: Node,
    text: str,
    *,
    owner: str,
    name: str = "",
    sector: str = "",
    radius_m: float | None = None,
    maneuverable: bool | None = None,
    contact: str = "",
    threshold_km: float | None = None,
    pc_threshold: float | None = None,
) -> AssetChange:
    """Put an object (number, designator or exact name) on the list of assets, or change what is said of it.

    A number may be unknown to the catalog, as before a launch.

    Raises
    ------
    NotFoundError
        If a designator or name is unknown.
    UsageError
        For a value that cannot be.
    """
    norad = number_of(text) or find_object(node, text)
    asset = Asset(
        norad=norad,
        name=name,
        owner=owner,
        sector=sector,
        radius_m=radius_m,
        maneuverable=maneuverable,
        contact=contact,
        threshold_km=threshold_km,
        pc_threshold=pc_threshold,
        added_utc=_now_utc(),
    )
    if problem := _problem(asset):
        option = "ID" if problem[0] == "norad" else f"--{problem[0].replace('_', '-')}"
        raise UsageError(problem[1], where=option)
    with node.database.write() as connection:
        before = {a.norad for a in read_assets(connection)}
        put_assets(connection, [asset])
    return AssetChange(asset, norad in before, len(object_history(node, norad)) > 0)


def remove_from_assets(node: Node, text: str) -> int:
    """Take an object (number, designator or name) off the list; return its number.

    Raises
    ------
    NotFoundError
        If it is not on the list.
    """
    norad = number_of(text) or find_object(node, text)
    with node.database.write() as connection:
        removed = remove_asset(connection, norad)
    if not removed:
        raise NotFoundError(f"{text} is no asset of this node", remedy="see 'skypact assets list'")
    return norad


def import_assets(node: Node, raw: RawInput) -> list[Asset]:
    """Take assets from a CSV file: all of it, or nothing if one line is wrong.

    Columns ``norad`` and ``owner`` are needed; name, sector, radius_m, maneuverable (true or false),
    contact, threshold_km and pc_threshold may follow, in any order. ``element_sets``, which the list of
    assets counts, is passed over, so that what was listed can be imported; other columns are refused.

    Raises
    ------
    FormatError
        Naming the line and the column that is wrong; an object that stands there twice is wrong too.
    """
    sheet = split_csv(raw)
    columns = {title.strip().lower(): cells for title, cells in sheet.columns.items()}
    columns.pop(_COUNTED, None)
    unknown = [title for title in columns if title not in _TITLES]
    missing = [title for title in ("norad", "owner") if title not in columns]
    if unknown or missing:
        what = f"no column {', '.join(missing)}" if missing else f"unknown column {', '.join(unknown)}"
        raise FormatError(what, where=raw.at(1), remedy=f"the columns are {', '.join(_TITLES)}")
    if sheet.rejected:
        first = sheet.rejected[0]
        raise FormatError(first.reason, where=raw.at(first.line, first.field_name))
    if len(sheet.lines) > ASSETS_MAX:
        raise FormatError(f"{len(sheet.lines)} lines, at most {ASSETS_MAX} assets are taken", where=raw.name)
    now = _now_utc()
    found: dict[int, Asset] = {}
    for k, line in enumerate(sheet.lines.tolist()):
        cells = {title: (column[k] or "").strip() for title, column in columns.items()}
        asset = _asset_of(cells, raw, line, now)
        if asset.norad in found:
            raise FormatError(f"{asset.norad} is there twice", where=raw.at(line, "norad"))
        found[asset.norad] = asset
    with node.database.write() as connection:
        put_assets(connection, list(found.values()))
    return list(found.values())


def _asset_of(cells: Mapping[str, str], raw: RawInput, line: int, now: str) -> Asset:
    values: dict[str, Any] = {"name": "", "sector": "", "contact": "", "added_utc": now}
    values |= {"radius_m": None, "maneuverable": None, "threshold_km": None, "pc_threshold": None}
    for title, text in cells.items():
        if not text and title not in ("norad", "owner"):
            continue
        try:
            values[title] = _value(title, text)
        except ValueError:
            raise FormatError(f"'{text}' cannot be read", where=raw.at(line, title)) from None
    asset = Asset(**values)
    if problem := _problem(asset):
        raise FormatError(problem[1], where=raw.at(line, problem[0]))
    return asset


def _value(title: str, text: str) -> Any:
    if title == "norad":
        return int(text)
    if title == "maneuverable":
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError
        return text.lower() in _TRUE
    return float(text) if title in ("radius_m", "threshold_km", "pc_threshold") else text


def _problem(asset: Asset) -> tuple[str, str] | None:
    """Return (field, what is wrong) of an asset that cannot be, ``None`` if it can."""
    ranges = (
        ("radius_m", asset.radius_m, RADIUS_MAX_M, "m"),
        ("threshold_km", asset.threshold_km, THRESHOLD_MAX_KM, "km"),
        ("pc_threshold", asset.pc_threshold, 1.0, ""),
    )
    if not 1 <= asset.norad <= NORAD_MAX:
        return "norad", f"is {asset.norad}, a catalog number is 1 to {NORAD_MAX}"
    if not asset.owner:
        return "owner", "an asset needs an owner"
    if asset.sector and asset.sector not in SECTORS:
        return "sector", f"is '{asset.sector}', must be one of {', '.join(SECTORS)}"
    for field, value, largest, unit in ranges:
        if value is not None and not 0 < value <= largest:
            return field, f"is {value:g} {unit}, must be above 0 and at most {largest:g}".replace(" ,", ",")
    return None


def list_assets(node: Node) -> Listing:
    """List the assets by number."""
    with node.database.read() as connection:
        assets = read_assets(connection)
    objects = objects_by_number(node, [asset.norad for asset in assets])
    rows = []
    for asset in assets:
        line = objects.get(asset.norad)
        values = {column.name: getattr(asset, column.name, None) for column in ASSET_COLUMNS}
        values["name"] = asset.name or (line.name if line else "")
        values["element_sets"] = len(object_history(node, asset.norad))
        rows.append(values)
    return Listing(ASSET_COLUMNS, rows, f"{len(rows):,} assets")


def _now_utc() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
