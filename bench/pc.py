"""Collision probability per second and core: skypact against scipy, and what the slower methods take.

The encounters are those of Armellin's table where the shared data are (1,085 real conjunctions, repeated),
else random ones of the same kind. One thread; seconds of CPU time, best of some repeats. Errors are the
largest relative difference from 1,000 strips (numpy) over all encounters.
"""

from __future__ import annotations

import csv
import gzip
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import integrate, special

from skypact.astro.local_axes import covariance_from_local, local_matrix
from skypact.conjunction.pc import PcOptions, probability
from skypact.conjunction.pc_elements import EncounterArrays, socrates_maximum
from skypact.conjunction.pc_geometry import EncounterStates, ObjectState, encounter_planes
from skypact.conjunction.pc_short_term import pc_alfano_2005, pc_chan_1997, pc_foster_1992
from skypact.conjunction.pc_usage import usage_2d

TABLE = Path(__file__).resolve().parents[2] / "shared/data/pc/armellin_kelvins_odd.csv.gz"
INPUTS = (TABLE,) if TABLE.is_file() else ()
COPIES = 200
REPEATS = 5
PEER_STRIPS = 64
EXACT_STRIPS = 1000
DBLQUAD_ROWS = 20
CURVED_ROWS = 50

Row = dict[str, Any]
Arrays = tuple[np.ndarray, ...]


def encounters() -> tuple[str, Arrays]:
    """Return a name and positions, velocities (n, 3), RTN covariances (n, 3, 3) of both, radii (n,)."""
    if TABLE.is_file():
        with gzip.open(TABLE, "rt") as stream:
            reader = csv.reader(stream)
            next(reader)
            table = np.array([[float(cell) for cell in row] for row in reader])
        sides = []
        for first in (2, 14):
            rr, tt, nn, rt, rn, tn = table[:, first + 6 : first + 12].T
            local = np.stack([rr, rt, rn, rt, tt, tn, rn, tn, nn], axis=1).reshape(-1, 3, 3)
            sides += [table[:, first : first + 3], table[:, first + 3 : first + 6], local]
        return TABLE.name, (*sides, table[:, 1])
    rng = np.random.default_rng(1)
    count = 1085
    r = rng.normal(size=(count, 3))
    r *= 7000.0 / np.linalg.norm(r, axis=1)[:, None]
    sides = []
    for position in (r, r + 0.1 * rng.normal(size=(count, 3))):
        v = np.cross(position, rng.normal(size=(count, 3)))
        v *= 7.5 / np.linalg.norm(v, axis=1)[:, None]
        sigma = 10.0 ** rng.uniform(-2.0, 0.0, (count, 3)) * np.array([0.3, 3.0, 0.3])
        sides += [position, v, np.eye(3) * (sigma**2)[:, None, :]]
    return "random conjunctions, seed 1", (*sides, rng.uniform(0.002, 0.03, count))


def strips(planes: np.ndarray, radius: np.ndarray, count: int) -> np.ndarray:
    """Foster 1992 as vectorized numpy and scipy: Gauss-Legendre over x, error functions over y."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    x = radius[:, None] * nodes
    half = radius[:, None] * np.sqrt(1.0 - nodes**2)
    x_m, y_m, s_x, s_y = (planes[:, k, None] for k in range(4))
    inner = special.erf((half - y_m) / (math.sqrt(2) * s_y)) + special.erf(
        (half + y_m) / (math.sqrt(2) * s_y)
    )
    density = np.exp(-0.5 * ((x - x_m) / s_x) ** 2) / (math.sqrt(2 * math.pi) * s_x)
    return 0.5 * radius * np.sum(weights * density * inner, axis=1)


def adaptive(plane: np.ndarray, radius: float) -> float:
    """Foster 1992 by scipy's adaptive double integral to the same accuracy."""
    x_m, y_m, s_x, s_y = plane
    scale = 2.0 * math.pi * s_x * s_y
    return float(
        integrate.dblquad(
            lambda y, x: math.exp(-0.5 * (((x - x_m) / s_x) ** 2 + ((y - y_m) / s_y) ** 2)) / scale,
            -radius,
            radius,
            lambda x: -math.sqrt(radius**2 - x**2),
            lambda x: math.sqrt(radius**2 - x**2),
            epsabs=0.0,
            epsrel=1e-8,
        )[0]
    )


def cpu_s(work: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the least CPU seconds of ``work`` after one unmeasured call."""
    work()
    best = math.inf
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def row(case: str, count: int, seconds: float, **further: Any) -> Row:
    return {"bench": "pc", "case": case, "count": count, "per_s_and_core": count / seconds, **further}


def run() -> list[Row]:
    """Measure all methods; ratios are against scipy in the same run."""
    name, (r1, v1, c1, r2, v2, c2, hbr) = encounters()
    joint = covariance_from_local(c1, local_matrix(r1, v1)) + covariance_from_local(c2, local_matrix(r2, v2))
    many = [np.tile(a, (COPIES, *(1,) * (a.ndim - 1))) for a in (r2 - r1, v2 - v1, joint, hbr)]
    planes, _ = encounter_planes(*many)
    radius = many[3]
    count = radius.shape[0]
    single = planes[: hbr.shape[0]]
    exact = strips(single, hbr, EXACT_STRIPS)

    def error(values: np.ndarray) -> float:
        return float(np.abs(values / exact - 1.0).max())

    peer_s = cpu_s(lambda: strips(single, hbr, PEER_STRIPS)) * COPIES
    quad_s = cpu_s(lambda: [adaptive(single[i], hbr[i]) for i in range(DBLQUAD_ROWS)], 1)
    quad_s *= count / DBLQUAD_ROWS
    foster_s = cpu_s(lambda: pc_foster_1992(planes, radius))
    whole_s = cpu_s(lambda: pc_foster_1992(encounter_planes(*many)[0], radius))
    rows = [
        row(f"foster-1992, {name}", count, foster_s, error_max=error(pc_foster_1992(single, hbr)),
            times_faster_than_numpy=peer_s / foster_s, times_faster_than_dblquad=quad_s / foster_s),
        row("foster-1992 with projection of states and covariances", count, whole_s,
            times_faster_than_numpy=peer_s / whole_s),
        row(f"peer: numpy and scipy, {PEER_STRIPS} strips", count, peer_s,
            error_max=error(strips(single, hbr, PEER_STRIPS))),
        row("peer: scipy dblquad", count, quad_s),
        row("alfano-2005", count, cpu_s(lambda: pc_alfano_2005(planes, radius)),
            error_max=error(pc_alfano_2005(single, hbr))),
        row("chan-1997", count, cpu_s(lambda: pc_chan_1997(planes, radius)),
            error_max=error(pc_chan_1997(single, hbr))),
    ]  # fmt: skip
    arrays = EncounterArrays(r1, v1, r2, v2, hbr)
    rows.append(row("SOCRATES maximum", len(arrays), cpu_s(lambda: socrates_maximum(arrays))))
    return rows + curved_rows((r1, v1, c1, r2, v2, c2, hbr))


def curved_rows(arrays: Arrays) -> list[Row]:
    """Measure the usage check, Nc3D and Monte Carlo on single encounters."""
    r1, v1, c1, r2, v2, c2, hbr = arrays
    velocity = 1e-10 * np.eye(3)
    some = []
    for i in range(CURVED_ROWS):
        states = [
            ObjectState.from_rtn(
                r[i], v[i], np.block([[c[i], np.zeros((3, 3))], [np.zeros((3, 3)), velocity]])
            )
            for r, v, c in ((r1, v1, c1), (r2, v2, c2))
        ]
        some.append(EncounterStates(states[0], states[1], float(hbr[i])))
    checks = [usage_2d(e) for e in some]
    pairs = list(zip(some, checks, strict=True))
    drawn = PcOptions(samples_max=200_000, precision=1e-9)
    return [
        row("usage check of one encounter", CURVED_ROWS, cpu_s(lambda: [usage_2d(e) for e in some], 3)),
        row("nc3d of one encounter", CURVED_ROWS,
            cpu_s(lambda: [probability(e, "nc3d", usage=u) for e, u in pairs], 3)),
        row("monte-carlo, samples", drawn.samples_max,
            cpu_s(lambda: probability(some[0], "monte-carlo", usage=checks[0], options=drawn), 2)),
    ]  # fmt: skip


if __name__ == "__main__":
    for measured in run():
        print(measured)
