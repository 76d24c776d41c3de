"""States that never travel without epoch, frame and center: one table for many."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import EARTH
from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame, Rotation, rotation
from skypact.astro.timescales import format_utc
from skypact.errors import FrameError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StateTable:
    """n states of one frame and center, in the order of the input."""

    epoch_tai_ns: Ints
    """Shape (n,)."""
    position_km: Floats
    """Shape (n, 3)."""
    velocity_km_s: Floats
    """Shape (n, 3); in ITRF relative to the rotating Earth."""
    frame: Frame
    center: str = EARTH
    """Name of the center body in upper case, as CENTER_NAME of CCSDS."""
    covariance: Floats | None = None
    """Of position and velocity in axes of ``frame``, shape (n, 6, 6), km**2, km**2/s, km**2/s**2; all NaN in
    a row where none is known; ``None`` where none is known at all."""

    def __post_init__(self) -> None:
        n = self.epoch_tai_ns.shape[0]
        if self.epoch_tai_ns.dtype != np.int64 or self.epoch_tai_ns.ndim != 1:
            raise ValueError("epochs must be a one-dimensional int64 array of TAI ns")
        if self.position_km.shape != (n, 3) or self.velocity_km_s.shape != (n, 3):
            raise ValueError(f"{n} epochs need positions and velocities of shape ({n}, 3)")
        if self.covariance is not None and self.covariance.shape != (n, 6, 6):
            raise ValueError(f"{n} epochs need covariances of shape ({n}, 6, 6)")

    def __len__(self) -> int:
        return int(self.epoch_tai_ns.shape[0])

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> StateTable:
        """Return the rows of an index or boolean array."""
        return replace(
            self,
            epoch_tai_ns=self.epoch_tai_ns[rows],
            position_km=self.position_km[rows],
            velocity_km_s=self.velocity_km_s[rows],
            covariance=None if self.covariance is None else self.covariance[rows],
        )

    def to_frame(self, frame: Frame, orientation: EarthOrientation | None = None) -> StateTable:
        """Return the same states, with their covariance, in another frame.

        Raises
        ------
        FrameError
            As :func:`skypact.astro.frames.rotation`.
        """
        if frame is self.frame:
            return self
        return self.turned(
            rotation(self.frame, frame, self.epoch_tai_ns, orientation, center=self.center), frame
        )

    def turned(self, turn: Rotation, frame: Frame) -> StateTable:
        """Return the states in ``frame``, to which ``turn`` leads at the epochs of the rows."""
        position, velocity = turn.apply(self.position_km, self.velocity_km_s)
        covariance = None if self.covariance is None else turn.apply_covariance(self.covariance)
        return replace(self, position_km=position, velocity_km_s=velocity, frame=frame, covariance=covariance)


def require_comparable(first: StateTable, second: StateTable) -> None:
    """Refuse two tables whose rows cannot be subtracted.

    Raises
    ------
    FrameError
        If frame, center, number of rows or an epoch differs; it names the first difference.
    """
    if first.center != second.center:
        raise FrameError(f"states around {first.center} and around {second.center}")
    if first.frame is not second.frame:
        raise FrameError(
            f"states in {first.frame} and in {second.frame}", remedy="convert one of them with to_frame"
        )
    if len(first) != len(second):
        raise FrameError(f"{len(first)} states against {len(second)}")
    different = np.flatnonzero(first.epoch_tai_ns != second.epoch_tai_ns)
    if different.size:
        row = int(different[0])
        raise FrameError(
            f"epochs differ first in row {row}: {format_utc(int(first.epoch_tai_ns[row]), decimals=9)} and "
            f"{format_utc(int(second.epoch_tai_ns[row]), decimals=9)}"
        )
