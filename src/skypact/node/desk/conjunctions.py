"""List the conjunctions that the node knows: assets first, what nobody can act on folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import format_utc, format_utc_array
from skypact.catalog.actionable import PairClass, PairClasses, class_pairs
from skypact.conjunction.encounters import KINDS, EncounterKind
from skypact.conjunction.grouping import Known, match_batch, pair_keys
from skypact.node.desk.catalog import object_traits, objects_by_number
from skypact.node.desk.node_home import Node
from skypact.node.store.assets import read_assets
from skypact.node.store.conjunctions import ConjunctionLine, Source, read_conjunctions
from skypact.node.store.screenings import Archive, ScreeningLine, read_archive, read_screenings
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


@dataclass(frozen=True, eq=False)
class ConjunctionTable:
    """Conjunctions as columns of shape (n,): tracked ones, then encounters that are only in an archive."""

    id: Texts
    designator_1: Texts
    designator_2: Texts
    norad_1: Ints
    """0 for an object without a catalog number."""
    norad_2: Ints
    name_1: Texts
    name_2: Texts
    first_tai_ns: Ints
    last_tai_ns: Ints
    tca_tai_ns: Ints
    miss_km: Floats
    rel_speed_km_s: Floats
    pc: Floats
    pc_max: Floats
    pc_trusted: Flags
    kind: Texts
    source: Texts
    solutions: Ints
    gone_run: Ints
    """0 where it is not gone."""

    def __len__(self) -> int:
        return int(self.tca_tai_ns.shape[0])

    def take(self, rows: NDArray[Any]) -> ConjunctionTable:
        """Return the rows of an index or boolean array, in its order."""
        return ConjunctionTable(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @property
    def risk(self) -> Floats:
        """What ranks: the probability if it is trusted, else the largest possible one; -1 where none."""
        best = np.where(self.pc_trusted | np.isnan(self.pc_max), self.pc, self.pc_max)
        return np.nan_to_num(best, nan=-1.0)


def list_conjunctions(
    node: Node,
    wanted: ConjunctionFilter | None = None,
    *,
    now_tai_ns: int,
    limit: int | None = None,
) -> Listing:
    """List conjunctions, assets first, then by risk and distance.

    What the newest screening of the whole catalog found is listed whether it is tracked or not.
    """
    wanted = wanted or ConjunctionFilter()
    with node.database.read() as connection:
        lines = read_conjunctions(connection)
        runs = read_screenings(connection)
        assets = {asset.norad for asset in read_assets(connection)}
    newest = runs[0] if runs else None
    whole = next((run for run in runs if not run.facts.primaries), newest)
    objects = objects_by_number(node)
    table = _tracked_table(lines)
    if whole is not None:
        archive = read_archive(node.settings.home, whole.archive_sha256)
        if archive is not None:
            names = {norad: line.name for norad, line in objects.items()}
            table = _joined(table, _untracked_table(whole, archive, lines, names))
    since = _since(wanted, newest, now_tai_ns)
    inside = _inside(table, wanted, since, assets)
    earlier = int((table.last_tai_ns < since).sum()) if since is not None else 0
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
        f"{facts.threshold_km:g} km, {facts.objects:,} objects"
    )


def _tracked_table(lines: Sequence[ConjunctionLine]) -> ConjunctionTable:
    def column(name: str, kind: Any, missing: Any = None) -> NDArray[Any]:
        values = [getattr(line, name) for line in lines]
        out = np.empty(len(values), dtype=kind)
        out[:] = [missing if value is None else value for value in values]
        return out

    kind = np.array(
        [EncounterKind.CO_MOVING if line.co_moving else EncounterKind.ENCOUNTER for line in lines]
    )
    return ConjunctionTable(
        id=np.array([str(line.conjunction_id) for line in lines], dtype=object),
        designator_1=column("designator_1", object),
        designator_2=column("designator_2", object),
        norad_1=column("norad_1", np.int64, 0),
        norad_2=column("norad_2", np.int64, 0),
        name_1=column("name_1", object),
        name_2=column("name_2", object),
        first_tai_ns=column("first_tai_ns", np.int64),
        last_tai_ns=column("last_tai_ns", np.int64),
        tca_tai_ns=column("tca_tai_ns", np.int64),
        miss_km=column("miss_km", np.float64),
        rel_speed_km_s=column("rel_speed_km_s", np.float64, np.nan),
        pc=column("pc", np.float64, np.nan),
        pc_max=column("pc_max", np.float64, np.nan),
        pc_trusted=column("pc_trusted", np.bool_),
        kind=np.array(kind, dtype=object),
        source=column("source", object),
        solutions=column("solutions", np.int64),
        gone_run=column("gone_run", np.int64, 0),
    )


def _untracked_table(
    run: ScreeningLine, archive: Archive, lines: Sequence[ConjunctionLine], names: Mapping[int, str]
) -> ConjunctionTable:
    """Return the encounters of a screening that no tracked conjunction has."""
    norad_1, norad_2 = archive.norad[archive.row_1], archive.norad[archive.row_2]
    passing = [line for line in lines if line.norad_1 and line.norad_2 and not line.co_moving]
    columns = np.array(
        [(line.norad_1, line.norad_2, line.first_tai_ns, line.last_tai_ns) for line in passing],
        dtype=np.int64,
    ).reshape(-1, 4)
    known = Known(pair_keys(columns[:, 0], columns[:, 1]), columns[:, 2], columns[:, 3])
    joined = match_batch(pair_keys(norad_1, norad_2), archive.tca_tai_ns, known)
    kinds = np.array([kind.value for kind in KINDS], dtype=object)[archive.kind]
    rows = np.flatnonzero((joined < 0) & (kinds != EncounterKind.CO_MOVING.value))
    first, second = norad_1[rows], norad_2[rows]
    low, high = np.minimum(first, second), np.maximum(first, second)
    tca = archive.tca_tai_ns[rows]

    def texts(values: Sequence[str]) -> Texts:
        out = np.empty(len(rows), dtype=object)
        out[:] = values
        return out

    return ConjunctionTable(
        id=texts([f"{run.run_id}:{row}" for row in rows.tolist()]),
        designator_1=texts(list(map(str, low.tolist()))),
        designator_2=texts(list(map(str, high.tolist()))),
        norad_1=low,
        norad_2=high,
        name_1=texts([names.get(number, "") for number in low.tolist()]),
        name_2=texts([names.get(number, "") for number in high.tolist()]),
        first_tai_ns=tca,
        last_tai_ns=tca,
        tca_tai_ns=tca,
        miss_km=archive.miss_km[rows],
        rel_speed_km_s=archive.rel_speed_km_s[rows],
        pc=archive.pc[rows],
        pc_max=archive.pc_max[rows],
        pc_trusted=np.zeros(len(rows), dtype=np.bool_),
        kind=kinds[rows],
        source=texts([Source.SCREENING.value] * len(rows)),
        solutions=np.ones(len(rows), dtype=np.int64),
        gone_run=np.zeros(len(rows), dtype=np.int64),
    )


def _joined(first: ConjunctionTable, second: ConjunctionTable) -> ConjunctionTable:
    columns: dict[str, Any] = {
        f.name: np.concatenate([getattr(first, f.name), getattr(second, f.name)])
        for f in fields(ConjunctionTable)
    }
    return ConjunctionTable(**columns)


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
        "status": status.tolist(),
    }
    return ColumnRows(data)


def _or_none(values: Floats) -> list[float | None]:
    return [None if np.isnan(value) else value for value in values.tolist()]
