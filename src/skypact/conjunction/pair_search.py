"""One job of the search: all steps of an hour over all bodies, to candidate pairs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction import screening_kernels as kernels
from skypact.conjunction.bodies import Bodies, Floats, Ints
from skypact.conjunction.lanes_kernels import LANES
from skypact.conjunction.screening_kernels import ABSENT_KM, BLOCK, J2_FACTOR_KM2, MU, POWERS, ROWS
from skypact.conjunction.sphere_cells import QUANTA, sphere_cells
from skypact.orbits.sgp4 import propagate_knots

STEP_S = 60.0
KNOT_S = 300.0
"""Knots of the polynomials; a multiple of the step. At 600 s a pass at a high perigee is lost."""
JOB_S = 3600.0

ORDINARY_RATE_RAD_S = 1.17e-3
"""Angular rate of a circular orbit at 250 km; faster objects search wider."""
LARGEST_RATE_RAD_S = 1.76e-3
"""Escape speed at the surface: no bound orbit turns faster."""
LOWEST_RADIUS_KM = 6378.0

MARGIN_KM = 0.15
"""Added to the threshold for the curvature of relative motion in half a step (mu / r^3 v t^3 / 6 = 0.09 km at
16 km/s) and for float32 positions (0.001 km in LEO, 0.008 km in GEO)."""
MARGIN_PER_KM = 1e-3
"""The same for wide thresholds: gravity gradient times half a step squared, 6e-4."""
SLOW_KM_S = 0.3
"""Pairs that pass slower are followed in time, not by one linear test."""
SLOW_PER_KM = 0.0035
"""The same for wide thresholds: three times the speed of relative motion on one orbit (n = 1.1e-3 rad/s)."""

PAIRS_ROOM = 8
"""Room for listed pairs per object (1.4 on average in a full catalog); lists longer than that go in parts."""
FOUND_ROOM = 16384
"""First room for the candidates of a job; it grows when needed."""

ROUND_PAD_KM = 0.12
"""Interpolation error allowed to nearly circular near-Earth objects: largest seen 0.070 km (300 s knots)."""
PAD_FACTOR, PAD_MIN_KM, PAD_MAX_KM = 3.0, 0.12, 20.0
"""Padding of other objects: this multiple of the error measured at their own perigee, within limits."""
ROUND_ECCENTRICITY = 0.02


class Window(NamedTuple):
    """What to search: seconds after the reference of the bodies, and how close counts."""

    length_s: float
    threshold_km: float

    @property
    def slow_km_s(self) -> float:
        """Return the relative speed below which a pair is followed in time."""
        return max(SLOW_KM_S, SLOW_PER_KM * self.threshold_km)


class Candidates(NamedTuple):
    """Pairs found by a job: object rows, time of the middle of the step in s, step number, kind."""

    row_1: Ints
    row_2: Ints
    step: Ints
    kind: NDArray[np.int32]


def interpolation_pads_km(bodies: Bodies, eccentricity: Floats) -> Floats:
    """Return for each SGP4 object how wrong its polynomials may be (km), from its own perigee.

    Nearly circular near-Earth objects get a constant; for the others the error is measured in the middle of
    three intervals around the perigee next to the start of the window.
    """
    models = bodies.models
    n = len(models)
    pads = np.full(n, ROUND_PAD_KM)
    rows = np.flatnonzero((models.deep | (eccentricity > ROUND_ECCENTRICITY)) & (models.init_error == 0))
    if rows.size == 0:
        return pads
    perigee_s = _perigee_times_s(bodies, rows)
    worst = np.zeros(rows.shape[0])
    for shift in (-1.0, -0.5, 0.0):
        begin = perigee_s + shift * KNOT_S
        states = [bodies.states(rows, begin + part * KNOT_S)[0] for part in (0.0, 0.5, 1.0)]
        middle = _hermite_middle(states[0], states[2])
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
        cosine = 1.0 - radius / semi
        anomaly = np.arctan2(sine, cosine)
        mean = anomaly - sine
        time_s = -mean * np.sqrt(semi**3 / bodies.mu_km3_s2)
    return np.where(exists & np.isfinite(time_s), time_s, 0.0)


def _hermite_middle(knot0: Floats, knot1: Floats) -> Floats:
    """Return the middle positions (m, 3) of the quintics between two states, as the kernels make them."""
    n = knot0.shape[0]
    filled = -(-n // BLOCK) * BLOCK
    knots = np.full((2, 6, filled), 1.0)
    knots[0, :, :n], knots[1, :, :n] = np.nan_to_num(knot0, nan=1.0).T, np.nan_to_num(knot1, nan=1.0).T
    out = np.empty(POWERS * filled, dtype=np.float32)
    kernels.hermite_blocks(knots[0], knots[1], KNOT_S, MU, J2_FACTOR_KM2, np.empty(16 * BLOCK), out)
    powers = out.reshape(-1, 6, 3, BLOCK)
    middle = sum(powers[:, k].astype(np.float64) * 0.5**k for k in range(6))
    return np.asarray(middle).transpose(0, 2, 1).reshape(-1, 3)[:n]


class PairSearch:
    """The search over one set of bodies and one window; jobs may run in several threads at once."""

    def __init__(self, bodies: Bodies, window: Window, eccentricity: Floats) -> None:
        self.bodies, self.window = bodies, window
        count = len(bodies)
        self.padded = -(-max(count, 1) // BLOCK) * BLOCK
        fill = np.zeros(self.padded, dtype=np.int64)
        fill[:count] = np.arange(count)
        self.models = bodies.models.take(fill)
        half = 0.5 * (window.threshold_km * (1.0 + MARGIN_PER_KM) + MARGIN_KM)
        self.half_width_km = np.full(self.padded, half - ABSENT_KM, dtype=np.float32)
        self.half_width_km[:count] = half + interpolation_pads_km(bodies, eccentricity)
        apart = window.threshold_km * (1.0 + MARGIN_PER_KM) / LOWEST_RADIUS_KM
        table = sphere_cells(
            ORDINARY_RATE_RAD_S * STEP_S + apart,
            LARGEST_RATE_RAD_S * STEP_S + apart,
            bands_per_angle=1.0,
            cells_per_angle=2.0,
        )
        self.cells = kernels.Cells(
            table.quantum_scale, table.quantum_base, table.half_offset, table.half_first, table.half_stop,
            table.full_offset, table.full_first, table.full_stop,
        )  # fmt: skip
        self.jobs = max(1, int(np.ceil(window.length_s / JOB_S)))

    def workspace(self) -> kernels.Sorted:
        """Return work space for one job."""
        n, cells = self.padded, self.cells.half_offset.shape[0] - 1
        groups = cells + n // kernels.GROUP + 1
        ints = np.int32
        return kernels.Sorted(
            fast=np.empty(n + 1, ints),
            cell=np.empty(n, ints),
            start=np.empty(cells + 1, ints),
            fill=np.empty(cells, ints),
            order=np.empty(n, ints),
            record=np.empty((n, 8), np.float32),
            low=np.empty(n + LANES, np.float32),
            high=np.empty(n + LANES, np.float32),
            pairs=np.empty(PAIRS_ROOM * n + LANES, ints),
            group_begin=np.empty(groups, ints),
            group_end=np.empty(groups, ints),
        )

    def run_job(self, job: int) -> Candidates:
        """Search the steps of one job (hour) and return its candidate pairs."""
        bodies, space = self.bodies, self.workspace()
        n = self.padded
        knots = int(JOB_S / KNOT_S) + 1
        begin_s = job * JOB_S
        states, _ = propagate_knots(
            self.models, bodies.reference_utc_ns + round(begin_s * 1e9), KNOT_S, knots
        )
        work = np.empty(16 * BLOCK)
        powers = np.empty(POWERS * n, dtype=np.float32)
        blocks = np.empty(ROWS * n, dtype=np.float32)
        found = np.empty((FOUND_ROOM, 3), dtype=np.int32)
        parts: list[NDArray[np.int32]] = []
        steps: list[NDArray[np.int64]] = []
        per_knot = round(KNOT_S / STEP_S)
        last_step = int(np.ceil(self.window.length_s / STEP_S)) - 1
        single = np.float32
        for interval in range(knots - 1):
            half_width_km = self._fill_errors(states[interval], states[interval + 1])
            kernels.hermite_blocks(
                states[interval],
                states[interval + 1],
                KNOT_S,
                bodies.mu_km3_s2,
                bodies.j2_factor_km2,
                work,
                powers,
            )
            for k in range(per_knot):
                step = job * round(JOB_S / STEP_S) + interval * per_knot + k
                if step > last_step:
                    break
                kernels.evaluate_blocks(
                    powers, half_width_km, single((k + 0.5) * STEP_S / KNOT_S), single(KNOT_S),
                    single(STEP_S), single(bodies.mu_km3_s2), single(QUANTA), blocks,
                )  # fmt: skip
                kernels.sort_by_cell(blocks, self.cells, single(ORDINARY_RATE_RAD_S), space)
                edge = (1 if step == 0 else 0) | (2 if step == last_step else 0)
                pairs = self._pairs_of_step(space, edge, found)
                parts.append(pairs)
                steps.append(np.full(pairs.shape[0], step, dtype=np.int64))
        rows = np.concatenate(parts) if parts else np.empty((0, 3), dtype=np.int32)
        first, second = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
        return Candidates(first, second, np.concatenate(steps), rows[:, 2])

    def _pairs_of_step(self, space: kernels.Sorted, edge: int, found: NDArray[np.int32]) -> NDArray[np.int32]:
        """List and judge the pairs of one sorted step; (m, 3) rows of object, object, kind."""
        slow_km2_s2 = np.float32(self.window.slow_km_s**2)
        half_s = np.float32(0.5 * STEP_S)
        out: list[NDArray[np.int32]] = []
        for listing, total in (
            (kernels.list_overlaps, self.padded),
            (kernels.list_wide_overlaps, int(space.fast[0])),
        ):
            at = 0
            while at < total:
                groups, at = listing(self.cells, space, at)
                count = kernels.judge_pairs(space, groups, half_s, slow_km2_s2, edge, found, 0)
                if count > found.shape[0]:
                    found = np.empty((2 * count, 3), dtype=np.int32)
                    count = kernels.judge_pairs(space, groups, half_s, slow_km2_s2, edge, found, 0)
                out.append(found[:count].copy())
        return np.concatenate(out) if out else found[:0].copy()

    def _fill_errors(self, knot0: Floats, knot1: Floats) -> NDArray[np.float32]:
        """Make finite knots where SGP4 gave an error, and return the half widths of this interval.

        An object with one good knot is carried on by two bodies from it, so that it is found up to the time
        of its error; one without any is absent.
        """
        bad = np.flatnonzero(np.isnan(knot0[0]) | np.isnan(knot1[0]))
        if bad.size == 0:
            return self.half_width_km
        half_width_km = self.half_width_km.copy()
        for i in bad:
            ends = [k for k in (knot0, knot1) if np.isfinite(k[0, i])]
            if ends:
                span_s = KNOT_S if np.isfinite(knot0[0, i]) else -KNOT_S
                other = knot1 if span_s > 0 else knot0
                other[:, i] = two_body(ends[0][:, i], span_s, self.bodies.mu_km3_s2)
                half_width_km[i] += PAD_MAX_KM
            else:
                knot0[:, i] = knot1[:, i] = ABSENT_STATE
                half_width_km[i] = -ABSENT_KM
        return half_width_km


ABSENT_STATE = np.array([1e6, 1.0, 1.0, 0.0, 1.0, 0.0])
"""Stands where there is no object; its interval is inside out, so only finite numbers matter."""
RK4_STEP_S = 10.0


def two_body(state: Floats, span_s: float, mu_km3_s2: float) -> Floats:
    """Carry a state (6,) in km and km/s by two-body motion over ``span_s`` (Runge-Kutta 4, 10 s steps)."""

    def rate(s: Floats) -> Floats:
        return np.concatenate([s[3:], -mu_km3_s2 * s[:3] / np.linalg.norm(s[:3]) ** 3])

    steps = max(1, int(abs(span_s) / RK4_STEP_S))
    h = span_s / steps
    for _ in range(steps):
        a = rate(state)
        b = rate(state + 0.5 * h * a)
        c = rate(state + 0.5 * h * b)
        d = rate(state + h * c)
        state = state + h / 6.0 * (a + 2.0 * b + 2.0 * c + d)
    return state
