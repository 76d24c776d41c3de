"""List the conjunctions that the node knows: assets first, what nobody can act on folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import format_utc, format_utc_array
from skypact.catalog.actionable import PairClass, PairClasses, class_pairs
from skypact.conjunction.encounters import EncounterKind
from skypact.conjunction.grouping import SPREAD_NS
from skypact.node.desk.catalog import object_traits, objects_by_number
from skypact.node.desk.conjunction_table import ConjunctionTable, conjunction_table
from skypact.node.desk.node_home import Node
from skypact.node.store.assets import read_assets
from skypact.node.store.conjunctions import count_before, read_conjunctions
from skypact.node.store.screenings import ARCHIVES_KEPT, ScreeningLine, read_screenings
from skypact.node.views.listing import Column, ColumnRows, Listing, decimals, significant

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
Flags = NDArray[np.bool_]

OPEN, PAST, GONE = "open", "past", "gone"

COLUMNS = (
    Column("id", "number of a tracked conjunction; SCREENING:ROW of an encounter only in the archive"),
    Column("class", "asset, actionable, one-operator or debris-on-debris"),
    Column("norad_1", "catalog number of the first object (the asset, else the lower number)"),
    Column("norad_2", "catalog number of the second object"),
    Column("name_1", "name of the first object"),
    Column("name_2", "name of the second object"),
    Column("tca_utc", "time of closest approach by the standing solution"),
    Column("miss_km", "distance at the TCA", decimals(6)),
    Column("rel_speed_km_s", "relative speed at the TCA", decimals(6)),
    Column("pc", "probability of collision of the standing solution", significant(4)),
    Column("pc_trusted", "whether its covariance was estimated and its method holds"),
    Column("pc_max", "largest probability over all sizes of the covariance", significant(4)),
    Column("kind", "encounter, edge or co-moving"),
    Column("source", "where the standing solution is from: screening, cdm, cdm-assumed or cdm-public"),
    Column("solutions", "how many different solutions there are", str),
    Column("start_utc", "co-moving: begin of the interval in which the pair was found together"),
    Column("stop_utc", "co-moving: its end"),
    Column("status", "open, past, or gone: a screening that covered it did not find it again"),
)


@dataclass(frozen=True)
class ConjunctionFilter:
    """What to list.

    Attributes
    ----------
    assets
        Only pairs with an asset.
    norad
        Only pairs with this object.
    since_tai_ns, until_tai_ns
        Only TCAs (of co-moving pairs: intervals) from ... to ...; by default from now or, where the newest
        screening is of another time, from the start of its window.
    miss_km_max, pc_min
        Only at most this far; only at least this probable (``pc``, else ``pc_max``).
    show_all
        Also what nobody can act on, what one operator handles, and what is gone.
    """

    assets: bool = False
    norad: int | None = None
    since_tai_ns: int | None = None
    until_tai_ns: int | None = None
    miss_km_max: float | None = None
    pc_min: float | None = None
    show_all: bool = False


def list_conjunctions(
    node: Node,
    wanted: ConjunctionFilter | None = None,
    *,
    now_tai_ns: int,
    limit: int | None = None,
) -> Listing:
    """List conjunctions, assets first, then by risk and distance.

    What screenings of the whole catalog found is listed whether it is tracked or not, as long as their
    archives are kept.
    """
    wanted = wanted or ConjunctionFilter()
    with node.database.read() as connection:
        newest = next(iter(read_screenings(connection, limit=1)), None)
        runs = read_screenings(connection, whole_catalog=True, limit=ARCHIVES_KEPT)
        since = _since(wanted, newest, now_tai_ns)
        first = None if since is None else since - SPREAD_NS
        lines = read_conjunctions(connection, since_tai_ns=first)
        earlier = 0 if since is None else count_before(connection, since)
        assets = {asset.norad for asset in read_assets(connection)}
    runs = runs or ([newest] if newest is not None else [])
    objects = objects_by_number(node)
    names = {norad: line.name for norad, line in objects.items()}
    table = conjunction_table(node.settings.home, lines, runs, names, since_tai_ns=since)
    inside = _inside(table, wanted, since, assets)
    table = table.take(inside)
    classes = class_pairs(table.norad_1, table.norad_2, object_traits(objects), assets)
    gone = table.gone_run > 0
    shown = np.ones(len(table), dtype=np.bool_) if wanted.show_all else ~classes.folded & ~gone
    notes = [] if wanted.show_all else [_folded_note(classes, gone)]
    order = _order(table, classes)
    order = order[shown[order]]
    notes += [f"{len(order) - limit:,} more (--limit)"] if limit is not None and len(order) > limit else []
    notes += (
        [f"{earlier:,} earlier than {format_utc(since, decimals=0)} (--since)"] if since and earlier else []
    )
    notes += [_run_note(node, newest)]
    order = order[:limit]
    rows = _rows(table.take(order), classes.pair_class[order], assets, now_tai_ns)
    return Listing(COLUMNS, rows, "; ".join(note for note in notes if note))


def _since(wanted: ConjunctionFilter, newest: ScreeningLine | None, now_tai_ns: int) -> int | None:
    if wanted.since_tai_ns is not None or newest is None:
        return wanted.since_tai_ns
    start, stop = newest.facts.start_tai_ns, newest.facts.stop_tai_ns
    return now_tai_ns if start <= now_tai_ns <= stop else start


def _folded_note(classes: PairClasses, gone: Flags) -> str:
    note = PairClasses(classes.pair_class[~gone]).note()
    number = int(gone.sum())
    return "; ".join(part for part in (note, f"{number} gone (shown with --all)" if number else "") if part)


def _run_note(node: Node, newest: ScreeningLine | None) -> str:
    if newest is None:
        return f"{node.mode}; no screening yet: 'skypact screen' makes one"
    facts = newest.facts
    start, stop = (format_utc(t, decimals=0) for t in (facts.start_tai_ns, facts.stop_tai_ns))
    made = format_utc(facts.made_tai_ns, decimals=0)
    return (
        f"{node.mode}; newest screening {newest.run_id}, made {made}: {start} to {stop}, "
        f"{facts.volume or f'{facts.threshold_km:g} km'}, {facts.objects:,} objects"
    )


def _inside(table: ConjunctionTable, wanted: ConjunctionFilter, since: int | None, assets: set[int]) -> Flags:
    """Return which rows pass the filter, apart from folding."""
    good = np.ones(len(table), dtype=np.bool_)
    if since is not None:
        good &= table.last_tai_ns >= since
    if wanted.until_tai_ns is not None:
        good &= table.first_tai_ns <= wanted.until_tai_ns
    if wanted.norad is not None:
        good &= (table.norad_1 == wanted.norad) | (table.norad_2 == wanted.norad)
    if wanted.assets:
        own = np.array(sorted(assets), dtype=np.int64)
        good &= np.isin(table.norad_1, own) | np.isin(table.norad_2, own)
    if wanted.miss_km_max is not None:
        good &= table.miss_km <= wanted.miss_km_max
    if wanted.pc_min is not None:
        good &= table.risk >= wanted.pc_min
    return good


def _order(table: ConjunctionTable, classes: PairClasses) -> Ints:
    own = classes.pair_class == PairClass.ASSET
    slow = table.kind == EncounterKind.CO_MOVING.value
    order = np.lexsort((table.tca_tai_ns, table.miss_km, -table.risk, classes.folded, slow, ~own))
    return np.asarray(order, dtype=np.int64)


def _rows(table: ConjunctionTable, classes: Texts, assets: set[int], now_tai_ns: int) -> ColumnRows:
    own = np.array(sorted(assets), dtype=np.int64)
    turned = np.isin(table.norad_2, own) & ~np.isin(table.norad_1, own)
    numbers = [
        np.where(norad > 0, norad.astype(object), designator)
        for norad, designator in ((table.norad_1, table.designator_1), (table.norad_2, table.designator_2))
    ]
    names = [table.name_1, table.name_2]
    status = np.where(table.gone_run > 0, GONE, np.where(table.last_tai_ns < now_tai_ns, PAST, OPEN))
    co_moving = (table.kind == EncounterKind.CO_MOVING.value).tolist()
    starts, stops = (
        format_utc_array(t, decimals=3).tolist() for t in (table.first_tai_ns, table.last_tai_ns)
    )
    data: dict[str, Sequence[Any]] = {
        "id": table.id.tolist(),
        "class": [str(c) for c in classes],
        "norad_1": np.where(turned, numbers[1], numbers[0]).tolist(),
        "norad_2": np.where(turned, numbers[0], numbers[1]).tolist(),
        "name_1": np.where(turned, names[1], names[0]).tolist(),
        "name_2": np.where(turned, names[0], names[1]).tolist(),
        "tca_utc": format_utc_array(table.tca_tai_ns, decimals=6).tolist(),
        "miss_km": table.miss_km.tolist(),
        "rel_speed_km_s": _or_none(table.rel_speed_km_s),
        "pc": _or_none(table.pc),
        "pc_trusted": [
            bool(trusted) if known else None
            for trusted, known in zip(table.pc_trusted.tolist(), ~np.isnan(table.pc), strict=True)
        ],
        "pc_max": _or_none(table.pc_max),
        "kind": [str(kind) for kind in table.kind],
        "source": table.source.tolist(),
        "solutions": table.solutions.tolist(),
        "start_utc": [text if c else None for text, c in zip(starts, co_moving, strict=True)],
        "stop_utc": [text if c else None for text, c in zip(stops, co_moving, strict=True)],
        "status": status.tolist(),
    }
    return ColumnRows(data)


def _or_none(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else value for value in values.tolist()]
