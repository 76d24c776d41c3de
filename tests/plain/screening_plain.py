"""Screening by brute force, slow and obvious: every 10 s, all pairs, plain ``sgp4``; no code of skypact.

Every ``STEP_S`` all positions go into a k-d tree; all pairs within ``RADIUS_KM`` are looked at: a change of
sign of the range rate from minus to plus between half a step before and half a step after brackets a
minimum, which Brent's method refines on states of the ``sgp4`` package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.spatial import cKDTree
from sgp4.api import WGS72, Satrec, SatrecArray

from skypact.astro.timescales import tai_ns_to_utc_jd
from skypact.formats.elements import ElementTable

STEP_S = 10.0
FASTEST_KM_S = 18.0
SGP4_EPOCH_JD = 2433281.5


@dataclass(frozen=True)
class Minimum:
    """One local minimum of the distance of two objects."""

    norad_1: int
    norad_2: int
    time_s: float
    miss_km: float
    speed_km_s: float


def satrecs(table: ElementTable) -> list[Satrec]:
    """Return the objects as ``sgp4`` knows them (catalog numbers left out: some are too large for it)."""
    jd, fraction = tai_ns_to_utc_jd(table.epoch_tai_ns)
    out = []
    for k in range(len(table)):
        one = Satrec()
        angles = table.arg_perigee_deg[k], table.inclination_deg[k], table.mean_anomaly_deg[k]
        one.sgp4init(
            WGS72, "i", 0, jd[k] - SGP4_EPOCH_JD + fraction[k], table.bstar_per_er[k], 0.0, 0.0,
            table.eccentricity[k], *np.radians(angles), table.mean_motion_rev_d[k] * 2 * np.pi / 1440.0,
            np.radians(table.raan_deg[k]),
        )  # fmt: skip
        one.jdsatepoch, one.jdsatepochF = jd[k], fraction[k]
        out.append(one)
    return out


class BruteForce:
    """All objects of a table, and what they do after a start time."""

    def __init__(self, table: ElementTable, start_tai_ns: int) -> None:
        self.norad = table.norad
        self.objects = satrecs(table)
        self.array = SatrecArray(self.objects)
        jd, fraction = tai_ns_to_utc_jd(start_tai_ns)
        self.jd, self.fraction = float(jd), float(fraction)

    def states(self, time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return positions and velocities of all objects; far away where there is an error."""
        error, r, v = self.array.sgp4(np.array([self.jd]), np.array([self.fraction + time_s / 86400.0]))
        r, v = r[:, 0], v[:, 0]
        r[error[:, 0] != 0] = np.nan
        return r, v

    def pair(self, i: int, j: int, time_s: float) -> tuple[float, float, float]:
        """Return distance, relative speed and their product's cosine (the range rate times distance)."""
        fraction = self.fraction + time_s / 86400.0
        _, r1, v1 = self.objects[i].sgp4(self.jd, fraction)
        _, r2, v2 = self.objects[j].sgp4(self.jd, fraction)
        dr, dv = np.subtract(r2, r1), np.subtract(v2, v1)
        return float(np.linalg.norm(dr)), float(np.linalg.norm(dv)), float(dr @ dv)

    def minima(self, seconds: float, threshold_km: float) -> list[Minimum]:
        """Return every local minimum below the threshold, in the order of the catalog numbers."""
        radius = threshold_km + FASTEST_KM_S * STEP_S / 2
        found = []
        before = self.states(0.0)
        for step in range(round(seconds / STEP_S)):
            middle = self.states((step + 0.5) * STEP_S)[0]
            after = self.states((step + 1) * STEP_S)
            usable = np.flatnonzero(np.isfinite(middle[:, 0]))
            pairs = usable[cKDTree(middle[usable]).query_pairs(radius, output_type="ndarray")]
            f0, f1 = (
                np.einsum("ij,ij->i", r[pairs[:, 1]] - r[pairs[:, 0]], v[pairs[:, 1]] - v[pairs[:, 0]])
                for r, v in (before, after)
            )
            for i, j in pairs[(f0 < 0) & (f1 >= 0)]:
                t = brentq(lambda t: self.pair(i, j, t)[2], step * STEP_S, (step + 1) * STEP_S, xtol=1e-7)  # noqa: B023
                miss, speed, _ = self.pair(i, j, t)
                if miss < threshold_km:
                    a, b = sorted((int(self.norad[i]), int(self.norad[j])))
                    found.append(Minimum(a, b, t, miss, speed))
            before = after
        return sorted(found, key=lambda m: (m.norad_1, m.norad_2, m.time_s))
