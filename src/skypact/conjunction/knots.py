"""Knots of the polynomials that screening searches with, and how wrong the polynomials may be.

Between knots every object is a quintic with positions, velocities and two-body accelerations (with J2) at
both ends. Its error is measured where it is largest, and widens the search for that object (its padding):
nothing is lost to interpolation. An object whose trajectory begins or ends between knots is carried on by
two bodies to the next knot; what is found there is decided by the trajectory itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction import screening_kernels as kernels
from skypact.conjunction.bodies import Bodies, Floats, Ints, Sampled
from skypact.conjunction.screening_kernels import BLOCK, POWERS

KNOT_S = 300.0
"""At 600 s a pass at a high perigee is lost."""

ROUND_PAD_KM = 0.12
"""Interpolation error allowed to nearly circular near-Earth objects: largest seen 0.070 km."""
ROUND_ECCENTRICITY = 0.02
PAD_FACTOR, PAD_MIN_KM, PAD_MAX_KM = 3.0, 0.12, 20.0
"""Padding of other objects: this multiple of the error measured at their own perigee, within limits."""
SAMPLED_PAD_FACTOR = 2.0
"""Padding of an ephemeris: this multiple of the error measured at the quarters of each interval."""

ABSENT_STATE = np.array([1e6, 1.0, 1.0, 0.0, 1.0, 0.0])
"""Stands where there is no object; its interval is inside out, so only finite numbers matter."""
RK4_STEP_S = 10.0


def whole_blocks(count: int) -> int:
    """Return ``count`` rounded up to whole blocks of the kernels."""
    return -(-count // BLOCK) * BLOCK


def hermite_points(
    bodies: Bodies, knot0: Floats, knot1: Floats, fractions: tuple[float, ...], span_s: float = KNOT_S
) -> Floats:
    """Return positions (fractions, m, 3) on the quintics between states (m, 6), as the kernels make them."""
    n = knot0.shape[0]
    knots = np.ones((2, 6, whole_blocks(n)))
    knots[0, :, :n], knots[1, :, :n] = np.nan_to_num(knot0, nan=1.0).T, np.nan_to_num(knot1, nan=1.0).T
    out = np.empty(POWERS * knots.shape[2], dtype=np.float32)
    work, mu, j2_factor_km2 = np.empty(16 * BLOCK), bodies.mu_km3_s2, bodies.j2_factor_km2
    kernels.hermite_blocks(knots[0], knots[1], span_s, mu, j2_factor_km2, work, out)
    powers = out.reshape(-1, 6, 3, BLOCK).astype(np.float64)
    points = [sum(powers[:, k] * u**k for k in range(6)) for u in fractions]
    return np.stack([np.asarray(p).transpose(0, 2, 1).reshape(-1, 3)[:n] for p in points])


def interpolation_pads_km(bodies: Bodies, eccentricity: Floats) -> Floats:
    """Return for each SGP4 object how wrong its polynomials may be (km), from its own perigee.

    Nearly circular near-Earth objects get a constant; for the others the error is measured in the middle of
    three intervals around the perigee next to the start of the window.
    """
    models = bodies.models
    pads = np.full(len(models), ROUND_PAD_KM)
    rows = np.flatnonzero((models.deep | (eccentricity > ROUND_ECCENTRICITY)) & (models.init_error == 0))
    if rows.size == 0:
        return pads
    perigee_s = _perigee_times_s(bodies, rows)
    worst = np.zeros(rows.shape[0])
    for shift in (-1.0, -0.5, 0.0):
        begin = perigee_s + shift * KNOT_S
        states = [bodies.states(rows, begin + part * KNOT_S)[0] for part in (0.0, 0.5, 1.0)]
        middle = hermite_points(bodies, states[0], states[2], (0.5,))[0]
        worst = np.fmax(worst, np.linalg.norm(middle - states[1][:, :3], axis=1))
    pads[rows] = np.clip(PAD_FACTOR * np.nan_to_num(worst, nan=PAD_MAX_KM), PAD_MIN_KM, PAD_MAX_KM)
    return pads


def _perigee_times_s(bodies: Bodies, rows: Ints) -> Floats:
    """Return the time of the osculating perigee next to the start of the window (two bodies)."""
    states, exists = bodies.states(rows, np.zeros(rows.shape[0]))
    r, v = states[:, :3], states[:, 3:]
    with np.errstate(invalid="ignore", divide="ignore"):
        radius = np.linalg.norm(r, axis=1)
        semi = 1.0 / (2.0 / radius - np.einsum("ij,ij->i", v, v) / bodies.mu_km3_s2)
        sine = np.einsum("ij,ij->i", r, v) / np.sqrt(bodies.mu_km3_s2 * semi)
        mean = np.arctan2(sine, 1.0 - radius / semi) - sine
        time_s = -mean * np.sqrt(semi**3 / bodies.mu_km3_s2)
    return np.where(exists & np.isfinite(time_s), time_s, 0.0)


def carry_on(
    states: Floats, places: Ints, valid: NDArray[np.bool_], mu_km3_s2: float, span_s: float = KNOT_S
) -> None:
    """Fill the missing knots of some places, in place: by two bodies next to a valid one, else far away.

    ``states`` has shape (knots, 6, places), ``valid`` (knots, len(places)). An object is so found up to the
    time of its error or the end of its ephemeris, which lies between two knots.
    """
    bad = ~valid
    after, before = np.zeros_like(bad), np.zeros_like(bad)
    after[1:] = bad[1:] & valid[:-1]
    before[:-1] = bad[:-1] & valid[1:] & ~after[:-1]
    knot, column = np.nonzero(bad & ~after & ~before)
    states[knot, :, places[column]] = ABSENT_STATE
    for where, shift in ((after, -1), (before, 1)):
        knot, column = np.nonzero(where)
        known = states[knot + shift, :, places[column]]
        states[knot, :, places[column]] = two_body(known, -shift * span_s, mu_km3_s2)


def sampled_knots(bodies: Bodies, trajectory: Sampled, times_s: Floats) -> tuple[Floats, Floats]:
    """Return the states (knots, 6) of an ephemeris, NaN outside its span, and the padding (knots - 1,) in km.

    The padding is measured at the quarters of each interval against the ephemeris itself, so that burns and
    coarse data are covered. An ephemeris that lies within one interval is carried to the knot before it.
    """
    parts, span_s = 4, float(times_s[1] - times_s[0])
    quarters = np.linspace(times_s[0], times_s[-1], parts * (times_s.shape[0] - 1) + 1)
    states = np.full((quarters.shape[0], 6), np.nan)
    tai_ns = bodies.tai_ns(quarters)
    inside = (tai_ns >= trajectory.start_tai_ns) & (tai_ns <= trajectory.stop_tai_ns)
    if inside.any():
        states[inside, :3], states[inside, 3:] = trajectory.inertial_states(tai_ns[inside])
    knots = states[::parts].copy()
    intervals = times_s.shape[0] - 1
    shaped = states[parts * np.arange(intervals)[:, None] + np.arange(parts + 1)]
    there = ~np.isnan(shaped[:, :, 0])
    for k in np.flatnonzero(there.any(axis=1) & ~there[:, 0] & ~there[:, parts]):
        first = int(np.argmax(there[k]))
        knots[k] = two_body(shaped[k, first][None], -span_s / parts * first, bodies.mu_km3_s2)[0]
    pads_km = np.zeros(intervals)
    whole = np.flatnonzero(there.all(axis=1))
    if whole.size:
        inner = tuple(q / parts for q in range(1, parts))
        curve = hermite_points(bodies, shaped[whole, 0], shaped[whole, parts], inner, span_s)
        wrong_km = np.linalg.norm(curve.transpose(1, 0, 2) - shaped[whole, 1:parts, :3], axis=2)
        pads_km[whole] = SAMPLED_PAD_FACTOR * wrong_km.max(axis=1)
    return knots, pads_km


def two_body(states: Floats, span_s: float, mu_km3_s2: float) -> Floats:
    """Carry states (m, 6) in km and km/s by two-body motion over ``span_s`` (Runge-Kutta 4, 10 s steps)."""

    def rate(s: Floats) -> Floats:
        cube = np.linalg.norm(s[:, :3], axis=1)[:, None] ** 3
        return np.concatenate([s[:, 3:], -mu_km3_s2 * s[:, :3] / cube], axis=1)

    steps = max(1, int(abs(span_s) / RK4_STEP_S))
    h = span_s / steps
    for _ in range(steps if states.size else 0):
        a = rate(states)
        b = rate(states + 0.5 * h * a)
        c = rate(states + 0.5 * h * b)
        d = rate(states + h * c)
        states = states + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    return states
