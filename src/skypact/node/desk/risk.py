"""Probabilities of many encounters of element sets, with covariances that are assumed and say so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, tai_ns_to_utc_ns
from skypact.conjunction.bodies import Bodies
from skypact.conjunction.encounters import EncounterTable
from skypact.conjunction.pc_geometry import encounter_planes
from skypact.conjunction.pc_short_term import pc_alfriend_1999
from skypact.conjunction.refinement import approach
from skypact.formats.elements import ElementTable
from skypact.node.desk.catalog import object_radii
from skypact.node.desk.node_home import Node
from skypact.node.desk.picture import Risks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROWS_AT_ONCE = 50_000
RADIUS_M = 2.0
TRUST = "assumed"


def assumed_risks(
    node: Node, table: ElementTable, found: EncounterTable, rows: Ints, start_tai_ns: int
) -> Risks:
    """Return the probabilities of ``rows``, NaN for all others."""
    n = len(found)
    pc, pc_max = np.full(n, np.nan), np.full(n, np.nan)
    trust, note = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    radius_m, _ = object_radii(node, table.norad)
    radius_m = np.where(np.isfinite(radius_m), radius_m, RADIUS_M)
    bodies = Bodies.of(table, start_tai_ns)
    for low in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[low : low + ROWS_AT_ONCE]
        one, two, tca = found.row_1[part], found.row_2[part], found.tca_tai_ns[part]
        time_s = (tai_ns_to_utc_ns(tca) - int(tai_ns_to_utc_ns(start_tai_ns))) / NS_PER_S
        now = approach(bodies, one, two, time_s)
        joint = _covariance(now.first, (tca - table.epoch_tai_ns[one]) / NS_PER_DAY)
        joint += _covariance(now.first + now.difference, (tca - table.epoch_tai_ns[two]) / NS_PER_DAY)
        hbr_km = (radius_m[one] + radius_m[two]) * 1e-3
        planes, _ = encounter_planes(now.difference[:, :3], now.difference[:, 3:], joint, hbr_km)
        largest = pc_alfriend_1999(planes, hbr_km)
        pc[part], pc_max[part] = largest.pc_now, largest.pc_max
        trust[part] = TRUST
        note[part] = np.where(largest.diluted, "diluted", "robust")
    return Risks(pc, pc_max, trust, note)


def _covariance(state: Floats, age_d: Floats) -> Floats:
    age = np.maximum(age_d, 0.0)
    sigma = np.stack([0.12 + 0.05 * age, 0.5 + 0.4 * age, 0.15 + 0.04 * age], axis=1)
    radial = state[:, :3] / np.linalg.norm(state[:, :3], axis=1)[:, None]
    normal = np.cross(state[:, :3], state[:, 3:])
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    axes = np.stack([radial, np.cross(normal, radial), normal], axis=2)
    return np.asarray(np.einsum("nij,nj,nkj->nik", axes, sigma**2, axes), dtype=np.float64)
