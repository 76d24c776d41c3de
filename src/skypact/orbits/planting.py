"""Plant encounters into a catalog: find element sets that pass a given object at a given time and distance.

An exercise needs close approaches whose truth is known. A second object is given the state that passes the
target at the wanted miss vector, and SGP4 mean elements are fitted to that state by differential correction
(Newton's method on six equations; the Jacobian by central differences). The elements are then rounded as
element sets are, and the truth is what SGP4 says of the rounded ones, not what was wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import S_PER_DAY, WGS72_MU_KM3_S2
from skypact.astro.timescales import NS_PER_S
from skypact.errors import PropagationError
from skypact.formats.elements import ElementTable
from skypact.orbits.sgp4 import Sgp4Models, propagate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIT_ITERATIONS_MAX = 25
FIT_TOLERANCE_KM = 1e-4
"""A tenth of a meter: far below what rounding the elements changes."""
_STEPS = np.array([1e-7, 1e-7, 1e-7, 1e-7, 1e-7, 1e-7])
"""Steps of the central differences: relative for the mean motion, else radians or 1. A few decimeters in
orbit: large against rounding, small against curvature."""
_SEARCH_S = 40.0
"""The closest approach of the rounded elements is looked for this far around the wanted time."""
_SEARCH_STEPS = 50
"""Halvings of the search interval: 80 s / 2**50 is far below a nanosecond."""


@dataclass(frozen=True)
class Plant:
    """One encounter to be made.

    Attributes
    ----------
    target_row, carrier_row
        Rows of the catalog: the object that is passed, and the one that gets new elements.
    tca_tai_ns
        Wanted time of closest approach.
    miss_km
        Wanted miss distance.
    crossing_deg
        Angle between the two velocities, 1 (slow) to 179 (head-on).
    clock_deg
        Direction of the miss vector around the relative velocity: 0 is radially outward.
    speed_gain
        By how much the carrier is faster than the target, as a part of the speed: without a difference of
        periods the two would meet again every half revolution.
    """

    target_row: int
    carrier_row: int
    tca_tai_ns: int
    miss_km: float
    crossing_deg: float
    clock_deg: float
    speed_gain: float = 0.0


@dataclass(frozen=True, eq=False)
class PlantedTruth:
    """What SGP4 says of the planted encounters; columns of shape (n,)."""

    row_1: Ints
    row_2: Ints
    tca_tai_ns: Ints
    miss_km: Floats
    rel_speed_km_s: Floats


def plant(table: ElementTable, plants: Sequence[Plant]) -> tuple[ElementTable, PlantedTruth]:
    """Return the catalog with the encounters in it, and their truth.

    Raises
    ------
    PropagationError
        If no element set passes as wanted (the target has decayed, or the carrier would hit the ground).
    """
    if not plants:
        return table, PlantedTruth(*(np.zeros(0, dtype=np.int64),) * 3, np.zeros(0), np.zeros(0))
    target = np.array([p.target_row for p in plants])
    carrier = np.array([p.carrier_row for p in plants])
    tca = np.array([p.tca_tai_ns for p in plants], dtype=np.int64)
    r, v = _states(table.take(target), tca)
    if not np.isfinite(r).all():
        bad = int(table.norad[target[int(np.argmax(~np.isfinite(r).all(axis=1)))]])
        raise PropagationError(f"object {bad} is not in orbit at the wanted time", where="plant")
    goal_r, goal_v = _passing_states(r, v, plants)
    new = replace(
        table.take(carrier), bstar_per_er=_calm_drag(table, target), epoch_tai_ns=table.epoch_tai_ns[carrier]
    )
    fitted = _fit(new, tca, goal_r, goal_v)
    columns = {}
    for name in _CHANGED:
        column = getattr(table, name).copy()
        column[carrier] = getattr(fitted, name)
        columns[name] = column
    planted = replace(table, **columns)
    return planted, _truth(planted, target, carrier, tca)


_CHANGED = (
    "mean_motion_rev_d", "eccentricity", "inclination_deg", "raan_deg", "arg_perigee_deg", "mean_anomaly_deg",
    "bstar_per_er", "mean_motion_dot_rev_d2",
)  # fmt: skip


def _calm_drag(table: ElementTable, target: Ints) -> Floats:
    """Return the drag term of the carriers: that of the target, so that both live as long."""
    return np.asarray(table.bstar_per_er[target], dtype=np.float64)


def _states(table: ElementTable, tai_ns: Ints) -> tuple[Floats, Floats]:
    """Return TEME states of row k at time k, each of shape (n, 3)."""
    states = propagate(Sgp4Models.from_elements(table), tai_ns)
    k = np.arange(len(table))
    return states.position_km[k, k], states.velocity_km_s[k, k]


def _passing_states(r: Floats, v: Floats, plants: Sequence[Plant]) -> tuple[Floats, Floats]:
    """Return the states that pass (r, v).

    The velocity is turned about the radius and the miss lies across the relative velocity, so that the
    wanted time is the time of closest approach.
    """
    angle = np.radians([p.crossing_deg for p in plants])[:, None]
    clock = np.radians([p.clock_deg for p in plants])[:, None]
    miss = np.array([p.miss_km for p in plants])[:, None]
    up = r / np.linalg.norm(r, axis=1, keepdims=True)
    along_up = np.sum(v * up, axis=1, keepdims=True) * up
    turned = v * np.cos(angle) + np.cross(up, v) * np.sin(angle) + along_up * (1.0 - np.cos(angle))
    turned = turned * (1.0 + np.array([p.speed_gain for p in plants])[:, None])
    relative = (turned - v) / np.linalg.norm(turned - v, axis=1, keepdims=True)
    outward = up - np.sum(up * relative, axis=1, keepdims=True) * relative
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    return r + miss * (np.cos(clock) * outward + np.sin(clock) * np.cross(outward, relative)), turned


def _osculating(r: Floats, v: Floats) -> Floats:
    """Return n (rad/s), e cos w, e sin w, i, node, w + M of states, shape (k, 6)."""
    h = np.cross(r, v)
    distance = np.linalg.norm(r, axis=1)
    e_vector = np.cross(v, h) / WGS72_MU_KM3_S2 - r / distance[:, None]
    ecc = np.linalg.norm(e_vector, axis=1)
    a = 1.0 / (2.0 / distance - np.sum(v * v, axis=1) / WGS72_MU_KM3_S2)
    h_size = np.linalg.norm(h, axis=1)
    inc = np.arccos(np.clip(h[:, 2] / h_size, -1.0, 1.0))
    node = np.arctan2(h[:, 0], -h[:, 1])
    to_node = np.stack([np.cos(node), np.sin(node), np.zeros(len(node))], axis=1)
    beside = np.cross(h / h_size[:, None], to_node)
    f, g = np.sum(e_vector * to_node, axis=1), np.sum(e_vector * beside, axis=1)
    u = np.arctan2(np.sum(r * beside, axis=1), np.sum(r * to_node, axis=1))
    perigee = np.arctan2(g, f)
    half = np.arctan2(
        np.sqrt(1.0 - ecc) * np.sin((u - perigee) / 2.0), np.sqrt(1.0 + ecc) * np.cos((u - perigee) / 2.0)
    )
    anomaly = 2.0 * half - ecc * np.sin(2.0 * half)
    return np.stack([np.sqrt(WGS72_MU_KM3_S2 / a**3), f, g, inc, node, perigee + anomaly], axis=1)


def _with(table: ElementTable, x: Floats) -> ElementTable:
    """Return the table with the mean elements of ``x`` (columns of :func:`_osculating`)."""
    perigee = np.arctan2(x[:, 2], x[:, 1])
    return replace(
        table,
        mean_motion_rev_d=x[:, 0] * (S_PER_DAY / (2.0 * np.pi)),
        eccentricity=np.hypot(x[:, 1], x[:, 2]),
        inclination_deg=np.degrees(x[:, 3]),
        raan_deg=np.degrees(x[:, 4]) % 360.0,
        arg_perigee_deg=np.degrees(perigee) % 360.0,
        mean_anomaly_deg=np.degrees(x[:, 5] - perigee) % 360.0,
    )


def _fit(table: ElementTable, tai_ns: Ints, goal_r: Floats, goal_v: Floats) -> ElementTable:
    """Return the table with mean elements whose SGP4 states at ``tai_ns`` are the goals, rounded.

    First the elements at the time itself are found (few iterations, nearly linear), then they are carried
    back to the epoch of the element set and corrected again.
    """
    here = replace(table, epoch_tai_ns=tai_ns)
    x = _newton(here, tai_ns, goal_r, goal_v, _osculating(goal_r, goal_v))
    back = _states_elements(_with(here, x), table.epoch_tai_ns)
    x = _newton(table, tai_ns, goal_r, goal_v, back)
    fitted = _with(table, x)
    return replace(
        fitted,
        mean_motion_rev_d=np.round(fitted.mean_motion_rev_d, 8),
        eccentricity=np.round(fitted.eccentricity, 7),
        inclination_deg=np.round(fitted.inclination_deg, 4),
        raan_deg=np.round(fitted.raan_deg, 4) % 360.0,
        arg_perigee_deg=np.round(fitted.arg_perigee_deg, 4) % 360.0,
        mean_anomaly_deg=np.round(fitted.mean_anomaly_deg, 4) % 360.0,
        mean_motion_dot_rev_d2=np.zeros(len(fitted)),
    )


def _states_elements(table: ElementTable, tai_ns: Ints) -> Floats:
    """Return first mean elements for another epoch: found again from the SGP4 states at that epoch."""
    r, v = _states(table, tai_ns)
    return _newton(replace(table, epoch_tai_ns=tai_ns), tai_ns, r, v, _osculating(r, v))


def _newton(table: ElementTable, tai_ns: Ints, goal_r: Floats, goal_v: Floats, x: Floats) -> Floats:
    """Correct ``x`` until the SGP4 states of ``table`` with these elements are the goals."""
    scale = np.sqrt(WGS72_MU_KM3_S2 / np.linalg.norm(goal_r, axis=1) ** 3)  # km/s per km of orbit
    for _ in range(FIT_ITERATIONS_MAX):
        residual = _residual(table, x, tai_ns, goal_r, goal_v, scale)
        if not np.isfinite(residual).all():
            break
        if float(np.abs(residual).max()) < FIT_TOLERANCE_KM:
            return x
        jacobian = np.empty((len(x), 6, 6))
        for k in range(6):
            step = np.zeros_like(x)
            step[:, k] = _STEPS[k] * (x[:, 0] if k == 0 else 1.0)
            ahead = _residual(table, x + step, tai_ns, goal_r, goal_v, scale)
            behind = _residual(table, x - step, tai_ns, goal_r, goal_v, scale)
            jacobian[:, :, k] = (ahead - behind) / (2.0 * step[:, k : k + 1])
        x = x - np.linalg.solve(jacobian, residual[:, :, None])[:, :, 0]
    raise PropagationError(
        "no element set passes as wanted", where="plant", remedy="take another time or target"
    )


def _residual(
    table: ElementTable, x: Floats, tai_ns: Ints, goal_r: Floats, goal_v: Floats, scale: Floats
) -> Floats:
    r, v = _states(_with(table, x), tai_ns)
    return np.concatenate([r - goal_r, (v - goal_v) / scale[:, None]], axis=1)


def _truth(table: ElementTable, row_1: Ints, row_2: Ints, tai_ns: Ints) -> PlantedTruth:
    """Find the closest approach of each pair by bisection of the range rate."""
    first, second = table.take(row_1), table.take(row_2)
    reach = int(_SEARCH_S * NS_PER_S)
    low, high = tai_ns - reach, tai_ns + reach

    def relative(at: Ints) -> tuple[Floats, Floats]:
        r_1, v_1 = _states(first, at)
        r_2, v_2 = _states(second, at)
        return r_2 - r_1, v_2 - v_1

    for _ in range(_SEARCH_STEPS):
        middle = (low + high) // 2
        r, v = relative(middle)
        closing = np.sum(r * v, axis=1) < 0.0
        low, high = np.where(closing, middle, low), np.where(closing, high, middle)
    r, v = relative(high)
    return PlantedTruth(row_1, row_2, high, np.linalg.norm(r, axis=1), np.linalg.norm(v, axis=1))
