"""One job of the search: all steps of an hour over all bodies, to candidate pairs."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from skypact.conjunction import screening_kernels as kernels
from skypact.conjunction.bodies import Bodies, Floats, Ints
from skypact.conjunction.knots import (
    KNOT_S,
    PAD_MAX_KM,
    carry_on,
    interpolation_pads_km,
    sampled_knots,
    whole_blocks,
)
from skypact.conjunction.lanes_kernels import LANES
from skypact.conjunction.screening_kernels import ABSENT_KM, BLOCK, POWERS, ROWS
from skypact.conjunction.sphere_cells import QUANTA, sphere_cells
from skypact.orbits.sgp4 import propagate_knots

STEP_S = 60.0
"""A divisor of ``KNOT_S``. The time per window is flat from 45 to 75 s."""
JOB_S = 3600.0
STEPS_PER_JOB = round(JOB_S / STEP_S)
STEPS_PER_KNOT = round(KNOT_S / STEP_S)
KNOTS_PER_JOB = round(JOB_S / KNOT_S)

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
"""Room for listed pairs per object (1.4 on average in a full catalog); longer lists go in parts."""
CACHE_LINE_BYTES = 64
FOUND_ROOM = 16384
"""First room for the candidates of a step; it grows when needed."""


class Window(NamedTuple):
    """What to search: a length after the reference time of the bodies, and how close counts."""

    length_s: float
    threshold_km: float

    @property
    def slow_km_s(self) -> float:
        """Return the relative speed below which a pair is followed in time."""
        return max(SLOW_KM_S, SLOW_PER_KM * self.threshold_km)

    @property
    def last_step(self) -> int:
        """Return the number of the last step."""
        return max(0, int(np.ceil(self.length_s / STEP_S)) - 1)


class Candidates(NamedTuple):
    """Pairs found by a job, arrays of shape (m,)."""

    row_1: Ints
    row_2: Ints
    step: Ints
    """Number of the step from the start of the window."""
    kind: NDArray[np.int32]
    """``MINIMUM`` or ``SLOW`` of the kernels."""


class Search(Protocol):
    """A way to find candidates, job by job; jobs may run in several threads at once."""

    jobs: int

    def run_job(self, job: int) -> Candidates:
        """Search one job and return its candidate pairs."""
        ...


class PairSearch:
    """The search over one set of bodies and one window; jobs may run in several threads at once."""

    def __init__(self, bodies: Bodies, window: Window, eccentricity: Floats) -> None:
        self.bodies, self.window = bodies, window
        count, ephemerides = len(bodies.models), len(bodies.sampled)
        self.sgp4_places = whole_blocks(count)
        self.places = max(self.sgp4_places + whole_blocks(ephemerides), BLOCK)
        self.row_of = np.full(self.places, -1, dtype=np.int64)
        self.row_of[:count] = np.arange(count)
        self.row_of[self.sgp4_places : self.sgp4_places + ephemerides] = count + np.arange(ephemerides)
        if count:
            self.models = bodies.models.take(np.maximum(self.row_of[: self.sgp4_places], 0))
        half = 0.5 * (window.threshold_km * (1.0 + MARGIN_PER_KM) + MARGIN_KM)
        self.half_width_km = np.full(self.places, half, dtype=np.float32)
        self.half_width_km[:count] += interpolation_pads_km(bodies, eccentricity)
        self.half_width_km[self.row_of < 0] = -ABSENT_KM
        apart = window.threshold_km * (1.0 + MARGIN_PER_KM) / LOWEST_RADIUS_KM
        table = sphere_cells(
            ORDINARY_RATE_RAD_S * STEP_S + apart,
            LARGEST_RATE_RAD_S * STEP_S + apart,
            bands_per_angle=1.0,
            cells_per_angle=2.0,
        )
        self.cells = kernels.Cells(*(getattr(table, name) for name in kernels.Cells._fields))
        self.jobs = max(1, int(np.ceil(window.length_s / JOB_S)))

    def workspace(self) -> kernels.Sorted:
        """Return work space for one job."""
        n, cells = self.places, self.cells.half_offset.shape[0] - 1
        groups = cells + n // kernels.GROUP + 1
        ints = np.int32
        return kernels.Sorted(
            fast=np.empty(n + 1, ints),
            cell=np.empty(n, ints),
            start=np.empty(cells + 1, ints),
            fill=np.empty(cells, ints),
            order=np.empty(n, ints),
            record=_aligned(n * 8).reshape(n, 8),
            low=np.empty(n + LANES, np.float32),
            high=np.empty(n + LANES, np.float32),
            pairs=np.empty(PAIRS_ROOM * n + LANES, ints),
            group_begin=np.empty(groups, ints),
            group_end=np.empty(groups, ints),
        )

    def run_job(self, job: int) -> Candidates:
        """Search the steps of one job (hour) and return its candidate pairs."""
        space, n, single, mu = self.workspace(), self.places, np.float32, self.bodies.mu_km3_s2
        states, half_widths_km = self._knots(job * JOB_S)
        work = np.empty(16 * BLOCK)
        powers, blocks = _aligned(POWERS * n), _aligned(ROWS * n)
        parts: list[NDArray[np.int32]] = []
        steps: list[Ints] = []
        last_step = self.window.last_step
        for step in range(job * STEPS_PER_JOB, min((job + 1) * STEPS_PER_JOB, last_step + 1)):
            interval, place = divmod(step - job * STEPS_PER_JOB, STEPS_PER_KNOT)
            if place == 0:
                knots = states[interval], states[interval + 1]
                kernels.hermite_blocks(*knots, KNOT_S, mu, self.bodies.j2_factor_km2, work, powers)
            kernels.evaluate_blocks(
                powers, half_widths_km[interval], single((place + 0.5) * STEP_S / KNOT_S), single(KNOT_S),
                single(STEP_S), single(mu), single(QUANTA), blocks,
            )  # fmt: skip
            kernels.sort_by_cell(blocks, self.cells, single(ORDINARY_RATE_RAD_S), space)
            edge = (1 if step == 0 else 0) | (2 if step == last_step else 0)
            parts.append(self._pairs_of_step(space, edge))
            steps.append(np.full(parts[-1].shape[0], step, dtype=np.int64))
        rows = np.concatenate(parts)
        return Candidates(self.row_of[rows[:, 0]], self.row_of[rows[:, 1]], np.concatenate(steps), rows[:, 2])

    def _pairs_of_step(self, space: kernels.Sorted, edge: int) -> NDArray[np.int32]:
        """List and judge the pairs of one sorted step; (m, 3) rows of place, place, kind."""
        slow_km2_s2 = np.float32(self.window.slow_km_s**2)
        half_s = np.float32(0.5 * STEP_S)
        found = np.empty((FOUND_ROOM, 3), dtype=np.int32)
        out: list[NDArray[np.int32]] = []
        listings = ((kernels.list_overlaps, self.places), (kernels.list_wide_overlaps, int(space.fast[0])))
        for listing, total in listings:
            at = 0
            while at < total:
                groups, at = listing(self.cells, space, at)
                count = kernels.judge_pairs(space, groups, half_s, slow_km2_s2, edge, found, 0)
                if count > found.shape[0]:
                    found = np.empty((count, 3), dtype=np.int32)
                    count = kernels.judge_pairs(space, groups, half_s, slow_km2_s2, edge, found, 0)
                out.append(found[:count].copy())
        return np.concatenate(out)

    def _knots(self, begin_s: float) -> tuple[Floats, list[NDArray[np.float32]]]:
        """Return the states (knots, 6, places) of a job and the half widths (km) of each of its intervals."""
        bodies, knots = self.bodies, KNOTS_PER_JOB + 1
        states = np.empty((knots, 6, self.places))
        states[:, :, self.sgp4_places :] = np.nan
        if self.sgp4_places:
            start_utc_ns = bodies.reference_utc_ns + round(begin_s * 1e9)
            out = states if self.sgp4_places == self.places else None
            known, _ = propagate_knots(self.models, start_utc_ns, KNOT_S, knots, out=out)
            if out is None:
                states[:, :, : self.sgp4_places] = known
        ephemerides = slice(self.sgp4_places, self.sgp4_places + len(bodies.sampled))
        pads_km = np.zeros((knots - 1, len(bodies.sampled)))
        times_s = begin_s + KNOT_S * np.arange(knots, dtype=np.float64)
        for k, trajectory in enumerate(bodies.sampled):
            states[:, :, ephemerides.start + k], pads_km[:, k] = sampled_knots(bodies, trajectory, times_s)
        broken = np.flatnonzero(np.isnan(states[:, 0]).any(axis=0))
        if not broken.size and not bodies.sampled:
            return states, [self.half_width_km] * (knots - 1)
        valid = ~np.isnan(states[:, 0, broken])
        carry_on(states, broken, valid, bodies.mu_km3_s2)
        half_widths_km = []
        for k in range(knots - 1):
            half_km = self.half_width_km.copy()
            half_km[ephemerides] += pads_km[k]
            half_km[broken] += np.where(valid[k] & valid[k + 1], 0.0, PAD_MAX_KM)
            half_km[broken[~(valid[k] | valid[k + 1])]] = -ABSENT_KM
            half_widths_km.append(half_km)
        return states, half_widths_km


def _aligned(count: int) -> NDArray[np.float32]:
    """Return float32 space that begins at a cache line: records of 32 bytes then never lie across two."""
    raw = np.empty(4 * count + CACHE_LINE_BYTES, dtype=np.uint8)
    skip = -raw.ctypes.data % CACHE_LINE_BYTES
    return raw[skip : skip + 4 * count].view(np.float32)
