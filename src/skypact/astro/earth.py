"""Earth orientation: polar motion, UT1 and celestial pole offsets, as daily measured and predicted values.

The table is made by the caller (:mod:`skypact.node.desk.earth_orientation` reads the files) and handed to
every function that needs it. Values between the days are interpolated linearly, as astropy does; UT1 is
interpolated as UT1 - TAI, so that a leap second is no step. What linear interpolation and the missing daily
and half-daily tides leave out is below 0.5 mas and 0.1 ms: about 5 cm in low orbit, 30 cm in GEO.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import erfa
import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import ARCSEC_RAD
from skypact.astro.timescales import (
    NS_PER_S,
    format_utc,
    mjd_to_count_ns,
    split_jd,
    utc_ns_to_tai_ns,
)
from skypact.errors import FormatError, FrameError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UT1_DRIFT_S_MAX = 0.010
"""Largest believable change of UT1 - TAI in one day: twice the longest excess of a day since 1962."""


class DailyColumns(NamedTuple):
    """Earth orientation as the IERS tabulates it, one row for each day at 0h UTC, each of shape (n,)."""

    mjd_utc: Floats
    x_pole_arcsec: Floats
    y_pole_arcsec: Floats
    ut1_minus_utc_s: Floats
    dx_arcsec: Floats
    """Celestial pole offset against IAU 2000A/2006; NaN where the file has none."""
    dy_arcsec: Floats


class OrientationValues(NamedTuple):
    """Earth orientation at given epochs, each of the shape of the epochs."""

    x_pole_rad: Floats
    y_pole_rad: Floats
    ut1_minus_tai_s: Floats
    excess_day_s: Floats
    """Excess of the length of day over 86,400 s (LOD), as the slope of the UT1 that is used."""
    dx_rad: Floats
    """Offset of the celestial pole from IAU 2006/2000A, X component."""
    dy_rad: Floats


@dataclass(frozen=True, eq=False)
class EarthOrientation:
    """Daily Earth orientation parameters, oldest first; every array has shape (n,), n >= 2."""

    epoch_tai_ns: Ints
    x_pole_rad: Floats
    y_pole_rad: Floats
    ut1_minus_tai_s: Floats
    dx_rad: Floats
    dy_rad: Floats
    predicted_from_tai_ns: int
    """Epoch of the first predicted row; from there on the values are forecasts."""
    source: str = ""
    """Where the table came from, for messages and provenance."""
    held: bool = False
    """Whether the first and last row stand for all times before and after the table (see :meth:`hold`)."""

    @staticmethod
    def from_daily(daily: DailyColumns, *, predicted_from_mjd: float, source: str = "") -> EarthOrientation:
        """Build the table from columns in the units of the IERS; missing pole offsets count as zero.

        Raises
        ------
        FormatError
            If days do not increase, a value is missing, or UT1 jumps by other than a leap second.
        """
        if daily.mjd_utc.shape[0] < 2 or not np.all(np.diff(daily.mjd_utc) > 0):
            raise FormatError("Earth orientation needs at least two days in increasing order", where=source)
        utc_ns = mjd_to_count_ns(daily.mjd_utc)
        tai_ns = utc_ns_to_tai_ns(utc_ns)
        ut1_minus_tai_s = daily.ut1_minus_utc_s - (tai_ns - utc_ns) / NS_PER_S
        if not np.isfinite([daily.x_pole_arcsec, daily.y_pole_arcsec, ut1_minus_tai_s]).all():
            raise FormatError("Earth orientation with a missing value", where=source)
        drift_s = np.diff(ut1_minus_tai_s) / np.diff(daily.mjd_utc)
        worst = int(np.argmax(np.abs(drift_s)))
        if abs(drift_s[worst]) > UT1_DRIFT_S_MAX:
            raise FormatError(
                f"UT1 drifts by {drift_s[worst]:.3f} s a day at MJD {daily.mjd_utc[worst]:.0f}",
                where=source,
                remedy="the file and the leap seconds of erfa do not belong together",
            )
        return EarthOrientation(
            tai_ns,
            daily.x_pole_arcsec * ARCSEC_RAD,
            daily.y_pole_arcsec * ARCSEC_RAD,
            ut1_minus_tai_s,
            np.nan_to_num(daily.dx_arcsec) * ARCSEC_RAD,
            np.nan_to_num(daily.dy_arcsec) * ARCSEC_RAD,
            int(utc_ns_to_tai_ns(mjd_to_count_ns(predicted_from_mjd))),
            source,
        )

    def rows(self, keep: NDArray[np.bool_]) -> EarthOrientation:
        """Return some of the rows."""
        return replace(
            self,
            epoch_tai_ns=self.epoch_tai_ns[keep],
            x_pole_rad=self.x_pole_rad[keep],
            y_pole_rad=self.y_pole_rad[keep],
            ut1_minus_tai_s=self.ut1_minus_tai_s[keep],
            dx_rad=self.dx_rad[keep],
            dy_rad=self.dy_rad[keep],
        )

    def followed_by(self, later: EarthOrientation) -> EarthOrientation:
        """Return this table with the rows of ``later`` that lie after its end."""
        added = later.rows(later.epoch_tai_ns > self.stop_tai_ns)
        return EarthOrientation(
            np.concatenate([self.epoch_tai_ns, added.epoch_tai_ns]),
            np.concatenate([self.x_pole_rad, added.x_pole_rad]),
            np.concatenate([self.y_pole_rad, added.y_pole_rad]),
            np.concatenate([self.ut1_minus_tai_s, added.ut1_minus_tai_s]),
            np.concatenate([self.dx_rad, added.dx_rad]),
            np.concatenate([self.dy_rad, added.dy_rad]),
            predicted_from_tai_ns=max(self.predicted_from_tai_ns, later.predicted_from_tai_ns),
            source=f"{self.source} + {later.source}",
        )

    def updated_by(self, fetched: EarthOrientation) -> EarthOrientation:
        """Return the measured rows of this table, continued by ``fetched`` if that is measured further."""
        if fetched.predicted_from_tai_ns <= self.predicted_from_tai_ns:
            return self
        measured = self.rows(self.epoch_tai_ns < self.predicted_from_tai_ns)
        if fetched.start_tai_ns > measured.stop_tai_ns:
            return self  # a gap between the two: nothing to join
        return measured.followed_by(fetched)

    @property
    def start_tai_ns(self) -> int:
        """First epoch of the table."""
        return int(self.epoch_tai_ns[0])

    @property
    def stop_tai_ns(self) -> int:
        """Last epoch of the table."""
        return int(self.epoch_tai_ns[-1])

    @property
    def coverage(self) -> str:
        """Say in one sentence what the table covers and from when on it is a forecast."""
        start, stop, predicted = (
            format_utc(epoch)[:10]
            for epoch in (self.start_tai_ns, self.stop_tai_ns, self.predicted_from_tai_ns)
        )
        return f"Earth orientation {self.source}: {start} to {stop}, predicted from {predicted}"

    def covers(self, tai_ns: Ints | int) -> bool:
        """Return whether all epochs lie inside the table."""
        epochs = np.asarray(tai_ns)
        return bool(np.all((epochs >= self.start_tai_ns) & (epochs <= self.stop_tai_ns)))

    def hold(self) -> EarthOrientation:
        """Return the table with its first and last row held beyond its ends.

        UT1 is held relative to TAI: two years past the end it may be 1 s wrong (0.5 km at the equator)
        and the pole 0.3 arcsec (10 m). Say so to the user wherever this is used.
        """
        return replace(self, held=True)

    def at(self, tai_ns: Ints | int) -> OrientationValues:
        """Interpolate linearly to epochs of any shape.

        Raises
        ------
        FrameError
            If an epoch lies outside the table and the table is not held; it names both.
        """
        epochs = np.asarray(tai_ns, dtype=np.int64)
        if not self.held and not self.covers(epochs):
            late = bool((epochs > self.stop_tai_ns).any())
            outside = int(epochs.max() if late else epochs.min())
            raise FrameError(
                f"no Earth orientation for {format_utc(outside)}",
                where=self.coverage,
                remedy="update the table (astropy-iers-data), or accept its last values held",
            )
        high = np.clip(
            np.searchsorted(self.epoch_tai_ns, epochs, side="right"), 1, self.epoch_tai_ns.shape[0] - 1
        )
        low = high - 1
        step_ns = self.epoch_tai_ns[high] - self.epoch_tai_ns[low]
        part = np.clip((epochs - self.epoch_tai_ns[low]) / step_ns, 0.0, 1.0)

        def between(column: Floats) -> Floats:
            return np.asarray(column[low] + part * (column[high] - column[low]), dtype=np.float64)

        drift_s = self.ut1_minus_tai_s[high] - self.ut1_minus_tai_s[low]
        return OrientationValues(
            between(self.x_pole_rad),
            between(self.y_pole_rad),
            between(self.ut1_minus_tai_s),
            np.asarray(-drift_s / (step_ns / (86_400 * NS_PER_S)), dtype=np.float64),
            between(self.dx_rad),
            between(self.dy_rad),
        )


def tai_ns_to_ut1_ns(tai_ns: Ints | int, orientation: EarthOrientation) -> Ints:
    """Convert TAI ns to UT1 ns (nanoseconds past J2000 on the clock of UT1); any shape."""
    epochs = np.asarray(tai_ns, dtype=np.int64)
    offset_s = orientation.at(epochs).ut1_minus_tai_s
    return np.asarray(epochs + np.round(offset_s * NS_PER_S).astype(np.int64), dtype=np.int64)


def ut1_ns_to_tai_ns(ut1_ns: Ints | int, orientation: EarthOrientation) -> Ints:
    """Convert UT1 ns to TAI ns, the inverse of :func:`tai_ns_to_ut1_ns` to 1 ns; any shape."""
    ut1 = np.asarray(ut1_ns, dtype=np.int64)
    tai = ut1
    for table in (orientation.hold(), orientation, orientation):  # each pass gains seven digits
        offset_s = table.at(tai).ut1_minus_tai_s
        tai = np.asarray(ut1 - np.round(offset_s * NS_PER_S).astype(np.int64), dtype=np.int64)
    return tai


def earth_rotation_angle_rad(ut1_ns: Ints | int) -> Floats:
    """Return the Earth rotation angle (IAU 2000) of UT1 ns; any shape."""
    return np.asarray(erfa.era00(*split_jd(ut1_ns)), dtype=np.float64)


def mean_sidereal_time_1982_rad(ut1_ns: Ints | int) -> Floats:
    """Return Greenwich mean sidereal time (IAU 1982) of UT1 ns: the one that belongs to TEME; any shape."""
    return np.asarray(erfa.gmst82(*split_jd(ut1_ns)), dtype=np.float64)
