"""Time scales: UTC at the edges, int64 nanoseconds of TAI past J2000 inside.

An epoch is an int64 count of nanoseconds of TAI since 2000-01-01T12:00:00 TAI ("TAI ns"). It is exact,
sortable and covers 1708 to 2292. UTC is needed in two ways: as text (ISO 8601 with ``Z``) and as the
count of nanoseconds past 2000-01-01T12:00:00 UTC without leap seconds ("UTC ns"), which is the time in
which SGP4 elements and Julian days are reckoned. Leap seconds are those of erfa (IERS); before 1972 the
rate of UTC is that of erfa, rounded to the nanosecond.
"""

from __future__ import annotations

import re
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
"""Julian day of the zero of both counts, each in its own scale."""

_J2000_MINUS_UNIX_NS = 946_728_000 * NS_PER_S
_EPOCH_SPAN_NS = 292 * 365 * NS_PER_DAY
"""How far from J2000 a day may begin, in ns: inside what int64 holds, with room for the day itself."""
_UTC_TEXT = re.compile(
    r"\s*(\d{4})-(?:(\d{1,2})-(\d{1,2})|(\d{3}))"
    r"(?:[T ](\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d*))?)?\s*(?:Z|[+]00:?00)?\s*",
    re.ASCII,
)


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
    jd = utc_ns / NS_PER_DAY + J2000_JD
    year, month, day, fraction = erfa.jd2cal(J2000_JD, utc_ns / NS_PER_DAY)
    seconds = np.where(jd < 2436934.5, 0.0, erfa.dat(np.maximum(year, 1960), month, day, fraction))
    return np.round(seconds * NS_PER_S).astype(np.int64)


def utc_ns_to_tai_ns(utc_ns: Ints | int) -> Ints:
    """Convert UTC ns (days of 86,400 s) to TAI ns; any shape.

    A time inside a leap second has no UTC ns: :func:`parse_utc` takes it from text instead.
    """
    values = np.asarray(utc_ns, dtype=np.int64)
    change_utc, offset, _ = _leap_table()
    k = np.searchsorted(change_utc, values, side="right") - 1
    result = values + offset[np.maximum(k, 0)]
    early = k < 0
    if early.any():
        result = np.where(early, values + _offset_before_1972(values), result)
    return np.asarray(result, dtype=np.int64)


def tai_ns_to_utc_ns(tai_ns: Ints | int) -> Ints:
    """Convert TAI ns to UTC ns; any shape. Inside a leap second the last nanosecond before it is returned."""
    values = np.asarray(tai_ns, dtype=np.int64)
    change_utc, offset, change_tai = _leap_table()
    k = np.searchsorted(change_tai, values, side="right") - 1
    result = values - offset[np.maximum(k, 0)]
    has_next = k + 1 < change_utc.shape[0]
    limit = change_utc[np.minimum(k + 1, change_utc.shape[0] - 1)] - 1
    result = np.where(has_next & (k >= 0), np.minimum(result, limit), result)
    early = k < 0
    if early.any():
        guess = values - _offset_before_1972(values)
        result = np.where(early, values - _offset_before_1972(guess), result)
    return np.asarray(result, dtype=np.int64)


def parse_utc(text: str, *, where: str = "") -> int:
    """Read an ISO 8601 UTC time (calendar or day-of-year date, any number of decimals) to TAI ns.

    Decimals beyond the nanosecond are rounded; second 60 is accepted where a leap second was inserted.

    Raises
    ------
    FormatError
        If the text is not a time.
    """
    match = _UTC_TEXT.fullmatch(text)
    if match is None:
        raise FormatError(
            f"'{text}' is not a UTC time", where=where, remedy="write it as 2024-11-01T00:00:00Z"
        )
    year, month, day, doy, hour, minute, second, decimals = match.groups()
    try:
        if doy:
            date = np.datetime64(f"{year}-01-01", "D") + (int(doy) - 1)
            if not 1 <= int(doy) <= 366 or str(date)[:4] != year:
                raise ValueError
        else:
            date = np.datetime64(f"{year}-{int(month):02d}-{int(day):02d}", "D")
    except ValueError:
        raise FormatError(f"'{text}' has no such day", where=where) from None
    h, m, s = int(hour or 0), int(minute or 0), int(second or 0)
    if h > 23 or m > 59 or s > 60:
        raise FormatError(f"'{text}' has no such time of day", where=where)
    fraction_ns = round(int((decimals or "0")[:12].ljust(12, "0")) / 1000)
    day_ns = (int(date.astype(np.int64)) * 86_400) * NS_PER_S - _J2000_MINUS_UNIX_NS
    if not -_EPOCH_SPAN_NS < day_ns < _EPOCH_SPAN_NS:
        raise FormatError(f"'{text}' is not within 1708 to 2291", where=where)
    if s == 60:
        inside = int(utc_ns_to_tai_ns(day_ns + (h * 3600 + m * 60 + 59) * NS_PER_S)) + NS_PER_S
        if int(tai_ns_to_utc_ns(inside)) != day_ns + NS_PER_DAY - 1:
            raise FormatError(f"'{text}': no leap second was inserted there", where=where)
        return inside + fraction_ns
    return int(utc_ns_to_tai_ns(day_ns + (h * 3600 + m * 60 + s) * NS_PER_S + fraction_ns))


def utc_datetime64_to_tai_ns(times: NDArray[Any]) -> Ints:
    """Convert an array of UTC ``datetime64`` (any unit) to TAI ns."""
    return utc_ns_to_tai_ns(times.astype("datetime64[ns]").astype(np.int64) - _J2000_MINUS_UNIX_NS)


def format_utc(tai_ns: int, *, decimals: int = 3) -> str:
    """Write TAI ns as ISO 8601 UTC with ``Z``, 0 to 9 decimals (rounded to nearest), leap seconds as :60."""
    unit = 10 ** (9 - decimals)
    rounded = (int(tai_ns) + unit // 2) // unit * unit
    utc = int(tai_ns_to_utc_ns(rounded))
    into_leap = rounded - int(utc_ns_to_tai_ns(utc))
    if into_leap > 0:
        date = np.datetime64(utc // NS_PER_S * NS_PER_S + _J2000_MINUS_UNIX_NS, "ns").astype("datetime64[D]")
        fraction = f".{(into_leap - 1) // unit:0{decimals}d}" if decimals else ""
        return f"{date}T23:59:60{fraction}Z"
    text = str(np.datetime64(utc + _J2000_MINUS_UNIX_NS, "ns"))
    return (text[: 20 + decimals] if decimals else text[:19]) + "Z"


def format_utc_array(tai_ns: Ints, *, decimals: int = 3) -> NDArray[np.str_]:
    """Write many times as :func:`format_utc` does (a leap second shows as the end of the second before)."""
    unit = 10 ** (9 - decimals)
    rounded = (np.asarray(tai_ns, dtype=np.int64) + unit // 2) // unit * unit
    stamps = (tai_ns_to_utc_ns(rounded) + _J2000_MINUS_UNIX_NS).view("datetime64[ns]")
    texts = np.datetime_as_string(stamps, unit="ns")
    width = 20 + decimals if decimals else 19
    return np.char.add(texts.astype(f"U{width}"), "Z")


def tai_ns_to_utc_jd(tai_ns: Ints | int) -> tuple[Floats, Floats]:
    """Return UTC as Julian day at midnight and day fraction, the form that SGP4 codes take; any shape."""
    utc = tai_ns_to_utc_ns(tai_ns)
    half = NS_PER_DAY // 2
    day = (utc + half) // NS_PER_DAY
    jd = np.asarray(day + (J2000_JD - 0.5), dtype=np.float64)
    return jd, np.asarray((utc + half - day * NS_PER_DAY) / NS_PER_DAY, dtype=np.float64)
