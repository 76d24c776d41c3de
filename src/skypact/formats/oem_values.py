"""What an orbit ephemeris message says, as values: sampled states, with covariance where there is one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import TimeScale
from skypact.errors import UnsupportedError
from skypact.formats.fields import Field

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIME_SYSTEMS = {"UTC": TimeScale.UTC, "TAI": TimeScale.TAI, "TT": TimeScale.TT, "TDB": TimeScale.TDB}
TIME_SYSTEMS["GPS"] = TimeScale.GPS
"""TIME_SYSTEM of messages whose epochs can be put on TAI without further data, as the message spells it."""


def _no_ints() -> Ints:
    return np.empty(0, dtype=np.int64)


def _no_covariances() -> Floats:
    return np.empty((0, 6, 6))


@dataclass(frozen=True, eq=False)
class OemSegment:
    """One arc of an ephemeris: states of one object, one frame, one time system; order as received.

    Epochs ending in ``_ns`` are TAI ns where the time system is one of :data:`TIME_SYSTEMS`; in any other
    (UT1, mission relative time ...) they are only counts on that clock, and the properties with ``tai`` in
    their name raise. An empty covariance frame means the frame of the states.
    """

    object_name: str
    object_id: str
    center_name: str
    """Center of the coordinates as written (``EARTH``, ``Earth``, ``MOON`` ...)."""
    ref_frame: str
    """As written: EME2000, ICRF, GCRF, ITRF-97, TEME, TOD ..."""
    time_system: str
    start_ns: int
    stop_ns: int
    epoch_ns: Ints
    """Shape (k,)."""
    position_km: Floats
    """Shape (k, 3)."""
    velocity_km_s: Floats
    """Shape (k, 3)."""
    acceleration_km_s2: Floats | None = None
    """Shape (k, 3), NaN where a state has none; None where no state has one."""
    useable_start_ns: int | None = None
    useable_stop_ns: int | None = None
    ref_frame_epoch_ns: int | None = None
    interpolation: str = ""
    interpolation_degree: int | None = None
    covariance_epoch_ns: Ints = field(default_factory=_no_ints)
    """Shape (c,)."""
    covariance_km2: Floats = field(default_factory=_no_covariances)
    """Position and velocity, symmetric, shape (c, 6, 6), km**2, km**2/s, km**2/s**2."""
    covariance_frames: tuple[str, ...] = ()
    """Frame of each covariance as written (RTN, EME2000 ...)."""
    fields: tuple[Field, ...] = ()
    """Metadata as received, comments in place."""
    comments: tuple[tuple[int, str], ...] = ()
    """Comments among the states, each with the index of the state that it stands before."""
    covariance_fields: tuple[tuple[Field, ...], ...] = ()
    """Keywords and comments before each covariance matrix as received; the last entry is what follows."""

    def _require_tai(self) -> None:
        if self.time_system.upper() not in TIME_SYSTEMS:
            raise UnsupportedError(
                f"time system {self.time_system} of {self.object_name} cannot be related to UTC",
                where="TIME_SYSTEM",
                remedy="send the ephemeris in UTC, TAI, TT, TDB or GPS",
            )

    @property
    def epoch_tai_ns(self) -> Ints:
        """Epochs of the states in TAI ns, shape (k,); raises UnsupportedError for other time systems."""
        self._require_tai()
        return self.epoch_ns

    @property
    def covariance_epoch_tai_ns(self) -> Ints:
        """Epochs of the covariances in TAI ns, shape (c,); raises UnsupportedError for other time systems."""
        self._require_tai()
        return self.covariance_epoch_ns

    @property
    def useable_span_tai_ns(self) -> tuple[int, int]:
        """First and last epoch at which the sender allows interpolation, TAI ns; raises as above."""
        self._require_tai()
        start = self.start_ns if self.useable_start_ns is None else self.useable_start_ns
        stop = self.stop_ns if self.useable_stop_ns is None else self.useable_stop_ns
        return start, stop


@dataclass(frozen=True, eq=False)
class Oem:
    """An orbit ephemeris message (CCSDS 502.0-B-3): one or more segments in the order of the file."""

    segments: tuple[OemSegment, ...]
    originator: str = ""
    creation_tai_ns: int | None = None
    message_id: str = ""
    classification: str = ""
    version: str = "2.0"
    fields: tuple[Field, ...] = ()
    """Header as received, comments in place."""
