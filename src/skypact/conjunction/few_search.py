"""What comes close to a few objects: a faster search than all against all, with the same candidates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction import few_kernels
from skypact.conjunction.bodies import Bodies, Floats, Ints
from skypact.conjunction.few_kernels import BEND_FACTOR
from skypact.conjunction.knots import (
    KNOT_S,
    PAD_MAX_KM,
    ROUND_ECCENTRICITY,
    ROUND_PAD_KM,
    carry_on,
    interpolation_pads_km,
    sampled_knots,
    whole_blocks,
)
from skypact.conjunction.pair_search import (
    MARGIN_KM,
    MARGIN_PER_KM,
    STEP_S,
    Candidates,
    Window,
)
from skypact.orbits.sgp4 import Sgp4Models, propagate_knots

FEW_MAX = 24
"""With more primaries all against all is the faster way."""
JOB_S = 14400.0
LONG_KNOT_S = 600.0
"""Knots where all is nearly circular: largest interpolation error seen 0.32 km."""
ROUND_PAD_LONG_KM = 0.6
NEAR_ROOM, FOUND_ROOM = 65536, 8192

ALTITUDE_MARGIN_KM = 50.0
"""Perigee and apogee of near-circular orbits stay this close to the osculating ones of the window (J2: 15 km,
and the drag of objects that last)."""
ECCENTRIC_MARGIN_KM = 400.0
"""The same for eccentric orbits, whose perigee the Moon and Sun move."""
ECCENTRIC = 0.2
SHORT_LIVED_KM = 6378.0 + 350.0
"""A perigee below this may fall any distance in the window."""
WINDOW_SAMPLES = 3
ABSENT_HALF_KM = -1.0
"""Half width of an object that does not exist in an interval."""


class FewSearch:
    """The search of primaries against all others over one window; jobs may run in several threads."""

    def __init__(self, bodies: Bodies, window: Window, eccentricity: Floats, primaries: Ints) -> None:
        self.bodies, self.window, self.few = bodies, window, primaries
        count = len(bodies.models)
        half_km = np.full(len(bodies), 0.5 * (window.threshold_km * (1.0 + MARGIN_PER_KM) + MARGIN_KM))
        half_km[:count] += interpolation_pads_km(bodies, eccentricity)
        many = self._in_reach(eccentricity)
        elements = many < count
        round_rows = np.zeros(many.shape[0], dtype=np.bool_)
        if (primaries < count).all() and _is_round(bodies, eccentricity, primaries).all():
            round_rows[elements] = _is_round(bodies, eccentricity, many[elements])
        wide_km = half_km + (ROUND_PAD_LONG_KM - ROUND_PAD_KM)
        self.groups = [
            _Group(bodies, primaries, rows, span_s, width_km)
            for rows, span_s, width_km in (
                (many[round_rows], LONG_KNOT_S, wide_km),
                (many[~round_rows], KNOT_S, half_km),
            )
            if rows.size
        ]
        self.jobs = max(1, int(np.ceil(window.length_s / JOB_S)))

    def _in_reach(self, eccentricity: Floats) -> Ints:
        """Return the rows whose range of radii can meet that of the primaries; ephemerides always."""
        count = len(self.bodies.models)
        low, high = self._radii(np.arange(count), eccentricity)
        few = self.few[self.few < count]
        floor, ceiling = low[few].min(initial=np.inf), high[few].max(initial=0.0)
        times_s = np.arange(0.0, self.window.length_s + KNOT_S, KNOT_S)
        for k in self.few[self.few >= count]:
            states, _ = sampled_knots(self.bodies, self.bodies.sampled[int(k) - count], times_s)
            radius = np.linalg.norm(states[:, :3], axis=1)
            radial = np.einsum("ij,ij->i", states[:, :3], states[:, 3:]) / radius
            across2 = np.einsum("ij,ij->i", states[:, 3:], states[:, 3:]) - radial**2
            bend = np.abs(across2 - self.bodies.mu_km3_s2 / radius) / radius
            slack = np.abs(radial) * KNOT_S / 2 + BEND_FACTOR * bend * KNOT_S**2 / 8 + ALTITUDE_MARGIN_KM
            floor = min(floor, float(np.nanmin(radius - slack, initial=np.inf)))
            ceiling = max(ceiling, float(np.nanmax(radius + slack, initial=0.0)))
        reach = self.window.threshold_km
        rows = np.flatnonzero((low - reach <= ceiling) & (high + reach >= floor))
        return np.concatenate([rows, np.arange(count, len(self.bodies))])

    def _radii(self, rows: Ints, eccentricity: Floats) -> tuple[Floats, Floats]:
        """Return bounds of the distance from the center over the window; everything where SGP4 has errors."""
        low, high = np.full(rows.shape[0], np.inf), np.zeros(rows.shape[0])
        failed = np.zeros(rows.shape[0], dtype=np.bool_)
        mu = self.bodies.mu_km3_s2
        for time_s in np.linspace(0.0, self.window.length_s, WINDOW_SAMPLES):
            states, exists = self.bodies.states(rows, np.full(rows.shape[0], time_s))
            r, v = states[:, :3], states[:, 3:]
            with np.errstate(invalid="ignore", divide="ignore"):
                radius = np.linalg.norm(r, axis=1)
                speed2 = np.einsum("ij,ij->i", v, v)
                semi = 1.0 / (2.0 / radius - speed2 / mu)
                shape = (v * v).sum(axis=1)[:, None] * r / mu - np.einsum("ij,ij->i", r, v)[:, None] * v / mu
                e = np.linalg.norm(shape - r / radius[:, None], axis=1)
            low, high = np.fmin(low, semi * (1.0 - e)), np.fmax(high, semi * (1.0 + e))
            failed |= ~exists | ~np.isfinite(semi)
        margin = np.where(eccentricity > ECCENTRIC, ECCENTRIC_MARGIN_KM, ALTITUDE_MARGIN_KM)
        low, high = low - margin, high + margin
        low[low < SHORT_LIVED_KM] = 0.0
        low[failed], high[failed] = 0.0, np.inf
        return low, high

    def run_job(self, job: int) -> Candidates:
        """Search one job and return its candidate pairs."""
        parts = [group.run_job(job, self.window) for group in self.groups]
        if not parts:
            parts = [np.empty((0, 4), dtype=np.int64)]
        found = np.concatenate(parts)
        found = found[found[:, 0] != found[:, 1]]
        return Candidates(found[:, 0], found[:, 1], found[:, 2], found[:, 3].astype(np.int32))


class _Group:
    """The primaries against some of the others, with one distance of knots."""

    def __init__(self, bodies: Bodies, few: Ints, many: Ints, span_s: float, half_km: Floats) -> None:
        self.bodies, self.span_s, self.half_km = bodies, span_s, half_km
        count = len(bodies.models)
        elements = many[many < count]
        filling = np.repeat(elements[:1], whole_blocks(elements.shape[0]) - elements.shape[0])
        self.filled = slice(elements.shape[0], elements.shape[0] + filling.shape[0])
        self.many = np.concatenate([elements, filling, many[many >= count]])
        self.few = few
        self.models = [bodies.models.take(rows[rows < count]) for rows in (few, self.many)]

    def run_job(self, job: int, window: Window) -> Ints:
        """Return the candidates of a job: rows of (primary, other, step, kind)."""
        begin_s = job * JOB_S
        few, few_half_km = self._knots(self.few, self.models[0], begin_s)
        many, many_half_km = self._knots(self.many, self.models[1], begin_s)
        many_half_km[:, self.filled] = ABSENT_HALF_KM
        few_speed, many_speed = (np.empty(states[:, 0].shape) for states in (few, many))
        few_kernels.speeds(few, few_speed)
        few_kernels.speeds(many, many_speed)
        near, count = np.empty((NEAR_ROOM, 3), dtype=np.int32), -1
        while count < 0 or count > near.shape[0]:
            near = np.empty((max(count, NEAR_ROOM), 3), dtype=np.int32)
            count = few_kernels.near_intervals(
                few, many, self.span_s, few_speed, many_speed, few_half_km, many_half_km, near
            )
        spans = (self.span_s, STEP_S, self.bodies.mu_km3_s2, self.bodies.j2_factor_km2)
        slow_km2_s2, first = window.slow_km_s**2, round(begin_s / STEP_S)
        found, total = np.empty((FOUND_ROOM, 4), dtype=np.int32), -1
        while total < 0 or total > found.shape[0]:
            found = np.empty((max(total, FOUND_ROOM), 4), dtype=np.int32)
            total = few_kernels.judge_intervals(
                few, many, near[:count], spans, few_half_km, many_half_km, slow_km2_s2, first,
                window.last_step, found,
            )  # fmt: skip
        rows = found[:total].astype(np.int64)
        rows[:, 0], rows[:, 1] = self.few[rows[:, 0]], self.many[rows[:, 1]]
        return rows

    def _knots(self, rows: Ints, models: Sgp4Models, begin_s: float) -> tuple[Floats, Floats]:
        """Return states (knots, 6, rows) and half widths (knots - 1, rows) of a job, negative if absent."""
        bodies, knots = self.bodies, round(JOB_S / self.span_s) + 1
        states = np.empty((knots, 6, rows.shape[0]))
        half_km = np.repeat(self.half_km[rows][None], knots - 1, axis=0)
        count = len(models)
        if count:
            start_utc_ns = bodies.reference_utc_ns + round(begin_s * 1e9)
            out = states if count == rows.shape[0] else None
            known, _ = propagate_knots(models, start_utc_ns, self.span_s, knots, out=out)
            states[:, :, :count] = known
        times_s = begin_s + self.span_s * np.arange(knots, dtype=np.float64)
        for place in range(count, rows.shape[0]):
            trajectory = bodies.sampled[int(rows[place]) - len(bodies.models)]
            states[:, :, place], pads_km = sampled_knots(bodies, trajectory, times_s)
            half_km[:, place] += pads_km
        broken = np.flatnonzero(np.isnan(states[:, 0]).any(axis=0))
        if broken.size:
            valid = ~np.isnan(states[:, 0, broken])
            carry_on(states, broken, valid, bodies.mu_km3_s2, self.span_s)
            half_km[:, broken] += np.where(valid[1:] & valid[:-1], 0.0, PAD_MAX_KM)
            half_km[:, broken] = np.where(valid[1:] | valid[:-1], half_km[:, broken], ABSENT_HALF_KM)
        return states, half_km


def _is_round(bodies: Bodies, eccentricity: Floats, rows: Ints) -> NDArray[np.bool_]:
    """Return which rows are near-Earth objects on nearly circular orbits."""
    return np.asarray(~bodies.models.deep[rows] & (eccentricity[rows] <= ROUND_ECCENTRICITY))
