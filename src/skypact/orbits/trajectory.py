"""What every trajectory is: an object, a status, a center, a span, and states at times inside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame
from skypact.astro.states import StateTable
from skypact.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Status(StrEnum):
    """How real a trajectory is; the order is from the strongest to the weakest."""

    DEFINITIVE = "definitive"
    """Where the object is expected to be: an element set, an operator's ephemeris of the flown plan."""
    CANDIDATE = "candidate"
    """A planned maneuver that was not decided yet."""
    HYPOTHETICAL = "hypothetical"
    """A what-if: nobody intends it."""


@dataclass(frozen=True)
class ObjectIdentity:
    """Which object a trajectory is of; what its source says, nothing looked up."""

    norad: int | None
    """Catalog number, 1 to 999,999,999."""
    name: str = ""
    designator: str = ""
    """International designator as ``1998-067A``."""

    def __str__(self) -> str:
        number = "" if self.norad is None else str(self.norad)
        parts = dict.fromkeys(part for part in (number, self.name) if part)
        return " ".join(parts) or self.designator or "an object"


class Trajectory(Protocol):
    """Anything that gives position and velocity over a time span."""

    @property
    def identity(self) -> ObjectIdentity:
        """The object."""
        ...

    @property
    def status(self) -> Status:
        """Definitive, candidate or hypothetical."""
        ...

    @property
    def center(self) -> str:
        """Center body in upper case: EARTH, MOON, ..."""
        ...

    @property
    def frame(self) -> Frame:
        """Frame in which the trajectory is given."""
        ...

    @property
    def start_tai_ns(self) -> int:
        """First epoch at which it may be evaluated."""
        ...

    @property
    def stop_tai_ns(self) -> int:
        """Last epoch at which it may be evaluated."""
        ...

    def states(
        self, tai_ns: Ints, frame: Frame | None = None, orientation: EarthOrientation | None = None
    ) -> StateTable:
        """Return states at epochs (m,) in ``frame`` (its own frame by default), in the order given.

        Raises
        ------
        PropagationError
            If an epoch lies outside the span or the model fails there; it names object, epoch and span.
        FrameError
            If the frame cannot be reached (another center; ITRF without Earth orientation).
        """
        ...

    def motions(
        self, tai_ns: Ints, frame: Frame | None = None, orientation: EarthOrientation | None = None
    ) -> Floats:
        """Return position, velocity and acceleration, shape (m, 9), km and s; NaN where it has no state."""
        ...


def quintic_knots(
    trajectory: Trajectory,
    start_tai_ns: int,
    step_s: float,
    count: int,
    frame: Frame,
    orientation: EarthOrientation | None = None,
) -> Floats:
    """Return position, velocity and acceleration at knots ``start + k step``, the input of screening.

    Returns
    -------
    Shape (count, 9): km, km/s, km/s**2 in ``frame``; rows of NaN outside the trajectory's span.
    """
    offsets_ns = np.round(np.arange(count) * (step_s * 1e9)).astype(np.int64)
    return trajectory.motions(start_tai_ns + offsets_ns, frame, orientation)


def weakest_status(trajectories: Iterable[Trajectory]) -> Status:
    """Return the status of what is made from ``trajectories``: as real as the least real of them."""
    order = list(Status)
    return max((t.status for t in trajectories), key=order.index, default=Status.DEFINITIVE)


def require_same_status(trajectories: Iterable[Trajectory]) -> Status:
    """Return the one status of a set of trajectories that stand for the same world.

    Raises
    ------
    UsageError
        If definitive, candidate and hypothetical trajectories are mixed; it names one of each.
    """
    found: dict[Status, Trajectory] = {}
    for trajectory in trajectories:
        found.setdefault(trajectory.status, trajectory)
    if len(found) > 1:
        examples = " and ".join(f"{status} ({t.identity})" for status, t in found.items())
        raise UsageError(
            f"trajectories of different status in one set: {examples}",
            remedy="screen candidate or hypothetical trajectories as primaries against the definitive ones",
        )
    return next(iter(found), Status.DEFINITIVE)
