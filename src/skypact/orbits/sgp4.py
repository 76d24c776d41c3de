"""SGP4 and SDP4 for whole catalogs (Vallado, Crawford, Hujsak, Kelso, AIAA 2006-6753; WGS-72, mode "i").

``Sgp4Models.from_elements`` turns a table of element sets into coefficients once; :func:`propagate` gives the
states of all objects at any times, :func:`propagate_knots` those on a uniform grid in the order that
screening wants, and ``sgp4_kernels.sgp4_state`` one state inside other kernels. Times are UTC as SGP4
takes them: minutes are differences of UTC counts with days of 86,400 s, so that a leap second between epoch
and date is not counted. Positions are in TEME of date.

Accuracy: the numbers of the sgp4 package (2.27), not of nature, where SGP4 is off by a kilometer and more.
Over seven public catalogs of 2019 to 2026 (159,550 objects, -10 to +30 days) the largest difference is
3.3e-8 km near the Earth and 3.1e-7 km in deep space, 1e-10 km/s, and all error codes are equal. Two limits:
where SGP4 has lost an object (decayed, then thrown out again by drag polynomials: 1 state in 10,000), the
last bits of time and coefficients grow to anything; and for one resonant object in 250 the sgp4 package
itself differs by up to 7e-6 km after 30 days between its readers of TLE and OMM, which round the epoch
differently (we do as for TLE).

Rate: 45 M states/s near the Earth and 30 M in deep space with AVX-512 on one thread of 2.6 GHz, 22 and 23
times the sgp4 package in one run (``python -m bench.sgp4``). A near-Earth state takes about 300
multiplications and additions, one a cycle for a register of eight; what else bounds the rate are the 48 bytes
written for each state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import MIN_PER_DAY
from skypact.astro.timescales import tai_ns_to_utc_jd, tai_ns_to_utc_ns
from skypact.formats.elements import ElementTable
from skypact.orbits import sgp4_kernels as kernels
from skypact.orbits.sgp4_kernels_deep import deep_states
from skypact.orbits.sgp4_kernels_init import sgp4_rows
from skypact.orbits.sgp4_kernels_lanes import LANES, fill_lanes
from skypact.orbits.sgp4_kernels_near import near_states

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

REV_D_PER_RAD_MIN = MIN_PER_DAY / (2.0 * math.pi)
ROUND_ECC = 0.17
"""Objects below this eccentricity at epoch share blocks that solve Kepler's equation by the short way (exact
up to 0.2: the margin is for its change with time; what passes it is computed again)."""
FLAT_RAD = 0.3
"""Deep-space objects below this inclination share blocks, since they may need Lyddane's form (0.2 rad)."""
TASKS_PER_WORKER = 4
"""Pieces of work for each thread, so that they end at about the same time."""


@dataclass(frozen=True, eq=False)
class LaneBlocks:
    """Objects side by side as the bulk kernels read them; a group's last block repeats its last object."""

    lanes: Floats
    """Coefficients, shape (blocks, columns * LANES)."""
    epochs: Ints
    """Epochs in UTC ns, shape (blocks, LANES)."""
    rows: Ints
    """Row of each lane in the models, shape (blocks, LANES)."""
    kinds: Ints
    """Kind of model of each block (``NEAR`` to ``HALF_DAY`` of ``sgp4_kernels``), shape (blocks,)."""
    high: Flags
    """Whether its eccentricities are high."""

    def __len__(self) -> int:
        return int(self.rows.shape[0])


@dataclass(frozen=True, eq=False)
class Sgp4Models:
    """Objects ready to be propagated, one row each, in the order of the elements; columns of shape (n,)."""

    norad: Ints
    """Catalog number; any integer, SGP4 does not use it."""
    epoch_utc_ns: Ints
    """Epoch of the elements: nanoseconds of UTC past J2000, days of 86,400 s."""
    deep: Flags
    """Whether the period is 225 minutes or more (SDP4)."""
    init_error: NDArray[np.uint8]
    """0, or the error that every propagation gives: 1 an element is NaN or the eccentricity not in 0..1,
    2 the mean motion is not positive."""
    coefficients: Floats
    """Shape (n, COLUMNS), for ``sgp4_state``; the columns are the constants of ``sgp4_kernels``."""

    def __len__(self) -> int:
        return int(self.norad.shape[0])

    @staticmethod
    def from_elements(table: ElementTable) -> Sgp4Models:
        """Initialize all element sets; bad ones get an ``init_error``."""
        n = len(table)
        elements = np.empty((7, n))
        elements[0] = table.mean_motion_rev_d / REV_D_PER_RAD_MIN
        elements[1] = table.eccentricity
        elements[2] = np.radians(table.inclination_deg)
        elements[3] = np.radians(table.raan_deg)
        elements[4] = np.radians(table.arg_perigee_deg)
        elements[5] = np.radians(table.mean_anomaly_deg)
        elements[6] = table.bstar_per_er
        jd, fraction = tai_ns_to_utc_jd(table.epoch_tai_ns)
        coefficients = np.zeros((n, kernels.COLUMNS))
        error = np.zeros(n, dtype=np.uint8)
        sgp4_rows(elements, jd + fraction, coefficients, error)
        return Sgp4Models(
            norad=table.norad,
            epoch_utc_ns=tai_ns_to_utc_ns(table.epoch_tai_ns),
            deep=coefficients[:, kernels.KIND] > kernels.NEAR,
            init_error=error,
            coefficients=coefficients,
        )

    def take(self, rows: NDArray[Any]) -> Sgp4Models:
        """Return the rows of an index or boolean array, in its order."""
        return Sgp4Models(
            norad=self.norad[rows],
            epoch_utc_ns=self.epoch_utc_ns[rows],
            deep=self.deep[rows],
            init_error=self.init_error[rows],
            coefficients=self.coefficients[rows],
        )

    @cached_property
    def near_blocks(self) -> LaneBlocks:
        """Near-Earth objects; made at first use."""
        return self._blocks(False, kernels.NEAR_COLUMNS)

    @cached_property
    def deep_blocks(self) -> LaneBlocks:
        """Deep-space objects; made at first use."""
        return self._blocks(True, kernels.COLUMNS)

    @cached_property
    def _group(self) -> Ints:
        """Number of the group that shares blocks: kind, eccentricity, inclination; -1 if bad."""
        kind = self.coefficients[:, kernels.KIND].astype(np.int64)
        high = self.coefficients[:, kernels.ECCO] >= ROUND_ECC
        flat = self.coefficients[:, kernels.INCLO] < FLAT_RAD
        group = 4 * kind + 2 * high + np.where(kind > kernels.NEAR, flat, 0)
        return np.where(self.init_error == 0, group, -1)

    def _blocks(self, deep: bool, columns: int) -> LaneBlocks:
        """Gather the near-Earth or the deep-space objects, group after group."""
        group = self._group
        # the oldest lane decides how far a block integrates the resonance: old ones side by side
        age = np.where(group >= 4 * kernels.SYNCHRONOUS, self.epoch_utc_ns, 0)
        order = np.lexsort((age, group))
        group = group[order]
        wanted = (group >= 4) if deep else (group >= 0) & (group < 4)
        order, group = order[wanted], group[wanted]
        numbers, starts, counts = np.unique(group, return_index=True, return_counts=True)
        blocks = -(-counts // LANES)
        lanes_before = np.concatenate([[0], np.cumsum(blocks) * LANES])
        slot = np.arange(lanes_before[-1])
        of = np.searchsorted(lanes_before[1:], slot, side="right")
        source = starts[of] + np.minimum(slot - lanes_before[of], counts[of] - 1) if slot.size else slot
        rows = order[source].reshape(-1, LANES)
        lanes = np.empty((rows.shape[0], columns * LANES))
        fill_lanes(self.coefficients, rows, lanes)
        numbers = np.repeat(numbers, blocks)
        return LaneBlocks(
            lanes=lanes,
            epochs=self.epoch_utc_ns[rows],
            rows=rows,
            kinds=numbers // 4,
            high=numbers % 4 >= 2,
        )


@dataclass(frozen=True, eq=False)
class Sgp4States:
    """States of n objects at m times in TEME of date; NaN where ``error`` is not 0 (decayed objects too)."""

    position_km: Floats
    """Shape (n, m, 3)."""
    velocity_km_s: Floats
    """Shape (n, m, 3)."""
    error: NDArray[np.uint8]
    """Shape (n, m): 0, or 1 mean eccentricity, 2 mean motion, 3 perturbed eccentricity, 4 semi-latus rectum,
    6 below the surface of the Earth."""


def propagate(models: Sgp4Models, tai_ns: Ints, *, workers: int = 1) -> Sgp4States:
    """Propagate every object to every time.

    Parameters
    ----------
    models
        The n objects, any mix of orbits.
    tai_ns
        The m times, shape (m,), TAI ns, in any order.
    workers
        Number of threads; the result does not depend on it.

    Notes
    -----
    48 bytes are needed for each state: 27,000 objects at 1,000 times are 1.3 GB.
    """
    utc_ns = tai_ns_to_utc_ns(np.atleast_1d(tai_ns))
    n, m = len(models), utc_ns.shape[0]
    states = np.empty((2, n, m, 3))
    error = np.zeros((n, m), dtype=np.uint8)
    bad = models.init_error != 0
    states[:, bad] = np.nan
    error[bad] = models.init_error[bad, np.newaxis]
    slots = np.argsort(utc_ns, kind="stable")
    half = n * m * 3
    strides = np.array([0, 1, 2, half, half + 1, half + 2, 3 * m, 3], dtype=np.int64)
    first = np.full(n, m, dtype=np.int32)
    _run(models, utc_ns[slots], slots, states.reshape(-1), strides, error, first, workers)
    return Sgp4States(position_km=states[0], velocity_km_s=states[1], error=error)


def propagate_knots(
    models: Sgp4Models,
    start_utc_ns: int,
    step_s: float,
    count: int,
    *,
    out: Floats | None = None,
    workers: int = 1,
) -> tuple[Floats, NDArray[np.int32]]:
    """Propagate every object to a uniform grid of times, the fastest way.

    Parameters
    ----------
    models
        The n objects.
    start_utc_ns, step_s, count
        Knot k is at ``start_utc_ns`` + k ``step_s``, k = 0 ... ``count`` - 1, rounded to the nanosecond;
        UTC ns have days of 86,400 s. The step is not negative.
    out
        Array to fill, shape (count, 6, n), C order; a new one by default.
    workers
        Number of threads; the result does not depend on it.

    Returns
    -------
    tuple
        ``out``: x, y, z in km and vx, vy, vz in km/s (TEME of date) of each knot, contiguous over objects,
        NaN where SGP4 gives an error; and the first knot with an error for each object, shape (n,),
        ``count`` where there is none.
    """
    n = len(models)
    if out is None:
        out = np.empty((count, 6, n))
    assert out.shape == (count, 6, n)
    assert out.flags.c_contiguous
    assert out.dtype == np.float64
    slots = np.arange(count)
    utc_ns = start_utc_ns + np.round(slots * (step_s * 1.0e9)).astype(np.int64)
    error = np.zeros((n, count), dtype=np.uint8)
    first = np.full(n, count, dtype=np.int32)
    bad = np.flatnonzero(models.init_error)
    out[:, :, bad] = np.nan
    first[bad] = 0
    strides = np.array([0, n, 2 * n, 3 * n, 4 * n, 5 * n, 1, 6 * n], dtype=np.int64)
    _run(models, utc_ns, slots, out.reshape(-1), strides, error, first, workers)
    return out, first


def _run(
    models: Sgp4Models, utc_ns: Ints, slots: Ints, out: Floats, strides: Ints, error: Any, first: Any,
    workers: int,
) -> None:  # fmt: skip
    """Run the kernels over all blocks, in pieces where there are several workers; times increase."""

    def near(part: slice) -> None:
        b = models.near_blocks
        near_states(
            b.lanes[part], b.epochs[part], b.rows[part], b.high[part],
            utc_ns, slots, models.coefficients, out, strides, error, first,
        )  # fmt: skip

    def deep(part: slice) -> None:
        b = models.deep_blocks
        deep_states(
            b.lanes[part], b.epochs[part], b.rows[part], b.kinds[part], b.high[part],
            utc_ns, slots, models.coefficients, out, strides, error, first,
        )  # fmt: skip

    tasks: list[tuple[Callable[[slice], None], slice]] = []
    pieces = 1 if workers <= 1 else workers * TASKS_PER_WORKER
    for kernel, blocks in ((deep, len(models.deep_blocks)), (near, len(models.near_blocks))):
        edges = np.linspace(0, blocks, pieces + 1).astype(int)
        tasks += [(kernel, slice(a, b)) for a, b in pairwise(edges) if b > a]
    if workers <= 1:
        for work, part in tasks:
            work(part)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda task: task[0](task[1]), tasks))
