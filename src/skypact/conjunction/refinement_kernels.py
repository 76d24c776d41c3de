"""Kernels that evaluate the exact trajectories for refinement."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.orbits.jit import kernel
from skypact.orbits.sgp4_kernels import sgp4_state


@kernel
def sgp4_states(
    coefficients: NDArray[np.float64],
    epoch_utc_ns: NDArray[np.int64],
    rows: NDArray[np.int64],
    reference_utc_ns: int,
    time_s: NDArray[np.float64],
    out: NDArray[np.float64],
    exists: Any,
) -> None:
    """Fill ``out`` (m, 6) with the TEME state of object ``rows[k]`` at ``reference + time_s[k]``.

    ``exists`` (m,) becomes False where SGP4 returns an error.
    """
    for k in range(rows.shape[0]):
        i = rows[k]
        minutes = (reference_utc_ns - epoch_utc_ns[i]) / 6.0e10 + time_s[k] / 60.0
        code, x, y, z, vx, vy, vz = sgp4_state(coefficients[i], minutes)
        exists[k] = code == 0
        out[k, 0], out[k, 1], out[k, 2] = x, y, z
        out[k, 3], out[k, 4], out[k, 5] = vx, vy, vz
