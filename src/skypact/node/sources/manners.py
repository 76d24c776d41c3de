"""When a provider may be asked: budgets over sliding windows, intervals, and hours of the day. No I/O.

All times are TAI ns (see :mod:`skypact.astro.timescales`); ``fraction`` is a random number in [0, 1) that
the caller draws, so that many nodes do not ask at the same instant and tests can choose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, tai_ns_to_utc_ns, utc_ns_to_tai_ns

ARRIVAL_LAG_S = 30
"""Longest time from a reservation to the arrival of its request; windows are counted this much longer.

A request that was reserved in one minute and arrives in the next must not be the one too many there.
"""

OFF_HALF_HOUR_S = 240
"""Space-Track asks that element sets are not pulled around minute 0 and 30: this far away from both."""

BACKOFF_S = 900
"""Wait after the first request that reached nobody; doubled with every further one in a row."""

TRY_JITTER = 0.1
"""Random share added to such a wait."""

_HALF_HOUR_S = 1800
_EDITION_HOUR = 17
_WEDNESDAY = 2


@dataclass(frozen=True)
class Limit:
    """At most ``requests_max`` requests in any ``window_s`` seconds."""

    requests_max: int
    window_s: int


class Hours(StrEnum):
    """At which times (UTC) a file may be asked for."""

    ANY = "any time"
    OFF_HALF_HOUR = "away from minutes 0 and 30"
    AFTER_17 = "after 17:00 UTC"
    WEDNESDAY_AFTER_17 = "Wednesday after 17:00 UTC"


def earliest_within(limits: Sequence[Limit], asked_tai_ns: Sequence[int], now_tai_ns: int) -> int:
    """Return the earliest time, not before now, at which one more request keeps every limit.

    Parameters
    ----------
    limits
        The budget of the source.
    asked_tai_ns
        Times of all requests reserved so far, in any order; those of the longest window are enough.
    now_tai_ns
        The present.
    """
    earliest = now_tai_ns
    for limit in limits:
        window_ns = (limit.window_s + ARRIVAL_LAG_S) * NS_PER_S
        recent = sorted(t for t in asked_tai_ns if t > now_tai_ns - window_ns)
        if len(recent) >= limit.requests_max:
            earliest = max(earliest, recent[-limit.requests_max] + window_ns)
    return earliest


def earliest_hour(hours: Hours, tai_ns: int, fraction: float = 0.0) -> int:
    """Return the earliest time, not before ``tai_ns``, that ``hours`` allow.

    Where the time must move to a later slot, ``fraction`` spreads it over that slot.
    """
    utc_s, rest_ns = divmod(int(tai_ns_to_utc_ns(tai_ns)), NS_PER_S)
    if hours is Hours.OFF_HALF_HOUR:
        into_s = utc_s % _HALF_HOUR_S
        if into_s >= OFF_HALF_HOUR_S and into_s + (rest_ns > 0) <= _HALF_HOUR_S - OFF_HALF_HOUR_S:
            return tai_ns
        slot_s = utc_s - into_s + (_HALF_HOUR_S if into_s > OFF_HALF_HOUR_S else 0)
        spread_s = int(fraction * (_HALF_HOUR_S - 2 * OFF_HALF_HOUR_S))
        return int(utc_ns_to_tai_ns((slot_s + OFF_HALF_HOUR_S + spread_s) * NS_PER_S))
    if hours is Hours.ANY:
        return tai_ns
    day_s = NS_PER_DAY // NS_PER_S
    day = (utc_s + day_s // 2) // day_s  # days since 2000-01-01, which was a Saturday
    weekday = (day + 5) % 7
    opens_s = (day * 24 + _EDITION_HOUR - 12) * 3600
    if hours is Hours.WEDNESDAY_AFTER_17 and weekday != _WEDNESDAY:
        opens_s += (_WEDNESDAY - weekday) % 7 * day_s
    if utc_s >= opens_s:
        return tai_ns
    spread_s = int(fraction * (24 - _EDITION_HOUR) * 3600 / 2)
    return int(utc_ns_to_tai_ns((opens_s + spread_s) * NS_PER_S))


def next_pull(hours: Hours, asked_tai_ns: int, interval_s: int, jitter_s: int, fraction: float) -> int:
    """Return when a file may be asked for again: interval, jitter, then the hours allowed."""
    wait_ns = interval_s * NS_PER_S + int(jitter_s * NS_PER_S * fraction)
    return earliest_hour(hours, asked_tai_ns + wait_ns, fraction)


def next_try(asked_tai_ns: int, times: int, first_s: int, longest_s: int, fraction: float) -> int:
    """Return when to try again after ``times`` vain requests in a row: the wait doubles up to the longest."""
    wait_s = min(first_s * 2 ** min(max(times - 1, 0), 16), longest_s)
    return asked_tai_ns + int(wait_s * (1.0 + TRY_JITTER * fraction) * NS_PER_S)
