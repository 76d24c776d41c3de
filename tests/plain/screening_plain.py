"""Screening by brute force, slow and obvious: every 10 s, all pairs, plain ``sgp4``; no code of skypact.

Every ``STEP_S`` all positions go into a k-d tree; all pairs within ``RADIUS_KM`` are looked at: a change of
sign of the range rate from minus to plus between half a step before and half a step after brackets a
minimum, which Brent's method refines on states of the ``sgp4`` package.

For other motions there are *paths*: functions from times (n,) to states (n, 6), NaN where there is none. Two
of them are compared at short steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.spatial import cKDTree
from sgp4.api import WGS72, Satrec, SatrecArray

from skypact.astro.timescales import tai_ns_to_utc_jd
from skypact.formats.elements import ElementTable

STEP_S = 10.0
FASTEST_KM_S = 18.0
SGP4_EPOCH_JD = 2433281.5
Path = Callable[[NDArray[np.float64]], NDArray[np.float64]]


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


def kepler_path(position: NDArray[np.float64], velocity: NDArray[np.float64], mu: float, at_s: float) -> Path:
    """Return the two-body path through a state at ``at_s``, by Lagrange's f and g (elliptic orbits)."""
    r0 = float(np.linalg.norm(position))
    semi = 1.0 / (2.0 / r0 - float(velocity @ velocity) / mu)
    motion = np.sqrt(mu / semi**3)
    sine, cosine = float(position @ velocity) / np.sqrt(mu * semi), 1.0 - r0 / semi

    def path(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        t = np.asarray(time_s, dtype=np.float64) - at_s
        x = motion * t  # change of the eccentric anomaly
        for _ in range(12):
            f = x - cosine * np.sin(x) + sine * (1.0 - np.cos(x)) - motion * t
            x = x - f / (1.0 - cosine * np.cos(x) + sine * np.sin(x))
        r = semi * (1.0 - cosine * np.cos(x) + sine * np.sin(x))
        f = 1.0 - semi / r0 * (1.0 - np.cos(x))
        g = t - (x - np.sin(x)) / motion
        f_dot = -np.sqrt(mu * semi) / (r * r0) * np.sin(x)
        g_dot = 1.0 - semi / r * (1.0 - np.cos(x))
        return np.hstack(
            [
                np.outer(f, position) + np.outer(g, velocity),
                np.outer(f_dot, position) + np.outer(g_dot, velocity),
            ]
        )

    return path


def elements_path(table: ElementTable, row: int, start_tai_ns: int) -> Path:
    """Return the path of an element set by ``sgp4``; seconds count from the start."""
    one = satrecs(table.take(np.array([row])))[0]
    jd, fraction = tai_ns_to_utc_jd(start_tai_ns)

    def path(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        t = np.atleast_1d(np.asarray(time_s, dtype=np.float64))
        error, r, v = one.sgp4_array(np.full(t.shape, float(jd)), float(fraction) + t / 86400.0)
        return np.where(error[:, None] == 0, np.hstack([r, v]), np.nan)

    return path


def joined_path(*parts: tuple[float, float, Path]) -> Path:
    """Return a path made of parts (first time, last time, path); of two at one time the later one counts."""

    def path(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        t = np.atleast_1d(np.asarray(time_s, dtype=np.float64))
        out = np.full((t.shape[0], 6), np.nan)
        for first, last, part in parts:
            inside = (t >= first) & (t <= last)
            out[inside] = part(t[inside])
        return out

    return path


def path_minima(one: Path, other: Path, time_s: NDArray[np.float64], threshold_km: float) -> list[float]:
    """Return the times of the local minima of the distance below the threshold, one between two samples."""

    def difference(t: float) -> NDArray[np.float64]:
        return (other(np.array([t])) - one(np.array([t])))[0]

    def closing(t: float) -> float:
        d = difference(t)
        return float(d[:3] @ d[3:])

    d = other(time_s) - one(time_s)
    f = np.einsum("ij,ij->i", d[:, :3], d[:, 3:])
    found = []
    for k in np.flatnonzero((f[:-1] < 0) & (f[1:] >= 0)):
        at = brentq(closing, time_s[k], time_s[k + 1], xtol=1e-9)
        if np.linalg.norm(difference(at)[:3]) < threshold_km:
            found.append(at)
    return found


def local_axes(states: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rows radial, in-track, cross-track (..., 3, 3) of states (..., 6)."""
    position, velocity = states[..., :3], states[..., 3:]
    radial = position / np.linalg.norm(position, axis=-1, keepdims=True)
    normal = np.cross(position, velocity)
    normal = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.stack([radial, np.cross(normal, radial), normal], axis=-2)


def box_stays(
    one: Path, other: Path, half_km: NDArray[np.float64], seconds: float, step_s: float = 0.05
) -> list[tuple[float, float, float]]:
    """Return (entry, exit, distance of the nearest point) of all stays of ``other`` in the box of ``one``.

    Every ``step_s`` the largest coordinate over its half size is taken; where it has a minimum above 1, the
    lowest point between the neighboring samples is searched; changes of sides are found by Brent's method.
    """

    def all_beyond(times: NDArray[np.float64]) -> NDArray[np.float64]:
        a, b = one(times), other(times)
        place = np.einsum("mij,mj->mi", local_axes(a), (b - a)[:, :3])
        return np.nan_to_num(np.max(np.abs(place) / half_km, axis=1) - 1.0, nan=1e9)

    def beyond(t: float) -> float:
        return float(all_beyond(np.array([t]))[0])

    def distance(t: float) -> float:
        return float(np.linalg.norm((other(np.array([t])) - one(np.array([t])))[0, :3]))

    t = np.linspace(0.0, seconds, round(seconds / step_s) + 1)
    values = all_beyond(t)
    inner = np.flatnonzero((values[1:-1] > 0) & (values[1:-1] <= np.minimum(values[:-2], values[2:]))) + 1
    dips = []
    for k in inner[values[inner] < 1e3]:
        lowest = minimize_scalar(
            beyond, bounds=(t[k - 1], t[k + 1]), method="bounded", options={"xatol": 1e-9}
        )
        dips += [float(lowest.x)] if lowest.fun <= 0 else []
    marks = np.sort(np.concatenate([t, dips]))
    inside = np.isin(marks, dips) | np.isin(marks, t[values <= 0])
    stays = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(int)))
    for first, last in zip(edges[::2], edges[1::2] - 1, strict=True):
        enter = marks[first] if first == 0 else brentq(beyond, marks[first - 1], marks[first], xtol=1e-9)
        leave = (
            marks[last] if last == marks.size - 1 else brentq(beyond, marks[last], marks[last + 1], xtol=1e-9)
        )
        fine = np.linspace(enter, leave, 201)
        k = int(np.argmin([distance(at) for at in fine]))
        around = fine[max(k - 1, 0)], fine[min(k + 1, 200)]
        lowest = minimize_scalar(distance, bounds=around, method="bounded", options={"xatol": 1e-9})
        stays.append((enter, leave, min(distance(fine[k]), float(lowest.fun))))
    return stays
