"""Trajectories from element sets: one row of SGP4 coefficients seen through the common interface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH
from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame, rotation
from skypact.astro.states import StateTable
from skypact.astro.timescales import NS_PER_S, TAI_NS_MAX, TAI_NS_MIN, format_utc
from skypact.errors import FrameError, PropagationError
from skypact.formats.elements import ElementTable
from skypact.orbits.sgp4 import Sgp4Models, propagate
from skypact.orbits.trajectory import ObjectIdentity, Status

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SGP4_ERRORS = {
    1: "the eccentricity is not between 0 and 1",
    2: "the mean motion is not positive",
    3: "the perturbed eccentricity is not between 0 and 1",
    4: "the semi-latus rectum is negative",
    5: "the orbit lies below the surface of the Earth",
    6: "it is below the surface of the Earth: decayed",
}
"""Error codes of SGP4 (AIAA 2006-6753) in words."""

DIFFERENCE_NS = NS_PER_S
"""Half the time over which velocities are differenced to accelerations: error below 1e-6 of gravity."""


@dataclass(frozen=True, eq=False)
class ElementTrajectory:
    """One element set propagated by SGP4; it has no span of its own, only the times at which SGP4 fails."""

    identity: ObjectIdentity
    models: Sgp4Models
    """One row."""
    epoch_tai_ns: int
    """Epoch of the elements."""
    status: Status = Status.DEFINITIVE

    @property
    def center(self) -> str:
        """Always the Earth."""
        return EARTH

    @property
    def frame(self) -> Frame:
        """Always TEME."""
        return Frame.TEME

    @property
    def start_tai_ns(self) -> int:
        """The first epoch there is."""
        return TAI_NS_MIN

    @property
    def stop_tai_ns(self) -> int:
        """The last epoch there is."""
        return TAI_NS_MAX

    def states(
        self, tai_ns: Ints, frame: Frame | None = None, orientation: EarthOrientation | None = None
    ) -> StateTable:
        """Propagate to epochs (m,) and turn to ``frame`` (TEME by default).

        Raises
        ------
        PropagationError
            Where SGP4 fails; it names the first such epoch and the error.
        FrameError
            As :meth:`skypact.astro.states.StateTable.to_frame`.
        """
        epochs = np.atleast_1d(np.asarray(tai_ns, dtype=np.int64))
        result = propagate(self.models, epochs)
        failed = np.flatnonzero(result.error[0])
        if failed.size:
            row = int(failed[np.argmin(epochs[failed])])
            code = int(result.error[0, row])
            raise PropagationError(
                f"{self.identity} cannot be propagated to {format_utc(int(epochs[row]))}: SGP4 error {code}, "
                f"{SGP4_ERRORS.get(code, 'unknown')}",
                remedy=f"the elements are of {format_utc(self.epoch_tai_ns)}",
            )
        table = StateTable(epochs, result.position_km[0], result.velocity_km_s[0], Frame.TEME)
        return table if frame is None else table.to_frame(frame, orientation)

    def motions(
        self, tai_ns: Ints, frame: Frame | None = None, orientation: EarthOrientation | None = None
    ) -> Floats:
        """Return position, velocity, acceleration (m, 9) in an inertial frame; NaN where SGP4 fails."""
        epochs = np.atleast_1d(np.asarray(tai_ns, dtype=np.int64))
        m = epochs.shape[0]
        wanted = np.concatenate([epochs, epochs - DIFFERENCE_NS, epochs + DIFFERENCE_NS])
        result = propagate(self.models, wanted)
        velocity = result.velocity_km_s[0]
        acceleration = (velocity[2 * m :] - velocity[m : 2 * m]) / (2 * DIFFERENCE_NS / NS_PER_S)
        parts = [result.position_km[0, :m], velocity[:m], acceleration]
        if frame is Frame.ITRF:
            raise FrameError("accelerations are given in an inertial frame")
        if frame not in (None, Frame.TEME):
            matrix = rotation(Frame.TEME, frame, epochs, orientation).matrix
            parts = [np.einsum("nij,nj->ni", matrix, part) for part in parts]
        return np.concatenate(parts, axis=1)


def trajectories_from_elements(
    table: ElementTable, *, status: Status = Status.DEFINITIVE
) -> list[ElementTrajectory]:
    """Return one trajectory for each row of ``table``, in its order."""
    models = Sgp4Models.from_elements(table)
    return [
        ElementTrajectory(
            ObjectIdentity(int(table.norad[row]), str(table.object_name[row]), str(table.object_id[row])),
            models.take(np.array([row])),
            int(table.epoch_tai_ns[row]),
            status,
        )
        for row in range(len(table))
    ]
