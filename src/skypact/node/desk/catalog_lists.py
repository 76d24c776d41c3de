"""What ``skypact catalog`` lists: objects, one object, its history, counts, loads and quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from skypact.astro.timescales import NS_PER_DAY, format_utc, format_utc_array
from skypact.catalog.actionable import ObjectTraits
from skypact.catalog.completeness import LoadKind, judge
from skypact.catalog.identity import digest_text
from skypact.catalog.regimes import orbit_shapes
from skypact.errors import NotFoundError, UsageError
from skypact.node.clock import now_tai_ns
from skypact.node.desk.catalog import (
    CatalogView,
    find_object,
    nothing_known,
    object_history,
    object_traits,
    objects_by_number,
    view_catalog,
)
from skypact.node.desk.node_home import Node
from skypact.node.store.assets import read_assets
from skypact.node.store.element_sets import StoredSets, count_sets, read_extra
from skypact.node.store.loads import LoadLine, read_loads, read_quarantine
from skypact.node.store.objects import ObjectLine, read_names
from skypact.node.views.listing import Column, Listing, decimals

_ANGLE = decimals(4)

OBJECT_COLUMNS = (
    Column("norad", "Catalog number", str),
    Column("name", "Name"),
    Column("object_id", "International designator"),
    Column("asset", "Whether the node answers for it"),
    Column("kind", "Payload, rocket body, debris or unknown"),
    Column("owner", "Country or organization, as the provider abbreviates it"),
    Column("operator", "Who flies it, as far as known"),
    Column("regime", "Orbital regime"),
    Column("perigee_km", "Altitude of perigee", decimals(1)),
    Column("apogee_km", "Altitude of apogee", decimals(1)),
    Column("inclination_deg", "Inclination", _ANGLE),
    Column("epoch_utc", "Epoch of the element set in use"),
    Column("age_d", "Age of that epoch", decimals(2)),
    Column("source", "Who gave the element set"),
    Column("fit_rms_km", "RMS of the fit to an operator's ephemeris", decimals(3)),
    Column("sets", "Element sets there were to choose from", str),
    Column("why", "Why this set is used"),
    Column("set_id", "Number of the element set", str),
)

HISTORY_COLUMNS = (
    Column("epoch_utc", "Epoch"),
    Column("age_d", "Age of the epoch", decimals(2)),
    Column("source", "Who gave the element set"),
    Column("retrieved_utc", "When the node got it first"),
    Column("mean_motion_rev_d", "Mean motion", decimals(8)),
    Column("eccentricity", "Eccentricity", decimals(7)),
    Column("inclination_deg", "Inclination", _ANGLE),
    Column("raan_deg", "Right ascension of the ascending node", _ANGLE),
    Column("arg_perigee_deg", "Argument of perigee", _ANGLE),
    Column("mean_anomaly_deg", "Mean anomaly", _ANGLE),
    Column("bstar_per_er", "Drag term, per Earth radius", lambda value: f"{value:.4e}"),
    Column("fit_rms_km", "RMS of the fit to an operator's ephemeris", decimals(3)),
    Column("name", "Name in that element set"),
    Column("set_id", "Number of the element set", str),
    Column("digest", "Digest of the numbers, equal for equal elements of any source"),
)

STATS_COLUMNS = (
    Column("source", "Who gave the data"),
    Column("loads", "Files loaded", str),
    Column("incomplete", "Of these, incomplete ones", str),
    Column("element_sets", "Element sets stored", str),
    Column("objects", "Objects with element sets", str),
    Column("in_force", "Objects whose element set in use is from this source", str),
    Column("expected", "Objects of the load that the newest one was compared with", str),
    Column("completeness", "Objects of the newest load divided by expected", decimals(3)),
    Column("epoch_first_utc", "Oldest epoch"),
    Column("epoch_median_utc", "Median epoch of the newest load"),
    Column("epoch_last_utc", "Newest epoch"),
    Column("quarantine", "Records kept out", str),
)

LOAD_COLUMNS = (
    Column("load", "Number of the load", str),
    Column("source", "Who gave the data"),
    Column("series", "Loads of one series follow each other", str),
    Column("kind", "Catalog, history, addition or facts"),
    Column("state", "In force, replaced, incomplete, stale or beside"),
    Column("records", "Records read", str),
    Column("objects", "Objects", str),
    Column("expected", "Objects of the load it was compared with", str),
    Column("rejected", "Records kept out", str),
    Column("retrieved_utc", "When the node got it"),
    Column("age_d", "Days since then", decimals(2)),
    Column("epoch_median_utc", "Median epoch"),
    Column("file", "File it is from"),
    Column("sha256", "Digest of the file"),
)

QUARANTINE_COLUMNS = (
    Column("load", "Number of the load", str),
    Column("source", "Who gave the data"),
    Column("file", "File it is from"),
    Column("line", "Line in the file", str),
    Column("field", "Field that is wrong"),
    Column("reason", "Why the record was kept out"),
    Column("text", "The record as received"),
)

SHOW_COLUMNS = (Column("part", "What it is about"), Column("field", "Field"), Column("value", "Value"))


@dataclass(frozen=True)
class ObjectFilter:
    """Which objects to list; empty fields do not filter."""

    name: str = ""
    """Part of the name, in any case."""
    regime: str = ""
    owner: str = ""
    """Owner or operator, exactly, in any case."""
    source: str = ""


def list_objects(
    node: Node, wanted: ObjectFilter, *, as_of_tai_ns: int | None = None, limit: int | None = None
) -> Listing:
    """List the catalog, the node's assets first, then by catalog number."""
    view = view_catalog(node, as_of_tai_ns=as_of_tai_ns)
    objects = objects_by_number(node, view.table.norad.tolist())
    traits = object_traits(objects)
    with node.database.read() as connection:
        own = {asset.norad for asset in read_assets(connection)}
    found = _wanted_rows(view, list(objects.values()), traits, wanted)
    found.sort(key=lambda k: int(view.table.norad[k]) not in own)
    shown = found if limit is None else found[:limit]
    cut = f"{len(shown):,} of {len(found):,} objects shown (--limit)" if len(shown) < len(found) else ""
    note = nothing_known(node, view) or "; ".join((cut or f"{len(found):,} objects", *view.notes))
    return Listing(OBJECT_COLUMNS, _object_rows(view, objects, traits, own, shown), note)


def _wanted_rows(
    view: CatalogView, lines: Sequence[ObjectLine], traits: ObjectTraits, wanted: ObjectFilter
) -> list[int]:
    """Return the rows of a view that fit a filter; ``lines`` and ``traits`` have the same rows."""
    regimes = orbit_shapes(view.table).regime if wanted.regime else ()
    name, owner = wanted.name.upper(), wanted.owner.upper()
    return [
        k
        for k, line in enumerate(lines)
        if name in line.name.upper()
        and (not owner or owner in ((line.owner or "").upper(), traits.operator[k].upper()))
        and (not wanted.regime or regimes[k] == wanted.regime.upper())
        and (not wanted.source or view.sets.source[k] == wanted.source)
    ]


def _object_rows(
    view: CatalogView,
    objects: Mapping[int, ObjectLine],
    traits: ObjectTraits,
    own: set[int],
    rows: Sequence[int],
) -> list[dict[str, Any]]:
    index = np.array(rows, dtype=np.int64)
    table = view.table.take(index)
    shapes = orbit_shapes(table)
    epochs = format_utc_array(table.epoch_tai_ns, decimals=0).tolist()
    listed = []
    for k, (row, norad) in enumerate(zip(rows, table.norad.tolist(), strict=True)):
        line = objects[norad]
        listed.append(
            {
                "norad": norad,
                "name": line.name,
                "object_id": line.object_id,
                "asset": norad in own,
                "kind": str(traits.kind[row]),
                "owner": line.owner,
                "operator": traits.operator[row] or None,
                "regime": str(shapes.regime[k]),
                "perigee_km": float(shapes.perigee_km[k]),
                "apogee_km": float(shapes.apogee_km[k]),
                "inclination_deg": float(table.inclination_deg[k]),
                "epoch_utc": epochs[k],
                "age_d": (view.at_tai_ns - int(table.epoch_tai_ns[k])) / NS_PER_DAY,
                "source": view.sets.source[row],
                "fit_rms_km": _known(view.sets.fit_rms_km[row]),
                "sets": int(view.candidates[row]),
                "why": str(view.choice[row]),
                "set_id": int(view.sets.set_id[row]),
            }
        )
    return listed


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def show_object(node: Node, text: str, *, as_of_tai_ns: int | None = None) -> Listing:
    """Show what is known of one object: names, facts, asset, and its newest element set of each source."""
    norad = find_object(node, text)
    as_of = now_tai_ns() if as_of_tai_ns is None else as_of_tai_ns
    history = object_history(node, norad, as_of_tai_ns=as_of)
    newest = {str(source): k for k, source in enumerate(history.source)}
    line = objects_by_number(node, [norad])[norad]
    traits = object_traits({norad: line})
    with node.database.read() as connection:
        names = read_names(connection, norad)
        asset = next((a for a in read_assets(connection) if a.norad == norad), None)
        extras = read_extra(connection, [int(history.set_id[k]) for k in newest.values()])
    rows: list[tuple[str, str, Any]] = _fact_rows(line, str(traits.kind[0]), str(traits.operator[0]))
    rows += [("object", "also_named", f"{name} ({source})") for name, source in names if name != line.name]
    if asset is not None:
        rows += [("asset", f.name, getattr(asset, f.name)) for f in fields(asset) if f.name != "norad"]
    for (source, k), extra in zip(newest.items(), extras, strict=True):
        rows += [(f"newest of {source}", name, value) for name, value in _set_row(history, k, as_of).items()]
        shapes = orbit_shapes(history.table.take(np.array([k])))
        rows.append((f"newest of {source}", "perigee_km", round(float(shapes.perigee_km[0]), 1)))
        rows.append((f"newest of {source}", "apogee_km", round(float(shapes.apogee_km[0]), 1)))
        rows.append((f"newest of {source}", "regime", str(shapes.regime[0])))
        rows.append((f"newest of {source}", "element_sets", int((history.source == source).sum())))
        rows += [(f"newest of {source}", key, value) for key, value in extra.items()]
    told = [{"part": p, "field": f, "value": v} for p, f, v in rows if v not in (None, "") and f != "source"]
    return Listing(SHOW_COLUMNS, told, "" if len(history) else "no element set of it is known")


def _fact_rows(line: ObjectLine, kind: str, operator: str) -> list[tuple[str, str, Any]]:
    facts = {f.name: getattr(line, f.name) for f in fields(line)}
    facts["kind"] = kind if line.kind else f"{kind} (told from the name)"
    facts["operator"] = line.operator or (f"{operator} (told from the name)" if operator else None)
    return [("object", name, value) for name, value in facts.items()]


def _set_row(sets: StoredSets, k: int, now: int) -> dict[str, Any]:
    table = sets.table
    epoch = int(table.epoch_tai_ns[k])
    return {
        "epoch_utc": format_utc(epoch, decimals=6),
        "age_d": round((now - epoch) / NS_PER_DAY, 3),
        "source": sets.source[k],
        "retrieved_utc": format_utc(int(sets.retrieved_tai_ns[k]), decimals=0),
        "mean_motion_rev_d": float(table.mean_motion_rev_d[k]),
        "eccentricity": float(table.eccentricity[k]),
        "inclination_deg": float(table.inclination_deg[k]),
        "raan_deg": float(table.raan_deg[k]),
        "arg_perigee_deg": float(table.arg_perigee_deg[k]),
        "mean_anomaly_deg": float(table.mean_anomaly_deg[k]),
        "bstar_per_er": float(table.bstar_per_er[k]),
        "fit_rms_km": _known(sets.fit_rms_km[k]),
        "name": table.object_name[k],
        "set_id": int(sets.set_id[k]),
        "digest": digest_text(int(sets.digest[k])),
    }


def list_history(
    node: Node, text: str, *, as_of_tai_ns: int | None = None, limit: int | None = None
) -> Listing:
    """List every element set of an object that the node had at a time, oldest epoch first."""
    norad = find_object(node, text)
    as_of = now_tai_ns() if as_of_tai_ns is None else as_of_tai_ns
    history = object_history(node, norad, as_of_tai_ns=as_of)
    if not len(history):
        raise NotFoundError(f"no element set of object {norad} is known at that time")
    first = 0 if limit is None else max(0, len(history) - limit)
    rows = [_set_row(history, k, as_of) for k in range(first, len(history))]
    return Listing(HISTORY_COLUMNS, rows, f"{len(rows):,} of {len(history):,} element sets of object {norad}")


def list_stats(node: Node, *, as_of_tai_ns: int | None = None) -> Listing:
    """Count what is stored, by source; nothing in it changes with the time of day."""
    view = view_catalog(node, as_of_tai_ns=as_of_tai_ns)
    with node.database.read() as connection:
        lines = read_loads(connection, as_of_tai_ns=view.as_of_tai_ns)
        counts = count_sets(connection, as_of_tai_ns=as_of_tai_ns)
    verdicts = judge(line.facts for line in lines)
    sources = sorted({line.facts.source for line in lines})
    rows: list[dict[str, Any]] = []
    for source in sources:
        own = [line for line in lines if line.facts.source == source]
        sets = [line for line in own if line.facts.kind is not LoadKind.FACTS]
        stored, objects = counts.get(source, (0, 0))
        catalogs = [line.facts for line in sets if line.facts.load_id in verdicts]
        newest = max(catalogs, key=lambda f: (f.epoch_median_tai_ns, f.load_id), default=None)
        expected = verdicts[newest.load_id].expected_objects if newest else 0
        rows.append(
            {
                "source": source,
                "loads": len(own),
                "incomplete": sum(not verdicts[f.load_id].complete for f in catalogs),
                "element_sets": stored,
                "objects": objects,
                "in_force": int((view.sets.source == source).sum()),
                "expected": expected or None,
                "completeness": newest.objects / expected if newest and expected else None,
                "epoch_first_utc": _utc(min((x.epoch_first_tai_ns for x in sets), default=None)),
                "epoch_median_utc": _utc(newest.epoch_median_tai_ns if newest else None),
                "epoch_last_utc": _utc(max((x.facts.epoch_last_tai_ns for x in sets), default=None)),
                "quarantine": sum(x.rejected for x in own),
            }
        )
    total = f"{len(view):,} objects in force, {sum(s for s, _ in counts.values()):,} element sets"
    return Listing(STATS_COLUMNS, rows, "; ".join((nothing_known(node, view) or total, *view.notes)))


def _utc(tai_ns: int | None) -> str | None:
    return None if tai_ns is None else format_utc(tai_ns, decimals=0)


def list_loads(node: Node, *, as_of_tai_ns: int | None = None, limit: int | None = None) -> Listing:
    """List the files that were loaded, newest first, each with its completeness and whether it counts now."""
    view = view_catalog(node, as_of_tai_ns=as_of_tai_ns)
    with node.database.read() as connection:
        lines = read_loads(connection, as_of_tai_ns=view.as_of_tai_ns)
    verdicts = judge(line.facts for line in lines)
    rows = []
    for line in reversed(lines[-limit:] if limit else lines):
        facts = line.facts
        verdict = verdicts.get(facts.load_id)
        rows.append(
            {
                "load": facts.load_id,
                "source": facts.source,
                "series": facts.series or None,
                "kind": str(facts.kind),
                "state": _state(line, view, bool(verdict and not verdict.complete)),
                "records": line.records,
                "objects": facts.objects,
                "expected": (verdict.expected_objects or None) if verdict else None,
                "rejected": line.rejected,
                "retrieved_utc": format_utc(facts.retrieved_tai_ns, decimals=0),
                "age_d": (view.as_of_tai_ns - facts.retrieved_tai_ns) / NS_PER_DAY,
                "epoch_median_utc": None if facts.kind is LoadKind.FACTS else _utc(facts.epoch_median_tai_ns),
                "file": line.file_name,
                "sha256": line.sha256,
            }
        )
    return Listing(LOAD_COLUMNS, rows, f"{len(rows):,} of {len(lines):,} loads")


def _state(line: LoadLine, view: CatalogView, incomplete: bool) -> str:
    if incomplete:
        return "incomplete"
    if line.facts.load_id in view.force.catalogs:
        return "in force"
    if line.facts.load_id in view.force.stale:
        return "stale"
    return "replaced" if line.facts.kind is LoadKind.CATALOG else "beside"


def list_quarantine(node: Node, *, load_id: int | None = None, limit: int | None = None) -> Listing:
    """List the records that were kept out, newest load first."""
    if load_id is not None and load_id < 1:
        raise UsageError("loads are numbered from 1", where="--load")
    with node.database.read() as connection:
        lines = read_quarantine(connection, load_id=load_id, limit=limit)
    rows = [
        {
            "load": x.load_id,
            "source": x.source,
            "file": x.file_name,
            "line": x.line,
            "field": x.field,
            "reason": x.reason,
            "text": x.text,
        }
        for x in lines
    ]
    return Listing(QUARANTINE_COLUMNS, rows, f"{len(rows):,} records kept out")
