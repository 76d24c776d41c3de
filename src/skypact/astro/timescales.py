"""Time scales: UTC at the edges, int64 nanoseconds of TAI past J2000 inside.

An epoch is an int64 count of nanoseconds of TAI since 2000-01-01T12:00:00 TAI ("TAI ns"). It is exact,
sortable and covers 1708 to 2292. The other scales are counts of the same kind, each from
2000-01-01T12:00:00 read on its own clock ("TT ns", "GPS ns", ...). UTC is needed in two ways: as text
(ISO 8601 with ``Z``) and as the count of nanoseconds past 2000-01-01T12:00:00 UTC without leap seconds
("UTC ns", days of 86,400 s), which is the time in which SGP4 elements and Julian days are reckoned. Leap
seconds are those of erfa (IERS); before 1972 the rate of UTC is that of erfa, rounded to the nanosecond.
UT1 needs measured Earth orientation: see :mod:`skypact.astro.earth`.

Checked against astropy 8 (tests/astro/test_timescales.py): equal to the nanosecond for UTC (1960 to 2100,
leap seconds included), TT and GPS; TDB within 10 ns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

import erfa
import numpy as np
from numpy.typing import NDArray

from skypact.errors import FormatError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NS_PER_S = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_S
J2000_JD = 2451545.0
"""Julian day of the zero of all counts, each in its own scale."""
MJD_JD = 2400000.5
"""Julian day of the zero of the Modified Julian Day."""

TAI_NS_MIN = -(2**63) + 10**15
TAI_NS_MAX = 2**63 - 10**15
"""Limits of an epoch: int64 less eleven days, so that no conversion of scale overflows."""

TT_MINUS_TAI_NS = 32_184_000_000
"""Defined by IAU 1991, recommendation IV."""
TAI_MINUS_GPS_NS = 19_000_000_000
"""GPS time was set to UTC in 1980, when TAI - UTC was 19 s (IS-GPS-200, 3.3.4)."""

_J2000_MINUS_UNIX_S = 946_728_000
_J2000_MINUS_UNIX_NS = _J2000_MINUS_UNIX_S * NS_PER_S
_UTC_1960_NS = -1_262_347_200 * NS_PER_S
"""1960-01-01T00:00:00, the beginning of UTC, as UTC ns."""
_TIME_TEXT = re.compile(
    r"\s*(\d{4})-(?:(\d{1,2})-(\d{1,2})|(\d{3}))(?:[T ](\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d*))?)?"
    r"\s*(?:Z|[+]00:?00)?\s*",
    re.ASCII,
)
_PLAIN_TEXT = re.compile(r"(?:19|20|21)\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z?", re.ASCII)
"""The common form, which NumPy reads many at a time."""


class TimeScale(StrEnum):
    """Time scales that messages use (TIME_SYSTEM of CCSDS) and that need no measured data."""

    UTC = "UTC"
    TAI = "TAI"
    TT = "TT"
    TDB = "TDB"
    GPS = "GPS"


@lru_cache(maxsize=1)
def _leap_table() -> tuple[Ints, Ints, Ints]:
    """Return (UTC ns of each change, TAI - UTC in whole ns after it, TAI ns of it) since 1972."""
    rows = erfa.leap_seconds.get()
    rows = rows[rows["year"] >= 1972]
    days = np.array([np.datetime64(f"{r['year']:04d}-{r['month']:02d}-01T00:00:00", "s") for r in rows])
    utc = days.astype(np.int64) * NS_PER_S - _J2000_MINUS_UNIX_NS
    offset = np.round(rows["tai_utc"] * NS_PER_S).astype(np.int64)
    return utc, offset, utc + offset


def _offset_before_1972(utc_ns: Ints) -> Ints:
    """Return TAI - UTC in ns for dates before 1972 (zero before 1960, where UTC is not defined)."""
    offset = np.zeros(utc_ns.shape, dtype=np.int64)
    defined = utc_ns >= _UTC_1960_NS
    if defined.any():
        half = NS_PER_DAY // 2
        day = (utc_ns[defined] + half) // NS_PER_DAY
        within = (utc_ns[defined] + half - day * NS_PER_DAY) / NS_PER_DAY
        year, month, date, _ = erfa.jd2cal(J2000_JD - 0.5, day.astype(np.float64))
        offset[defined] = np.round(erfa.dat(year, month, date, within) * NS_PER_S).astype(np.int64)
    return offset


def utc_ns_to_tai_ns(utc_ns: Ints | int) -> Ints:
    """Convert UTC ns (days of 86,400 s) to TAI ns; any shape.

    A time inside a leap second has no UTC ns: :func:`parse_utc` takes it from text instead.
    """
    values = np.asarray(utc_ns, dtype=np.int64)
    change_utc, offset, _ = _leap_table()
    k = np.searchsorted(change_utc, values, side="right") - 1
    result = np.asarray(values + offset[np.maximum(k, 0)], dtype=np.int64)
    early = k < 0
    if early.any():
        result[early] = values[early] + _offset_before_1972(values[early])
    return result


def tai_ns_to_utc_ns(tai_ns: Ints | int) -> Ints:
    """Convert TAI ns to UTC ns; any shape. Inside a leap second the last nanosecond before it is returned."""
    values = np.asarray(tai_ns, dtype=np.int64)
    change_utc, offset, change_tai = _leap_table()
    k = np.searchsorted(change_tai, values, side="right") - 1
    result = values - offset[np.maximum(k, 0)]
    has_next = k + 1 < change_utc.shape[0]
    limit = change_utc[np.minimum(k + 1, change_utc.shape[0] - 1)] - 1
    result = np.asarray(np.where(has_next & (k >= 0), np.minimum(result, limit), result), dtype=np.int64)
    early = k < 0
    if early.any():
        tai = values[early]
        utc = tai - _offset_before_1972(tai)
        for _ in range(2):  # the rate of UTC is 3e-8: the second pass is exact
            utc = tai - _offset_before_1972(utc)
        result[early] = utc
    return result


def leap_seconds_between(start_tai_ns: int, stop_tai_ns: int) -> int:
    """Return by how many seconds TAI - UTC grows from one epoch to another (1972 or later)."""
    _, offset, change_tai = _leap_table()
    k = np.searchsorted(change_tai, [start_tai_ns, stop_tai_ns], side="right") - 1
    before, after = offset[np.maximum(k, 0)]
    return int(after - before) // NS_PER_S


def tai_ns_to_tt_ns(tai_ns: Ints | int) -> Ints:
    """Convert TAI ns to TT ns (32.184 s ahead); any shape."""
    return np.asarray(tai_ns, dtype=np.int64) + TT_MINUS_TAI_NS


def tt_ns_to_tai_ns(tt_ns: Ints | int) -> Ints:
    """Convert TT ns to TAI ns; any shape."""
    return np.asarray(tt_ns, dtype=np.int64) - TT_MINUS_TAI_NS


def tai_ns_to_gps_ns(tai_ns: Ints | int) -> Ints:
    """Convert TAI ns to GPS ns (19 s behind); any shape."""
    return np.asarray(tai_ns, dtype=np.int64) - TAI_MINUS_GPS_NS


def gps_ns_to_tai_ns(gps_ns: Ints | int) -> Ints:
    """Convert GPS ns to TAI ns; any shape."""
    return np.asarray(gps_ns, dtype=np.int64) + TAI_MINUS_GPS_NS


def _tdb_minus_tt_ns(tt_ns: Ints) -> Ints:
    """Return TDB - TT at the geocenter in ns (Fairhead and Bretagnon 1990, as erfa has it)."""
    jd, fraction = split_jd(tt_ns)
    return np.asarray(np.round(erfa.dtdb(jd, fraction, 0.0, 0.0, 0.0, 0.0) * NS_PER_S), dtype=np.int64)


def tai_ns_to_tdb_ns(tai_ns: Ints | int) -> Ints:
    """Convert TAI ns to TDB ns at the geocenter; any shape.

    The topocentric terms (2 microseconds) are left out; the series is good to 10 microseconds (1950-2050).
    """
    tt = tai_ns_to_tt_ns(tai_ns)
    return tt + _tdb_minus_tt_ns(tt)


def tdb_ns_to_tai_ns(tdb_ns: Ints | int) -> Ints:
    """Convert TDB ns to TAI ns, the inverse of :func:`tai_ns_to_tdb_ns` to 1 ns; any shape."""
    tdb = np.asarray(tdb_ns, dtype=np.int64)
    tt = tdb - _tdb_minus_tt_ns(tdb)  # TDB as argument: off by at most 2 ms at a rate of 3e-10
    return tt_ns_to_tai_ns(tt)


def to_tai_ns(count_ns: Ints | int, scale: TimeScale) -> Ints:
    """Convert a count of ``scale`` (nanoseconds past J2000 on its clock) to TAI ns; any shape."""
    convert = {
        TimeScale.UTC: utc_ns_to_tai_ns,
        TimeScale.TT: tt_ns_to_tai_ns,
        TimeScale.TDB: tdb_ns_to_tai_ns,
        TimeScale.GPS: gps_ns_to_tai_ns,
    }.get(scale)
    return convert(count_ns) if convert else np.asarray(count_ns, dtype=np.int64)


def from_tai_ns(tai_ns: Ints | int, scale: TimeScale) -> Ints:
    """Convert TAI ns to a count of ``scale`` (nanoseconds past J2000 on its clock); any shape."""
    convert = {
        TimeScale.UTC: tai_ns_to_utc_ns,
        TimeScale.TT: tai_ns_to_tt_ns,
        TimeScale.TDB: tai_ns_to_tdb_ns,
        TimeScale.GPS: tai_ns_to_gps_ns,
    }.get(scale)
    return convert(tai_ns) if convert else np.asarray(tai_ns, dtype=np.int64)


def split_jd(count_ns: Ints | int) -> tuple[Floats, Floats]:
    """Return a count of any scale as Julian day at midnight and day fraction in [0, 1); any shape.

    The two parts together keep the nanosecond, which one float64 Julian day (40 microseconds) does not.
    """
    count = np.asarray(count_ns, dtype=np.int64)
    half = NS_PER_DAY // 2
    day = (count + half) // NS_PER_DAY
    fraction = (count + half - day * NS_PER_DAY) / NS_PER_DAY
    return np.asarray(day + (J2000_JD - 0.5), dtype=np.float64), np.asarray(fraction, dtype=np.float64)


def tai_ns_to_utc_jd(tai_ns: Ints | int) -> tuple[Floats, Floats]:
    """Return UTC as Julian day at midnight and day fraction, the form that SGP4 codes take; any shape."""
    return split_jd(tai_ns_to_utc_ns(tai_ns))


def mjd_to_count_ns(mjd: Floats | float) -> Ints:
    """Convert Modified Julian Days to nanoseconds past J2000 of the same scale (exact for whole days)."""
    return np.asarray(np.round((np.asarray(mjd) - (J2000_JD - MJD_JD)) * 86_400.0), dtype=np.int64) * NS_PER_S


def utc_datetime64_to_tai_ns(times: NDArray[Any]) -> Ints:
    """Convert an array of UTC ``datetime64`` (any unit) to TAI ns."""
    seconds = times.astype("datetime64[s]")
    fraction_ns = (times - seconds).astype("timedelta64[ns]").astype(np.int64)
    return utc_ns_to_tai_ns((seconds.astype(np.int64) - _J2000_MINUS_UNIX_S) * NS_PER_S + fraction_ns)


def parse_utc(text: str, *, where: str = "") -> int:
    """Read an ISO 8601 UTC time (calendar or day-of-year date, any number of decimals) to TAI ns.

    Decimals beyond the nanosecond are rounded; second 60 is accepted where a leap second was inserted.

    Raises
    ------
    FormatError
        If the text is not a time, or one outside the years 1708 to 2292.
    """
    return parse_time(text, TimeScale.UTC, where=where)


def parse_time(text: str, scale: TimeScale, *, where: str = "") -> int:
    """Read an ISO 8601 time of ``scale`` to TAI ns; forms and errors as :func:`parse_utc`."""
    match = _TIME_TEXT.fullmatch(text)
    if match is None:
        raise FormatError(
            f"'{text}' is not a {scale} time", where=where, remedy="write it as 2024-11-01T00:00:00Z"
        )
    year, month, day, doy, hour, minute, second, decimals = match.groups()
    try:
        date = _day_number(year, month, day, doy)
    except ValueError:
        raise FormatError(f"'{text}' has no such day", where=where) from None
    h, m, s = int(hour or 0), int(minute or 0), int(second or 0)
    if h > 23 or m > 59 or s > 60 or (s == 60 and scale is not TimeScale.UTC):
        raise FormatError(f"'{text}' has no such time of day", where=where)
    fraction_ns = (int((decimals or "0")[:10].ljust(10, "0")) + 5) // 10
    day_ns = date * NS_PER_DAY - _J2000_MINUS_UNIX_NS
    if not TAI_NS_MIN < day_ns < TAI_NS_MAX - NS_PER_DAY:
        raise FormatError(f"'{text}' is outside the years 1708 to 2292", where=where)
    if s == 60:
        inside = int(utc_ns_to_tai_ns(day_ns + (h * 3600 + m * 60 + 59) * NS_PER_S)) + NS_PER_S
        if int(tai_ns_to_utc_ns(inside)) != day_ns + NS_PER_DAY - 1:
            raise FormatError(f"'{text}': no leap second was inserted there", where=where)
        return inside + fraction_ns
    second_ns = day_ns + (h * 3600 + m * 60 + s) * NS_PER_S
    if fraction_ns == NS_PER_S:  # rounded up, perhaps into a leap second, which has no UTC ns
        return int(to_tai_ns(second_ns, scale)) + fraction_ns
    return int(to_tai_ns(second_ns + fraction_ns, scale))


def _day_number(year: str, month: str | None, day: str | None, doy: str | None) -> int:
    """Return days since 1970-01-01 of a calendar or day-of-year date; ValueError where there is none."""
    if doy is None:
        return int(np.datetime64(f"{year}-{int(month or 0):02d}-{int(day or 0):02d}", "D").astype(np.int64))
    date = np.datetime64(f"{year}-01-01", "D") + (int(doy) - 1)
    if not 1 <= int(doy) <= 366 or str(date)[:4] != year:
        raise ValueError
    return int(date.astype(np.int64))


def parse_time_array(texts: Sequence[str], scale: TimeScale = TimeScale.UTC, *, where: str = "") -> Ints:
    """Read many times of one scale as :func:`parse_time` does (0.4 microseconds each in the common form)."""
    if not texts or not all(map(_PLAIN_TEXT.fullmatch, texts)):
        return np.array([parse_time(t, scale, where=where) for t in texts], dtype=np.int64)
    try:
        stamps = np.array([t.rstrip("Z") for t in texts], dtype="datetime64[ns]")
    except ValueError:  # a 31st of June: name it
        return np.array([parse_time(t, scale, where=where) for t in texts], dtype=np.int64)
    return to_tai_ns(stamps.astype(np.int64) - _J2000_MINUS_UNIX_NS, scale)


def _rounded_utc_ns(tai_ns: Ints, unit: int) -> tuple[Ints, Ints]:
    """Return (UTC ns, ns into a leap second) of epochs rounded to ``unit`` ns on the clock of UTC."""
    rounded = (tai_ns + unit // 2) // unit * unit  # right since 1972: TAI - UTC is whole seconds
    utc = tai_ns_to_utc_ns(rounded)
    change_tai = _leap_table()[2]
    early = rounded < change_tai[0]
    if early.any():
        utc[early] = (tai_ns_to_utc_ns(tai_ns[early]) + unit // 2) // unit * unit
    into_leap = np.where(early, 0, np.maximum(rounded - utc_ns_to_tai_ns(utc), 0))
    return utc, np.asarray(into_leap, dtype=np.int64)


def format_utc_array(tai_ns: Ints, *, decimals: int = 3) -> NDArray[np.str_]:
    """Write epochs of any shape as :func:`format_utc` does."""
    unit = 10 ** (9 - decimals)
    epochs = np.asarray(tai_ns, dtype=np.int64)
    if epochs.size == 0:
        return np.empty(epochs.shape, dtype="U1")
    utc, into_leap = _rounded_utc_ns(epochs, unit)
    seconds = utc // NS_PER_S
    fraction = utc - seconds * NS_PER_S
    stamps = (seconds + _J2000_MINUS_UNIX_S).astype("datetime64[s]")  # in ns it would end in 2262
    texts = np.datetime_as_string(stamps, unit="s").astype("U19")
    leap = into_leap > 0
    if leap.any():
        texts[leap] = np.char.add(np.char.ljust(texts[leap], 17).astype("U17"), "60")
        fraction = np.where(leap, into_leap - 1, fraction)
    if decimals:
        digits = np.char.zfill((fraction // unit).astype(f"U{decimals}"), decimals)
        texts = np.char.add(np.char.add(texts, "."), digits)
    return np.char.add(texts, "Z")


def format_utc(tai_ns: int, *, decimals: int = 3) -> str:
    """Write TAI ns as ISO 8601 UTC with ``Z`` and 0 to 9 decimals (rounded), a leap second as :60."""
    return str(format_utc_array(np.array([tai_ns], dtype=np.int64), decimals=decimals)[0])
