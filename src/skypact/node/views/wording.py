"""How numbers and times are written for people in reports and summaries."""

from __future__ import annotations

import math

from skypact.astro.timescales import NS_PER_DAY, format_utc, tai_ns_to_utc_ns

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOURS_SHOWN_MAX = 48.0
"""Spans up to two days are told in hours, longer ones in days."""
_WHOLE_DAY = 0.05
"""Spans this near to whole days are told without a decimal."""
_METERS_SHOWN_MAX_KM = 1.0
_DECIMALS_SHOWN_MAX_KM = 100.0
"""Distances below are told in meters."""
_PLAIN_PROBABILITY_MIN = 0.01


def count(number: int) -> str:
    """Write a number of things with separators: 24,344."""
    return f"{number:,}"


def plural(number: int, one: str, many: str = "") -> str:
    """Write a number of things with its noun: ``1 conjunction``, ``3 conjunctions``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def probability(value: float | None) -> str:
    """Write a probability with two digits: 3.1 × 10⁻⁵; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    if value <= 0.0:
        return "0"
    if value >= _PLAIN_PROBABILITY_MIN:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    if math.isclose(value, 10.0 ** int(exponent)):
        return f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def distance(km: float | None) -> str:
    """Write a distance: meters below one kilometer, else kilometers."""
    if km is None or not math.isfinite(km):
        return "–"
    if abs(km) < _METERS_SHOWN_MAX_KM:
        return f"{km * 1000.0:.0f} m"
    return f"{km:.2f} km" if abs(km) < _DECIMALS_SHOWN_MAX_KM else f"{km:,.0f} km"


def day_and_time(tai_ns: int) -> str:
    """Write a moment for reading: ``Wed 25 Nov 06:12``, UTC understood."""
    text = format_utc(tai_ns, decimals=0)
    days_past_j2000 = (int(tai_ns_to_utc_ns(tai_ns)) + NS_PER_DAY // 2) // NS_PER_DAY
    weekday = _DAYS[(days_past_j2000 + 5) % 7]  # 2000-01-01 was a Saturday
    return f"{weekday} {int(text[8:10])} {_MONTHS[int(text[5:7]) - 1]} {text[11:16]}"


def day(tai_ns: int) -> str:
    """Write a day: ``Wed 25 Nov``."""
    return day_and_time(tai_ns)[:-6]


def span(days: float) -> str:
    """Write a span of time: hours up to two days, else days."""
    hours = abs(days) * 24.0
    if hours < _HOURS_SHOWN_MAX:
        return f"{hours:.0f} h" if hours >= 1.0 else f"{max(hours * 60.0, 1.0):.0f} min"
    whole = round(abs(days))
    return f"{whole} days" if abs(abs(days) - whole) < _WHOLE_DAY else f"{abs(days):.1f} days"
