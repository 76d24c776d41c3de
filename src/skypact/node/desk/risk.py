"""Probabilities of many encounters of element sets, with covariances that are assumed and say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, tai_ns_to_utc_ns
from skypact.catalog.completeness import LoadKind
from skypact.catalog.sizes import filled_radii_m
from skypact.conjunction.bodies import Bodies
from skypact.conjunction.covariance_assumed import (
    SOURCE_HISTORY,
    SOURCE_REGIME,
    AssumedCovariance,
    assumed_by_regime,
    assumed_from_history,
)
from skypact.conjunction.encounters import EncounterTable
from skypact.conjunction.grouping import Known, match_batch, pair_keys
from skypact.conjunction.pc_elements import EncounterArrays, assumed_probability, socrates_maximum
from skypact.conjunction.refinement import approach
from skypact.formats.elements import ElementTable
from skypact.node.desk.catalog import object_radii
from skypact.node.desk.node_home import Node
from skypact.node.desk.picture import Picture, Risks
from skypact.node.store.conjunctions import Source, read_conjunctions
from skypact.node.store.element_sets import read_history
from skypact.node.store.loads import read_loads

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]

ROWS_AT_ONCE = 50_000
"""Encounters whose states are held at once, to bound memory."""
HISTORIES_MAX = 200
"""Objects whose own history is asked for in one run: reading and fitting one takes some 20 ms."""
HISTORY_SETS_MIN = 10
"""With fewer sets the fit falls back on the regime anyway."""
PC_METHOD = "foster-1992"
SOURCE = f"{SOURCE_HISTORY} for the objects near assets, else {SOURCE_REGIME}"
"""Where the covariances of a whole run are from; each row says which of the two it has."""
ASSUMED, FROM_MESSAGE = "assumed", "cdm"
"""Words for how far a probability is to be trusted."""


def covariances(node: Node, table: ElementTable, wanted: Sequence[int]) -> AssumedCovariance:
    """Return assumed covariances of all objects, one row each.

    For the first :data:`HISTORIES_MAX` of the rows ``wanted`` they are from the object's own history where
    the node has one, for all others by regime.
    """
    assumed = assumed_by_regime(table)
    rows, better = [], []
    with node.database.read() as connection:
        kinds = [line.facts.kind for line in read_loads(connection)]
        if len(kinds) < HISTORY_SETS_MIN and LoadKind.HISTORY not in kinds:
            return assumed  # nobody can have a history yet
        for row in wanted[:HISTORIES_MAX]:
            history = read_history(connection, int(table.norad[row])).table
            if len(history) >= HISTORY_SETS_MIN:
                rows.append(row)
                better.append(assumed_from_history(history))
    if not rows:
        return assumed
    return assumed.replaced(np.array(rows, dtype=np.int64), AssumedCovariance.concatenate(better))


def assumed_risks(
    node: Node,
    table: ElementTable,
    kinds: Texts,
    found: EncounterTable,
    rows: Ints,
    *,
    assumed: AssumedCovariance,
    start_tai_ns: int,
) -> Risks:
    """Return the probabilities of ``rows`` of ``found``, NaN for all others.

    ``pc`` is by foster-1992 with the assumed covariances, ``pc_max`` the maximum as SOCRATES defines it.

    Parameters
    ----------
    kinds
        Kind of each object of ``table``, for the radii that nobody told.
    assumed
        Covariances of all objects of ``table``.
    """
    n = len(found)
    pc, pc_max, hbr_m = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    trust, note = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    radius_m, _ = filled_radii_m(*object_radii(node, table.norad), kinds)
    bodies = Bodies.of(table, start_tai_ns)
    for low in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[low : low + ROWS_AT_ONCE]
        one, two, tca = found.row_1[part], found.row_2[part], found.tca_tai_ns[part]
        time_s = (tai_ns_to_utc_ns(tca) - int(tai_ns_to_utc_ns(start_tai_ns))) / NS_PER_S
        now = approach(bodies, one, two, time_s)
        second = now.first + now.difference
        hbr_m[part] = radius_m[one] + radius_m[two]
        states = (now.first[:, :3], now.first[:, 3:], second[:, :3], second[:, 3:])
        encounters = EncounterArrays(*states, hbr_km=hbr_m[part] * 1e-3)
        shapes = [
            assumed.take(side).covariance_rtn_km2((tca - table.epoch_tai_ns[side]) / NS_PER_DAY)
            for side in (one, two)
        ]
        result = assumed_probability(encounters, *shapes)
        pc[part] = result.pc
        pc_max[part] = socrates_maximum(encounters)[0]
        trust[part] = ASSUMED
        own = ((assumed.pairs[one] > 0).astype(int) + (assumed.pairs[two] > 0)).tolist()
        note[part] = [
            _note(*line) for line in zip(own, result.diluted.tolist(), result.straight.tolist(), strict=True)
        ]
    return Risks(pc, pc_max, hbr_m, trust, note)


def with_messages(node: Node, picture: Picture, window_tai_ns: tuple[int, int]) -> Risks:
    """Return the risks with the probabilities of messages (CDMs) where one stands for a conjunction."""
    start, stop = window_tai_ns
    with node.database.read() as connection:
        lines = [
            line
            for line in read_conjunctions(connection, since_tai_ns=start, until_tai_ns=stop)
            if line.source != Source.SCREENING and line.pc is not None and line.norad_1 and line.norad_2
        ]
    if not lines:
        return picture.risks
    told = np.array([(line.norad_1, line.norad_2, line.first_tai_ns, line.last_tai_ns) for line in lines])
    known = Known(pair_keys(told[:, 0], told[:, 1]), told[:, 2], told[:, 3])
    found, norad = picture.encounters, picture.elements.norad
    rows = np.flatnonzero(picture.shown)
    pairs = pair_keys(norad[found.row_1[rows]], norad[found.row_2[rows]])
    joined = match_batch(pairs, found.tca_tai_ns[rows], known)
    risks = picture.risks
    columns = {name: getattr(risks, name).copy() for name in ("pc", "pc_max", "trust", "note")}
    for row, place in zip(rows[joined >= 0].tolist(), joined[joined >= 0].tolist(), strict=True):
        line = lines[place]
        columns["pc"][row] = line.pc
        columns["pc_max"][row] = line.pc if line.pc_max is None else line.pc_max
        columns["trust"][row] = FROM_MESSAGE
        columns["note"][row] = "by message" if line.pc_trusted else "by message, not to be trusted"
    return replace(risks, **columns)


def _note(own_histories: int, diluted: bool, straight: bool) -> str:
    """Say in few words where the covariances are from and what that does to the figure."""
    source = ("by regime", "one by own history", "by own history")[own_histories]
    if not straight:
        return f"{source}; slow or curved, Pc not valid"
    return f"{source}, {'diluted' if diluted else 'robust'}"
