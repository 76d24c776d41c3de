"""Ask the catalog: what it held at a time, which element set of each object to use, what is known of it.

Two times matter. *As of* is a time of knowledge: only what the node had retrieved by then counts. *At* is
the time the element sets are for: the start of a screening, or now. Both default to now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from skypact.astro.timescales import NS_PER_DAY, format_utc, parse_utc
from skypact.catalog.actionable import ObjectTraits
from skypact.catalog.completeness import EPOCH_AHEAD_D, STALE_D, InForce, in_force
from skypact.catalog.operators import ObjectKind, kind_of_name, operators_of
from skypact.catalog.selection import select_best
from skypact.errors import InputError, NotFoundError
from skypact.formats.alpha5 import decode_alpha5
from skypact.formats.elements import ElementTable
from skypact.node.clock import now_tai_ns
from skypact.node.desk.node_home import Node
from skypact.node.store.assets import read_assets
from skypact.node.store.element_sets import StoredSets, read_history, read_members, read_members_between
from skypact.node.store.loads import first_retrieval, read_loads
from skypact.node.store.objects import ObjectLine, find_objects, read_decays, read_objects

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

DEAD_STATUS = frozenset({"-", "D"})
"""Operational status (CelesTrak) of payloads that cannot act any more: not operational, decayed."""

_NUMBER = re.compile(r"0*[1-9][0-9]{0,8}")
_ALPHA5 = re.compile(r"[A-HJ-NP-Za-hj-np-z]\d{4}")
_NAMES_SHOWN = 8


@dataclass(frozen=True, eq=False)
class CatalogView:
    """The catalog at a time: one element set for each object, in the order of catalog numbers.

    Attributes
    ----------
    sets
        The chosen element sets with their numbers (``set_id``), sources and qualities.
    choice
        Why each was chosen (:class:`skypact.catalog.selection.Choice`), shape (n,).
    candidates
        How many element sets there were to choose from, shape (n,).
    force
        The loads that the catalog was made of, and those left out.
    notes
        What was left out and why, in sentences.
    """

    sets: StoredSets
    choice: Texts
    candidates: Ints
    at_tai_ns: int
    as_of_tai_ns: int
    force: InForce
    notes: tuple[str, ...]

    @property
    def table(self) -> ElementTable:
        """The chosen element sets, for propagation and screening."""
        return self.sets.table

    def __len__(self) -> int:
        return len(self.sets)


def view_catalog(node: Node, *, at_tai_ns: int | None = None, as_of_tai_ns: int | None = None) -> CatalogView:
    """Return the catalog for a time, one element set for each object.

    Which loads count is decided by :func:`skypact.catalog.completeness.in_force`, which set of an object
    by :func:`skypact.catalog.selection.select_best`. Histories and additions take part with sets from
    :data:`~skypact.catalog.completeness.STALE_D` days before. Objects that decayed after the epoch of their
    last set and before ``at_tai_ns`` are left out.

    Parameters
    ----------
    at_tai_ns
        The time that the element sets are for; default: ``as_of_tai_ns``.
    as_of_tai_ns
        Only what was retrieved by then counts; default: now.
    """
    now = now_tai_ns()
    as_of = now if as_of_tai_ns is None else as_of_tai_ns
    at = as_of if at_tai_ns is None else at_tai_ns
    with node.database.read() as connection:
        facts = [line.facts for line in read_loads(connection, as_of_tai_ns=as_of)]
        force = in_force(facts, at)
        found = _candidates(connection, force, at)
        selection = select_best(
            found.table.norad, found.table.epoch_tai_ns, found.fit_rms_km, found.source, at_tai_ns=at
        )
        chosen = _named(connection, found.take(selection.rows))
        decays = read_decays(connection)
    gone = _decayed(chosen, decays, at)
    keep = np.flatnonzero(~gone)
    return CatalogView(
        sets=chosen.take(keep) if gone.any() else chosen,
        choice=selection.choice[keep],
        candidates=selection.candidates[keep],
        at_tai_ns=at,
        as_of_tai_ns=as_of,
        force=force,
        notes=_notes(force, int(gone.sum())),
    )


def _candidates(connection: Connection, force: InForce, at_tai_ns: int) -> StoredSets:
    """Return the element sets that the loads in force hold, each once."""
    found = read_members(connection, force.catalogs)
    if not force.additions:
        return found if len(force.catalogs) <= 1 else _each_once([found])
    first = force.anchor_tai_ns - int(STALE_D * NS_PER_DAY)
    last = at_tai_ns + int(EPOCH_AHEAD_D * NS_PER_DAY)
    return _each_once([found, read_members_between(connection, force.additions, first, last)])


def _each_once(parts: Sequence[StoredSets]) -> StoredSets:
    whole = StoredSets.concatenate(parts)
    rows = np.unique(whole.set_id, return_index=True)[1]
    return whole.take(rows)


def _named(connection: Connection, sets: StoredSets) -> StoredSets:
    """Fill names and designators that a source left out from what others told."""
    table = sets.table
    empty = (table.object_name == "") | (table.object_id == "")
    if not empty.any():
        return sets
    names, designators = table.object_name.copy(), table.object_id.copy()
    known = {line.norad: line for line in read_objects(connection, table.norad[empty].tolist())}
    for row in np.flatnonzero(empty).tolist():
        line = known[int(table.norad[row])]
        names[row] = names[row] or line.name
        designators[row] = designators[row] or line.object_id
    return replace(sets, table=replace(table, object_name=names, object_id=designators))


def _decayed(chosen: StoredSets, decays: dict[int, str], at_tai_ns: int) -> NDArray[np.bool_]:
    gone = np.zeros(len(chosen), dtype=np.bool_)
    numbers = np.array(sorted(decays), dtype=np.int64)
    for row in np.flatnonzero(np.isin(chosen.table.norad, numbers)).tolist():
        decay = parse_utc(decays[int(chosen.table.norad[row])]) + NS_PER_DAY
        gone[row] = chosen.table.epoch_tai_ns[row] < decay <= at_tai_ns
    return gone


def _notes(force: InForce, decayed: int) -> tuple[str, ...]:
    notes = []
    if force.incomplete:
        numbers = ", ".join(map(str, force.incomplete))
        notes.append(f"incomplete and not used: load {numbers} (skypact catalog loads)")
    if force.stale:
        numbers = ", ".join(map(str, force.stale))
        notes.append(f"more than {STALE_D:.0f} days older than the rest and not used: load {numbers}")
    if decayed:
        notes.append(f"{decayed} decayed objects left out")
    return tuple(notes)


def nothing_known(node: Node, view: CatalogView) -> str:
    """Say why a view is empty and what to do; empty if it is not."""
    if len(view):
        return ""
    with node.database.read() as connection:
        first = first_retrieval(connection)
    if first is None:
        return "the catalog is empty; load a file with 'skypact catalog load FILE'"
    if first > view.as_of_tai_ns:
        return (
            f"the node knew nothing at {format_utc(view.as_of_tai_ns, decimals=0)}: its first load is of "
            f"{format_utc(first, decimals=0)} (an archive is dated with 'catalog load --retrieved-utc')"
        )
    return "no element sets in force; see 'skypact catalog loads'"


def number_of(text: str) -> int | None:
    """Return the catalog number that a text is, plain or Alpha-5, ``None`` where it is none."""
    wanted = text.strip()
    if _ALPHA5.fullmatch(wanted):
        return decode_alpha5(wanted.upper())
    return int(wanted) if _NUMBER.fullmatch(wanted) else None


def find_object(node: Node, text: str) -> int:
    """Return the catalog number for a number (Alpha-5 too), an international designator or an exact name.

    Raises
    ------
    NotFoundError
        If the node knows no such object.
    InputError
        If several objects bear the name.
    """
    wanted = text.strip()
    with node.database.read() as connection:
        if (number := number_of(wanted)) is not None:
            found = [line.norad for line in read_objects(connection, [number])]
        else:
            found = find_objects(connection, wanted)
    if not found:
        raise NotFoundError(
            f"no object '{text}' in the catalog", remedy="try 'skypact catalog list --name PART'"
        )
    if len(found) > 1:
        shown = ", ".join(map(str, found[:_NAMES_SHOWN]))
        raise InputError(f"{len(found)} objects are named '{text}'", remedy=f"give the number: {shown}")
    return found[0]


def object_history(node: Node, norad: int, *, as_of_tai_ns: int | None = None) -> StoredSets:
    """Return all element sets of an object that the node had at a time (default: now), oldest first."""
    with node.database.read() as connection:
        return read_history(connection, norad, as_of_tai_ns=as_of_tai_ns)


def objects_by_number(node: Node, norads: Sequence[int] | None = None) -> dict[int, ObjectLine]:
    """Return what is known of objects (default: all), by catalog number."""
    with node.database.read() as connection:
        return {line.norad: line for line in read_objects(connection, norads)}


def object_traits(objects: dict[int, ObjectLine]) -> ObjectTraits:
    """Return kind, operator and state of objects, filled from their names where no catalog told them."""
    lines = [objects[norad] for norad in sorted(objects)]
    kinds = np.empty(len(lines), dtype=object)
    kinds[:] = [ObjectKind(line.kind) if line.kind else kind_of_name(line.name) for line in lines]
    return ObjectTraits(
        norad=np.array([line.norad for line in lines], dtype=np.int64),
        kind=kinds,
        operator=operators_of((line.name for line in lines), kinds, (line.operator for line in lines)),
        dead=np.array([(line.status or "") in DEAD_STATUS for line in lines], dtype=np.bool_),
    )


def object_radii(node: Node, norad: Ints) -> tuple[Floats, Texts]:
    """Return the hard-body radius of each object in m and where it is from; NaN and empty where nobody told.

    What the owner of an asset says counts before any table.
    """
    with node.database.read() as connection:
        known = {
            line.norad: (line.radius_m, line.radius_source or "")
            for line in read_objects(connection, norad.tolist())
            if line.radius_m is not None
        }
        known |= {
            asset.norad: (asset.radius_m, f"owner {asset.owner}")
            for asset in read_assets(connection)
            if asset.radius_m is not None
        }
    pairs = [known.get(number, (float("nan"), "")) for number in norad.tolist()]
    sources = np.empty(len(pairs), dtype=object)
    sources[:] = [source for _, source in pairs]
    return np.array([radius for radius, _ in pairs], dtype=np.float64), sources
