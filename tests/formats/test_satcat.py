"""SATCAT of CelesTrak and Space-Track."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from skypact.errors import FormatError
from skypact.formats.reading import RawInput, unpack
from skypact.formats.satcat import SatcatTable, read_satcat, write_satcat

DATA = Path(__file__).parents[1] / "data" / "elements"


def assert_equal(one: SatcatTable, other: SatcatTable) -> None:
    for name in SatcatTable.__dataclass_fields__:
        if name in ("extra", "line"):
            continue
        a, b = getattr(one, name), getattr(other, name)
        assert np.array_equal(a, b, equal_nan=a.dtype == np.float64), name


def test_celestrak_csv() -> None:
    table, report = read_satcat(RawInput("x", (DATA / "satcat_celestrak.csv").read_bytes()))
    assert table.norad.tolist() == [90001, 90002, 90003]
    assert table.object_type.tolist() == ["PAYLOAD", "ROCKET BODY", "DEBRIS"]
    assert table.owner.tolist() == ["SKOR"] * 3
    assert table.ops_status.tolist() == ["+", "", ""]
    assert table.decay_date.tolist() == ["", "2026-03-01", ""]
    assert table.period_min[0] == 92.9
    assert table.rcs_m2[0] == 3.5
    assert np.isnan(table.apogee_km[1])
    assert list(table.extra) == ["DATA_STATUS_CODE", "ORBIT_CENTER", "ORBIT_TYPE"]
    assert [(r.line, r.field_name, r.reason, r.norad) for r in report.rejected] == [
        (5, "LAUNCH_DATE", "'5 JAN 2026' is not a date", 90004),
        (6, "NORAD_CAT_ID", "'9000X' is not a whole number", 0),
    ]


def test_space_track_json_says_the_same() -> None:
    celestrak, _ = read_satcat(RawInput("x", (DATA / "satcat_celestrak.csv").read_bytes()))
    table, report = read_satcat(RawInput("x", (DATA / "satcat_space_track.json").read_bytes()))
    assert not report.rejected
    for name in ("norad", "object_name", "object_id", "object_type", "owner", "launch_date", "period_min"):
        assert getattr(table, name)[0] == getattr(celestrak, name)[0], name
    assert table.object_type.tolist() == ["PAYLOAD", "UNKNOWN"]
    assert table.rcs_size.tolist() == ["LARGE", ""]
    assert np.isnan(table.rcs_m2).all()


@pytest.mark.parametrize("file", ["satcat_celestrak.csv", "satcat_space_track.json"])
def test_written_table_reads_back_the_same(file: str) -> None:
    table, _ = read_satcat(RawInput("x", (DATA / file).read_bytes()))
    text = write_satcat(table)
    back, report = read_satcat(RawInput("x", text.encode()))
    assert not report.rejected
    assert_equal(back, table)
    assert write_satcat(back) == text


@pytest.mark.parametrize("content", ["A,B\n1,2\n", '[{"A": 1}]', "<html>", "", "NORAD_CAT_ID\n5\n"])
def test_what_is_no_satcat_is_one_error(content: str) -> None:
    with pytest.raises(FormatError):
        read_satcat(RawInput("x", content.encode()))


def test_real_satcat_is_read_whole(shared_data: Path) -> None:
    file = shared_data / "satcat" / "satcat_debut_spacetrack_2021-01-19.csv.gz"
    table, report = read_satcat(next(unpack(RawInput(file.name, file.read_bytes()))))
    assert (len(table), report.rejected) == (47_315, [])
    assert int((table.decay_date == "").sum()) == 22_039
    assert dict(zip(*np.unique(table.object_type.astype(str), return_counts=True), strict=True)) == {
        "DEBRIS": 30_922,
        "PAYLOAD": 10_024,
        "ROCKET BODY": 6_212,
        "UNKNOWN": 157,
    }
    some = table.take(np.arange(0, len(table), 20))
    assert_equal(read_satcat(RawInput("x", write_satcat(some).encode()))[0], some)
