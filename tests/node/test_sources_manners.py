"""When a provider may be asked: laws of the budget arithmetic, and hours read off a wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.astro.timescales import NS_PER_S, format_utc, parse_utc
from skypact.node.sources.manners import (
    ARRIVAL_LAG_S,
    BACKOFF_S,
    Hours,
    Limit,
    earliest_hour,
    earliest_within,
    next_pull,
    next_try,
)

NOW = parse_utc("2026-10-31T13:40:00Z")
MINUTE = Limit(25, 60)
HOUR = Limit(250, 3600)


def most_within(times_s: list[float], window_s: float) -> int:
    """Count by brute force: the most events in any window that begins at an event."""
    return max((sum(1 for t in times_s if s <= t < s + window_s) for s in times_s), default=0)


@given(
    gaps_s=st.lists(st.floats(0, 400), min_size=1, max_size=120),
    requests_max=st.integers(1, 6),
    window_s=st.integers(1, 900),
)
def test_no_window_ever_holds_more_requests_than_its_limit(
    gaps_s: list[float], requests_max: int, window_s: int
) -> None:
    limit = Limit(requests_max, window_s)
    now, granted = NOW, []
    for gap_s in gaps_s:
        now += int(gap_s * NS_PER_S)
        if earliest_within([limit], granted, now) == now:
            granted.append(now)
    assert granted, "the first request is always free"
    seconds = [(t - NOW) / NS_PER_S for t in granted]
    assert most_within(seconds, window_s) <= requests_max


@given(
    gaps_s=st.lists(st.floats(0, 60), min_size=1, max_size=100),
    delays_s=st.lists(st.floats(0, ARRIVAL_LAG_S), min_size=100, max_size=100),
)
def test_no_minute_of_the_provider_is_overfull_when_requests_arrive_late(
    gaps_s: list[float], delays_s: list[float]
) -> None:
    limit = Limit(3, 60)
    now, arrivals, granted = NOW, [], []
    for gap_s, delay_s in zip(gaps_s, delays_s):
        now += int(gap_s * NS_PER_S)
        if earliest_within([limit], granted, now) == now:
            granted.append(now)
            arrivals.append((now - NOW) / NS_PER_S + delay_s)
    assert most_within(sorted(arrivals), 60) <= 3


@given(ages_s=st.lists(st.floats(0, 5000), max_size=300))
def test_the_time_named_is_free_and_a_nanosecond_before_is_not(ages_s: list[float]) -> None:
    asked = [NOW - int(age_s * NS_PER_S) for age_s in ages_s]
    free = earliest_within([MINUTE, HOUR], asked, NOW)
    assert free >= NOW
    assert earliest_within([MINUTE, HOUR], asked, free) == free
    if free > NOW:
        assert earliest_within([MINUTE, HOUR], asked, free - 1) == free


def test_the_26th_request_of_a_minute_waits_and_the_25th_does_not() -> None:
    asked = [NOW - i * NS_PER_S for i in range(24)]
    assert earliest_within([MINUTE], asked, NOW) == NOW
    asked.append(NOW)
    oldest = NOW - 23 * NS_PER_S
    assert earliest_within([MINUTE], asked, NOW) == oldest + (60 + ARRIVAL_LAG_S) * NS_PER_S


def as_datetime(tai_ns: int) -> datetime:
    return datetime.fromisoformat(format_utc(tai_ns, decimals=6))


@given(
    second=st.integers(0, 40 * 86400),
    nanosecond=st.integers(0, 999_999_999),
    fraction=st.floats(0, 1, exclude_max=True),
    hours=st.sampled_from(list(Hours)),
)
def test_hours_allowed_are_what_a_wall_clock_says(
    second: int, nanosecond: int, fraction: float, hours: Hours
) -> None:
    asked = parse_utc("2026-06-15T00:00:00Z") + second * NS_PER_S + nanosecond
    when = earliest_hour(hours, asked, fraction)
    assert when >= asked
    assert earliest_hour(hours, when, fraction) == when, "the time named is itself allowed"
    clock = as_datetime(when)
    match hours:
        case Hours.ANY:
            assert when == asked
        case Hours.OFF_HALF_HOUR:
            into = timedelta(minutes=clock.minute % 30, seconds=clock.second, microseconds=clock.microsecond)
            assert timedelta(minutes=4) <= into <= timedelta(minutes=26)
            assert clock - as_datetime(asked) < timedelta(minutes=31)
        case Hours.AFTER_17:
            assert clock.hour >= 17
            assert clock - as_datetime(asked) < timedelta(days=1)
        case Hours.WEDNESDAY_AFTER_17:
            assert clock.hour >= 17
            assert clock.strftime("%A") == "Wednesday"
            assert clock - as_datetime(asked) < timedelta(days=7)


@pytest.mark.parametrize("minute", [0, 30])
def test_minutes_0_and_30_are_never_allowed_for_element_sets(minute: int) -> None:
    for second in range(60):
        asked = parse_utc(f"2026-10-31T13:{minute:02d}:{second:02d}Z")
        assert as_datetime(earliest_hour(Hours.OFF_HALF_HOUR, asked)).minute == minute + 4


@given(fraction=st.floats(0, 1, exclude_max=True), hours=st.sampled_from(list(Hours)))
def test_a_next_pull_is_never_before_the_interval(fraction: float, hours: Hours) -> None:
    later = next_pull(hours, NOW, 7200, 720, fraction)
    assert later >= NOW + 7200 * NS_PER_S
    if hours is Hours.ANY:
        assert later <= NOW + 7920 * NS_PER_S


def test_next_pulls_are_spread_so_that_nodes_do_not_ask_in_step() -> None:
    later = {next_pull(Hours.OFF_HALF_HOUR, NOW, 3600, 360, i / 50) for i in range(50)}
    assert len(later) == 50


def test_tries_after_silence_grow_rarer_up_to_the_interval() -> None:
    waits_s = [(next_try(NOW, n, BACKOFF_S, 7200, 0.0) - NOW) / NS_PER_S for n in range(1, 8)]
    assert waits_s == [BACKOFF_S, 1800, 3600, 7200, 7200, 7200, 7200]
    assert next_try(NOW, 10**6, BACKOFF_S, 7200, 0.0) == NOW + 7200 * NS_PER_S
    assert next_try(NOW, 1, 7200, 86400, 0.999) > NOW + 7200 * NS_PER_S


def test_as_datetime_reads_what_the_standard_library_reads() -> None:
    assert as_datetime(NOW) == datetime(2026, 10, 31, 13, 40, tzinfo=UTC)
