"""Earth orientation: the IERS files, interpolation, coverage and UT1."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.astro import earth
from skypact.astro.constants import ARCSEC_RAD
from skypact.astro.timescales import NS_PER_DAY, format_utc, mjd_to_count_ns, parse_utc, utc_ns_to_tai_ns
from skypact.errors import FormatError, FrameError
from skypact.node.desk.earth_orientation import packaged_earth_orientation
from tests.astro.orientation_cases import astropy_orientation, constant_orientation


@pytest.fixture(scope="module")
def packaged():
    return packaged_earth_orientation()


def test_packaged_table_covers_the_space_age_without_a_gap(packaged):
    assert format_utc(packaged.start_tai_ns)[:10] == "1962-01-01"
    assert packaged.stop_tai_ns > parse_utc("2026-12-31")
    assert packaged.start_tai_ns < packaged.predicted_from_tai_ns < packaged.stop_tai_ns
    days = np.diff(packaged.epoch_tai_ns) / NS_PER_DAY
    assert days.min() > 0.99999
    assert days.max() < 1.00002
    assert "predicted from 20" in packaged.coverage


def test_packaged_values_are_those_of_astropy(packaged):
    """Both read the same files; astropy takes Bulletin A in the last weeks, hence 1 mas and 0.1 ms."""
    theirs = astropy_orientation()
    epochs = np.random.default_rng(1).integers(parse_utc("1990-01-01"), parse_utc("2026-06-01"), 500)
    ours, reference = packaged.at(epochs), theirs.at(epochs)
    assert np.abs(ours.x_pole_rad - reference.x_pole_rad).max() < 1e-9 * ARCSEC_RAD
    assert np.abs(ours.y_pole_rad - reference.y_pole_rad).max() < 1e-9 * ARCSEC_RAD
    assert np.abs(ours.ut1_minus_tai_s - reference.ut1_minus_tai_s).max() < 1e-9
    late = np.arange(parse_utc("2026-06-01"), packaged.stop_tai_ns, NS_PER_DAY)
    ours, reference = packaged.at(late), theirs.at(late)
    assert np.abs(ours.x_pole_rad - reference.x_pole_rad).max() < 1e-3 * ARCSEC_RAD
    assert np.abs(ours.ut1_minus_tai_s - reference.ut1_minus_tai_s).max() < 1e-4


def test_packaged_values_agree_with_celestrak(packaged, shared_data):
    with gzip.open(shared_data / "environment" / "EOP-All.csv.gz", "rt") as lines:
        rows = [line.strip().split(",") for line in lines][1:]
    rows = [row for row in rows if row[11] == "O" and row[0] >= "1990"][::50]
    mjd = np.array([float(row[1]) for row in rows])
    columns = np.array([[float(x) for x in row[2:10]] for row in rows]).T
    epochs = utc_ns_to_tai_ns(mjd_to_count_ns(mjd))
    ours = packaged.at(epochs)
    utc_minus_tai_s = (mjd_to_count_ns(mjd) - epochs) / 1e9
    assert np.abs(ours.x_pole_rad / ARCSEC_RAD - columns[0]).max() < 5e-4
    assert np.abs(ours.y_pole_rad / ARCSEC_RAD - columns[1]).max() < 5e-4
    assert np.abs(ours.ut1_minus_tai_s - utc_minus_tai_s - columns[2]).max() < 5e-5
    assert np.abs(ours.excess_day_s - columns[3]).max() < 1e-3
    assert np.abs(ours.dx_rad / ARCSEC_RAD - columns[6]).max() < 1e-3


def test_ut1_does_not_jump_in_a_leap_second(packaged):
    leap = parse_utc("2016-12-31T23:59:60Z")
    epochs = leap + np.arange(-2, 3, dtype=np.int64) * 500_000_000
    steps = np.diff(earth.tai_ns_to_ut1_ns(epochs, packaged))
    assert np.abs(steps - 500_000_000).max() < 100


@given(st.integers(parse_utc("1973-01-01"), parse_utc("2026-01-01")))
def test_ut1_there_and_back(tai_ns):
    table = packaged_earth_orientation()
    ut1 = earth.tai_ns_to_ut1_ns(tai_ns, table)
    assert abs(int(earth.ut1_ns_to_tai_ns(ut1, table)) - tai_ns) <= 1


def test_rotation_angles_at_j2000():
    """Earth rotation angle 280.46061837504 deg (IERS Conventions 2010, 5.15); GMST82 18h41m50.54841s."""
    assert np.degrees(earth.earth_rotation_angle_rad(0)) == pytest.approx(280.46061837504, abs=1e-11)
    gmst_hours = np.degrees(earth.mean_sidereal_time_1982_rad(0)) / 15.0
    assert gmst_hours == pytest.approx(18 + 41 / 60 + 50.54841 / 3600, abs=1e-9)


def test_outside_the_table_is_a_named_error_unless_held(packaged):
    late = packaged.stop_tai_ns + NS_PER_DAY
    with pytest.raises(FrameError, match=r"predicted from 20.*no Earth orientation for 20") as caught:
        packaged.at(late)
    assert "held" in caught.value.remedy
    with pytest.raises(FrameError, match="no Earth orientation for 1957"):
        packaged.at(parse_utc("1957-10-04T19:28:34Z"))
    assert not packaged.covers(np.array([late]))
    held = packaged.hold()
    assert held.at(late).ut1_minus_tai_s == packaged.ut1_minus_tai_s[-1]
    assert held.at(0) == packaged.at(0)


def test_length_of_day_is_the_slope_of_ut1():
    table = constant_orientation(53101.3, ut1_minus_utc_s=-0.44, excess_day_s=0.0015563)
    values = table.at(utc_ns_to_tai_ns(mjd_to_count_ns(53101.3)))
    assert values.excess_day_s == pytest.approx(0.0015563, rel=1e-6)
    assert values.ut1_minus_tai_s == pytest.approx(-32.44, abs=1e-12)


def test_table_of_other_leap_seconds_is_refused():
    days = np.array([57752.0, 57753.0, 57754.0, 57755.0])
    ones = np.ones(4)
    with pytest.raises(FormatError, match="leap seconds"):
        earth.EarthOrientation.from_daily(
            earth.DailyColumns(days, ones, ones, -0.4 * ones, ones, ones), predicted_from_mjd=0.0
        )
    with pytest.raises(FormatError, match="increasing"):
        earth.EarthOrientation.from_daily(
            earth.DailyColumns(days[::-1], ones, ones, ones, ones, ones), predicted_from_mjd=0.0
        )
    with pytest.raises(FormatError, match="missing"):
        earth.EarthOrientation.from_daily(
            earth.DailyColumns(days[:2], np.nan * ones[:2], ones[:2], ones[:2], ones[:2], ones[:2]),
            predicted_from_mjd=0.0,
        )


def test_values_between_days_are_linear(packaged):
    noon = int(packaged.epoch_tai_ns[1000]) + NS_PER_DAY // 2
    expected = packaged.x_pole_rad[1000:1002].mean()
    assert packaged.at(noon).x_pole_rad == pytest.approx(expected, rel=1e-12)


def test_a_fetched_table_continues_the_measured_rows_only_if_it_joins_and_is_newer(packaged):
    def fetched(first_mjd: float) -> earth.EarthOrientation:
        days = first_mjd + np.arange(40.0)
        ones = np.ones(40)
        daily = earth.DailyColumns(days, 0.1 * ones, ones, 0.0 * ones, ones, ones)
        return earth.EarthOrientation.from_daily(daily, predicted_from_mjd=days[30], source="new")

    last_mjd = 51_544.5 + packaged.predicted_from_tai_ns / NS_PER_DAY
    newer = packaged.updated_by(fetched(np.floor(last_mjd) - 5))
    assert newer.predicted_from_tai_ns > packaged.predicted_from_tai_ns
    assert newer.start_tai_ns == packaged.start_tai_ns
    assert (np.diff(newer.epoch_tai_ns) > 0).all()
    assert packaged.updated_by(fetched(np.floor(last_mjd) - 50)) is packaged
    assert packaged.updated_by(fetched(np.floor(last_mjd) + 10)) is packaged
