"""SGP4 and SDP4 for whole catalogs (Vallado, Crawford, Hujsak, Kelso, AIAA 2006-6753; WGS-72, mode "i").

``Sgp4Models.from_elements`` turns a table of element sets into coefficients once; :func:`propagate` gives the
states of all objects at any times, :func:`propagate_knots` those on a uniform grid in the order that
screening wants, and ``sgp4_kernels.sgp4_state`` one state inside other kernels. Times are UTC as SGP4
takes them: minutes are differences of UTC counts with days of 86,400 s, so that a leap second between epoch
and date is not counted. Positions are in TEME of date.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import tai_ns_to_utc_jd, tai_ns_to_utc_ns
from skypact.formats.elements import ElementTable
from skypact.orbits import sgp4_kernels as kernels
from skypact.orbits.sgp4_kernels_init import sgp4_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RAD_PER_MIN = 2.0 * math.pi / 1440.0
"""One revolution per day."""


@dataclass(frozen=True, eq=False)
class Sgp4Models:
    """Objects ready to be propagated, one row each, in the order of the elements; columns of shape (n,)."""

    norad: Ints
    """Catalog number; any integer, SGP4 does not use it."""
    epoch_utc_ns: Ints
    """Epoch of the elements: nanoseconds of UTC past J2000, days of 86,400 s."""
    deep: NDArray[np.bool_]
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
        elements[0] = table.mean_motion_rev_d * RAD_PER_MIN
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
    """
    utc_ns = tai_ns_to_utc_ns(np.atleast_1d(tai_ns))
    n, m = len(models), utc_ns.shape[0]
    states = np.empty((2, n, m, 3))
    error = np.zeros((n, m), dtype=np.uint8)

    def run(rows: Ints) -> None:
        kernels.states_one_by_one(models.coefficients, models.epoch_utc_ns, rows, utc_ns, states, error)

    parts = np.array_split(np.arange(n), max(workers, 1))
    if workers <= 1:
        run(parts[0])
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, parts))
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
        UTC ns have days of 86,400 s.
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
    utc_ns = start_utc_ns + np.round(np.arange(count) * (step_s * 1.0e9)).astype(np.int64)
    states = np.empty((2, n, count, 3))
    error = np.zeros((n, count), dtype=np.uint8)
    kernels.states_one_by_one(models.coefficients, models.epoch_utc_ns, np.arange(n), utc_ns, states, error)
    out[:, :3] = states[0].transpose(1, 2, 0)
    out[:, 3:] = states[1].transpose(1, 2, 0)
    bad = error != 0
    first = np.where(bad.any(axis=1), bad.argmax(axis=1), count).astype(np.int32)
    return out, first
