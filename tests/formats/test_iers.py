"""Earth orientation files of the IERS: the packaged ones, and what is no such file."""

from __future__ import annotations

from pathlib import Path

import astropy_iers_data
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.astro.timescales import parse_utc
from skypact.errors import FormatError
from skypact.formats.iers import read_eop_c04, read_finals2000a
from skypact.formats.reading import RawInput

MEASURED = RawInput("c04", Path(astropy_iers_data.IERS_B_FILE).read_bytes())
PREDICTED = RawInput("finals2000A", Path(astropy_iers_data.IERS_A_FILE).read_bytes())


def test_both_files_agree_where_they_overlap():
    measured, predicted = read_eop_c04(MEASURED), read_finals2000a(PREDICTED)
    epochs = np.random.default_rng(2).integers(parse_utc("2005-01-01"), parse_utc("2026-01-01"), 300)
    one, other = measured.at(epochs), predicted.at(epochs)
    mas = np.radians(1.0 / 3_600_000)
    assert np.abs(one.x_pole_rad - other.x_pole_rad).max() < mas
    assert np.abs(one.ut1_minus_tai_s - other.ut1_minus_tai_s).max() < 2e-4
    assert np.abs(one.dx_rad - other.dx_rad).max() < mas


def test_first_lines_are_read_as_printed():
    measured, predicted = read_eop_c04(MEASURED), read_finals2000a(PREDICTED)
    arcsec = np.radians(1.0 / 3600)
    assert measured.x_pole_rad[0] / arcsec == pytest.approx(-0.0127)
    assert measured.y_pole_rad[0] / arcsec == pytest.approx(0.2130)
    first = PREDICTED.data.split(b"\n")[0]
    assert predicted.x_pole_rad[0] / arcsec == pytest.approx(float(first[134:144]))
    assert predicted.dx_rad[0] / arcsec == pytest.approx(float(first[165:175]) / 1000)


@pytest.mark.parametrize("reader", [read_eop_c04, read_finals2000a])
@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff" * 300, b"73 1 2 41684.00 I", (b"1" * 200 + b"\n") * 3, b"1" * 57 + b"I" + b"x" * 140],
)  # fmt: skip
def test_file_that_is_no_earth_orientation_is_refused(reader, data):
    with pytest.raises(FormatError, match="eop"):
        reader(RawInput("eop.txt", data))


@given(st.binary(max_size=600))
def test_any_bytes_give_a_table_or_a_format_error(data):
    for reader in (read_eop_c04, read_finals2000a):
        with pytest.raises(FormatError):
            reader(RawInput("eop.txt", data))
