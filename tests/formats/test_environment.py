"""CelesTrak's Earth orientation and space weather."""

from __future__ import annotations

from pathlib import Path

import astropy_iers_data
import numpy as np
import pytest

from skypact.errors import FormatError
from skypact.formats.environment import read_eop_csv, read_space_weather_csv
from skypact.formats.iers import read_eop_c04
from skypact.formats.reading import RawInput, unpack

DATA = Path(__file__).parents[1] / "data" / "elements"


def test_earth_orientation_days() -> None:
    table, report = read_eop_csv(RawInput("eop.csv", (DATA / "eop.csv").read_bytes()))
    assert table.daily.mjd_utc.tolist() == [60735, 60736, 60738, 60740]
    assert table.daily.x_pole_arcsec.tolist() == [0.010, 0.011, 0.013, 0.015]
    assert table.daily.dx_arcsec[1] == 0.00031
    assert np.isnan([table.daily.dx_arcsec[2], table.lod_s[2]]).all()
    assert table.predicted.tolist() == [False, False, True, True]
    assert [(r.line, r.field_name) for r in report.rejected] == [(5, "DATE"), (6, "X")]
    assert report.warnings == ["eop.csv: 2 gaps, the first after MJD 60736"]
    assert table.orientation("eop.csv").x_pole_rad[0] == pytest.approx(0.010 / 206264.80624709636, rel=1e-12)


def test_space_weather_days_and_months() -> None:
    table, report = read_space_weather_csv(RawInput("sw.csv", (DATA / "space_weather.csv").read_bytes()))
    assert not report.rejected
    assert table.mjd_utc.tolist() == [60735, 60736, 60766]
    assert table.kp[0].tolist() == [1.0, 1.3, 1.7, 2.0, 2.3, 2.7, 3.0, 3.3]
    assert table.ap[0].tolist() == [4, 5, 6, 7, 9, 12, 15, 18]
    assert table.f107_observed_sfu.tolist() == [150.5, 151.5, 140.0]
    assert table.f107_adjusted_last81_sfu.tolist() == [150.4, 150.4, 141.0]
    assert np.isnan(table.kp[2]).all()
    assert table.kind.tolist() == ["OBS", "PRD", "PRM"]


@pytest.mark.parametrize("content", ["", "A,B\n1,2\n", "<html>"])
def test_what_is_no_such_table_is_one_error(content: str) -> None:
    for reader in (read_eop_csv, read_space_weather_csv):
        with pytest.raises(FormatError):
            reader(RawInput("x", content.encode()))


def test_table_without_a_good_day_is_one_error() -> None:
    lines = (DATA / "eop.csv").read_text().splitlines()
    with pytest.raises(FormatError, match="no good day"):
        read_eop_csv(RawInput("x", f"{lines[0]}\n{lines[5]}\n".encode()))


def test_real_tables_are_read_whole(shared_data: Path) -> None:
    def read(name: str) -> RawInput:
        return next(unpack(RawInput(name, (shared_data / "environment" / name).read_bytes())))

    eop, report = read_eop_csv(read("EOP-All.csv.gz"))
    assert (len(eop), report.rejected, report.warnings) == (23_611, [], [])
    assert eop.daily.mjd_utc[[0, -1]].tolist() == [37_665, 61_275]
    assert int(eop.predicted.sum()) == 181
    weather, report = read_space_weather_csv(read("SW-All.csv.gz"))
    assert (len(weather), report.rejected) == (25_214, [])
    assert weather.kind.tolist().count("PRM") == 186


def test_celestrak_agrees_with_the_iers(shared_data: Path) -> None:
    """All measured days since 1962, two distributions of one series: UT1 to 50 us, poles to 0.2 mas."""
    iers = read_eop_c04(RawInput("EOP C04", Path(astropy_iers_data.IERS_B_FILE).read_bytes()))
    packed = RawInput("EOP", (shared_data / "environment" / "EOP-All.csv.gz").read_bytes())
    eop, _ = read_eop_csv(next(unpack(packed)))
    ours = eop.orientation("EOP")
    common = np.isin(ours.epoch_tai_ns, iers.epoch_tai_ns) & ~eop.predicted
    rows = np.searchsorted(iers.epoch_tai_ns, ours.epoch_tai_ns[common])
    assert int(common.sum()) == 23_430
    assert np.abs(ours.ut1_minus_tai_s[common] - iers.ut1_minus_tai_s[rows]).max() < 5e-5
    assert np.abs(ours.x_pole_rad[common] - iers.x_pole_rad[rows]).max() < 1e-9
    assert np.abs(ours.y_pole_rad[common] - iers.y_pole_rad[rows]).max() < 1e-9
