"""Time scales against astropy, published offsets and their own inverse."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pytest
from astropy.time import Time
from hypothesis import example, given
from hypothesis import strategies as st

from skypact.astro import timescales as ts
from skypact.astro.timescales import TimeScale
from skypact.errors import FormatError

NS = ts.NS_PER_S
YEAR_NS = int(365.25 * ts.NS_PER_DAY)
SINCE_1972 = st.integers(-28 * YEAR_NS, 290 * YEAR_NS)
ALL_EPOCHS = st.integers(ts.TAI_NS_MIN + 2 * ts.NS_PER_DAY, ts.TAI_NS_MAX - 2 * ts.NS_PER_DAY)


def astropy_count_ns(time: Time, scale: str) -> np.ndarray:
    """Nanoseconds past J2000 on the clock of ``scale``, exact to about 0.1 ns from the two-part day."""
    converted = getattr(time, scale)
    days = np.round(converted.jd1 - ts.J2000_JD)
    rest = (converted.jd1 - ts.J2000_JD - days) + converted.jd2
    return days.astype(np.int64) * ts.NS_PER_DAY + np.round(rest * ts.NS_PER_DAY).astype(np.int64)


def quiet_time(*args, **kwargs) -> Time:
    """Make an astropy time without its warnings about far years."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        time = Time(*args, **kwargs)
        _ = time.tai, time.tt, time.tdb
    return time


def random_texts(first_year: int, last_year: int, count: int) -> list[str]:
    rng = np.random.default_rng(20241101)
    start = dt.datetime(first_year, 1, 1)
    span_s = (dt.datetime(last_year, 1, 1) - start).total_seconds()
    return [(start + dt.timedelta(seconds=float(s))).isoformat() for s in rng.uniform(0, span_s, count)]


@pytest.mark.parametrize(("first", "last"), [(1972, 2000), (2000, 2027), (2027, 2100)])
def test_utc_text_equals_astropy_to_the_nanosecond(first, last):
    texts = random_texts(first, last, 500)
    ours = np.array([ts.parse_utc(t) for t in texts])
    theirs = astropy_count_ns(quiet_time(texts, scale="utc"), "tai")
    assert np.abs(ours - theirs).max() <= 1


def test_utc_before_1972_equals_astropy_to_the_nanosecond():
    texts = random_texts(1960, 1972, 500)
    ours = np.array([ts.parse_utc(t) for t in texts])
    theirs = astropy_count_ns(quiet_time(texts, scale="utc"), "tai")
    assert np.abs(ours - theirs).max() <= 1
    back = ts.tai_ns_to_utc_ns(ours)
    assert np.array_equal(ts.utc_ns_to_tai_ns(back), ours)


@pytest.mark.parametrize("scale", [TimeScale.TT, TimeScale.GPS, TimeScale.TDB])
def test_other_scales_equal_astropy(scale):
    texts = random_texts(1981, 2026, 300)
    time = quiet_time(texts, scale="utc")
    tai = np.array([ts.parse_utc(t) for t in texts])
    if scale is TimeScale.GPS:  # astropy counts seconds from 1980-01-06T00:00:00 UTC
        gps_zero_ns = ts.gps_ns_to_tai_ns(0) - ts.parse_utc("1980-01-06T00:00:00Z")
        seconds = ts.from_tai_ns(tai, scale) + gps_zero_ns
        assert np.abs(seconds / NS - time.gps).max() < 5e-7  # one float64 of seconds since 1980
        return
    tolerance_ns = 10 if scale is TimeScale.TDB else 1
    theirs = astropy_count_ns(time, scale.value.lower())
    assert np.abs(ts.from_tai_ns(tai, scale) - theirs).max() <= tolerance_ns


def test_leap_second_of_2016_has_its_own_second():
    last = ts.parse_utc("2016-12-31T23:59:59Z")
    leap = ts.parse_utc("2016-12-31T23:59:60Z")
    next_day = ts.parse_utc("2017-01-01T00:00:00Z")
    assert (leap - last, next_day - leap) == (NS, NS)
    assert leap == astropy_count_ns(Time("2016-12-31T23:59:60", scale="utc"), "tai")
    assert ts.format_utc(leap) == "2016-12-31T23:59:60.000Z"
    assert ts.format_utc(leap + NS // 2, decimals=1) == "2016-12-31T23:59:60.5Z"
    assert ts.leap_seconds_between(last, next_day) == 1
    assert ts.leap_seconds_between(next_day, next_day + YEAR_NS) == 0


def test_every_leap_second_of_the_iers_list_is_there(shared_data):
    lines = (shared_data / "environment" / "leap-seconds.list").read_text().splitlines()
    rows = [line.split()[:2] for line in lines if line and not line.startswith("#")]
    ntp_zero = np.datetime64("1900-01-01", "s")
    for seconds, offset in rows:
        midnight = ntp_zero + np.timedelta64(int(seconds), "s")
        tai = int(ts.utc_datetime64_to_tai_ns(np.array([midnight]))[0])
        assert ts.parse_utc(f"{midnight}Z") == tai
        utc = int(ts.tai_ns_to_utc_ns(tai))
        assert tai - utc == int(offset) * NS
        if offset != "10":
            day_before = str(midnight - np.timedelta64(1, "s"))[:10]
            assert ts.parse_utc(f"{day_before}T23:59:60Z") == tai - NS


def test_posix_time_of_the_year_2000():
    posix_s = 946_684_800
    assert ts.parse_utc("2000-01-01T00:00:00Z") == (posix_s - 946_728_000 + 32) * NS
    assert ts.utc_datetime64_to_tai_ns(np.array([posix_s], "datetime64[s]"))[0] == (-43_200 + 32) * NS
    assert int(ts.from_tai_ns(0, TimeScale.TT)) == 32_184_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-11-01", "2024-11-01T00:00:00.000000000Z"),
        ("2024-306T06:00:00", "2024-11-01T06:00:00.000000000Z"),
        ("2024-11-01 06:00:00,5", "2024-11-01T06:00:00.500000000Z"),
        ("2024-11-01T06:00:00+00:00", "2024-11-01T06:00:00.000000000Z"),
        ("2024-11-1T6:00:00.1234567894", "2024-11-01T06:00:00.123456789Z"),
        ("2024-11-01T23:59:59.9999999999", "2024-11-02T00:00:00.000000000Z"),
        ("2016-12-31T23:59:59.9999999999", "2016-12-31T23:59:60.000000000Z"),
        ("2016-12-31T23:59:60.9999999999", "2017-01-01T00:00:00.000000000Z"),
        ("2290-01-01T00:00:00.000000001Z", "2290-01-01T00:00:00.000000001Z"),
        ("1710-01-01T00:00:00Z", "1710-01-01T00:00:00.000000000Z"),
    ],
)
def test_forms_of_utc_text(text, expected):
    assert ts.format_utc(ts.parse_utc(text), decimals=9) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2024-02-30T00:00:00Z", "2023-366", "2024-000", "2024-11-01T24:00:00Z", "2024-00-01",
        "2024-11-01T00:60:00Z", "2024-11-01T00:00:61Z", "2024-12-31T23:59:60Z", "2016-12-31T22:59:60Z",
        "1965-12-31T23:59:60Z", "9999-01-01T00:00:00Z", "0000-01-01", "1700-01-01",
        "2024-11-01T00:00:00+09:00", "2024-11-01T00:00:00ZZ", "٢٠٢٤-11-01",
    ],
)  # fmt: skip
def test_text_that_is_no_time_is_refused(text):
    with pytest.raises(FormatError) as caught:
        ts.parse_utc(text, where="a.oem:3: EPOCH")
    assert str(caught.value).startswith("a.oem:3: EPOCH: ")
    with pytest.raises(FormatError):
        ts.parse_time_array(["2024-11-01T00:00:00Z", text])


def test_a_leap_second_exists_in_utc_only():
    for scale in (TimeScale.TAI, TimeScale.TT, TimeScale.GPS, TimeScale.TDB):
        with pytest.raises(FormatError):
            ts.parse_time("2016-12-31T23:59:60", scale)


@given(SINCE_1972, st.integers(0, 9))
@example(ts.parse_utc("2016-12-31T23:59:60.999999999Z"), 3)
@example(ts.parse_utc("2016-12-31T23:59:59.9996Z"), 3)
def test_written_and_read_text_is_the_rounded_epoch(tai_ns, decimals):
    unit = 10 ** (9 - decimals)
    text = ts.format_utc(tai_ns, decimals=decimals)
    assert ts.parse_utc(text) == (tai_ns + unit // 2) // unit * unit


@given(st.lists(ALL_EPOCHS, min_size=1, max_size=5))
def test_arrays_of_text_agree_with_single_texts(epochs):
    texts = ts.format_utc_array(np.array(epochs), decimals=9)
    assert [ts.format_utc(e, decimals=9) for e in epochs] == list(texts)
    assert ts.parse_time_array(list(texts)).tolist() == [ts.parse_utc(t) for t in texts]


@given(ALL_EPOCHS, st.sampled_from(list(TimeScale)))
def test_every_scale_there_and_back(tai_ns, scale):
    count = ts.from_tai_ns(tai_ns, scale)
    if scale is TimeScale.UTC and int(ts.utc_ns_to_tai_ns(count)) != tai_ns:
        first_change = ts.parse_utc("1972-01-01T00:00:00Z")
        step_ns = NS if tai_ns > first_change else 10_000_000_000  # a leap second, or a step of the sixties
        assert abs(int(ts.utc_ns_to_tai_ns(count)) - tai_ns) <= step_ns
        return
    assert abs(int(ts.to_tai_ns(count, scale)) - tai_ns) <= (1 if scale is TimeScale.TDB else 0)


@given(SINCE_1972, SINCE_1972)
def test_utc_never_runs_backwards(a, b):
    first, last = sorted((a, b))
    assert ts.tai_ns_to_utc_ns(first) <= ts.tai_ns_to_utc_ns(last)


@given(ALL_EPOCHS)
def test_split_julian_day_keeps_the_nanosecond(count_ns):
    jd, fraction = ts.split_jd(count_ns)
    assert 0.0 <= fraction < 1.0
    days = int(jd - (ts.J2000_JD - 0.5))
    assert days * ts.NS_PER_DAY + round(float(fraction) * ts.NS_PER_DAY) - ts.NS_PER_DAY // 2 == count_ns


def test_utc_julian_day_equals_the_one_of_sgp4():
    from sgp4.conveniences import jday_datetime

    moment = dt.datetime(2024, 11, 1, 6, 30, 15, 250_000, tzinfo=dt.UTC)
    jd, fraction = ts.tai_ns_to_utc_jd(ts.parse_utc(moment.isoformat()[:-6]))
    assert (float(jd), float(fraction)) == pytest.approx(jday_datetime(moment), abs=1e-12)


def test_shapes_are_kept():
    grid = np.arange(6, dtype=np.int64).reshape(2, 3) * NS
    for scale in TimeScale:
        assert ts.from_tai_ns(grid, scale).shape == (2, 3)
        assert ts.to_tai_ns(grid, scale).shape == (2, 3)
    assert ts.format_utc_array(grid).shape == (2, 3)
    assert ts.parse_time_array([]).shape == (0,)
    assert ts.format_utc_array(np.array([], dtype=np.int64)).shape == (0,)
