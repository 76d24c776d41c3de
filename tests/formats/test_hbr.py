"""Hard-body radii of single objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from skypact.errors import FormatError
from skypact.formats.hbr import read_radii, write_radii
from skypact.formats.reading import RawInput, unpack

DATA = Path(__file__).parents[1] / "data" / "elements"


def test_own_form() -> None:
    table, report = read_radii(RawInput("radii.csv", (DATA / "radii.csv").read_bytes()))
    assert table.norad.tolist() == [90001, 90002]
    assert table.radius_m.tolist() == [2.5, 0.35]
    assert table.source.tolist() == ["operator", "estimate from radar cross section"]
    assert np.isnan(table.radius_sigma_m).all()
    assert [(r.line, r.field_name, r.norad) for r in report.rejected] == [
        (4, "RADIUS_M", 90003),
        (5, "RADIUS_M", 90004),
    ]
    assert report.warnings == ["radii.csv: 1 of 5 rows have no radius"]


def test_form_of_nasa_cara() -> None:
    table, report = read_radii(RawInput("x", (DATA / "radii_cara.csv").read_bytes()))
    assert table.norad.tolist() == [90001, 90002]
    assert table.radius_sigma_m.tolist() == [0.0, 0.05]
    assert table.source.tolist() == ["CARA Protected Primary", "SFK RCS Estimate"]
    assert table.extra["MASS"] == ["500", "1.5"]
    assert not report.rejected


def test_written_table_reads_back_the_same() -> None:
    for file in ("radii.csv", "radii_cara.csv"):
        table, _ = read_radii(RawInput("x", (DATA / file).read_bytes()))
        back, _ = read_radii(RawInput("x", write_radii(table).encode()))
        assert back.norad.tolist() == table.norad.tolist()
        assert back.radius_m.tolist() == table.radius_m.tolist()
        assert np.array_equal(back.radius_sigma_m, table.radius_sigma_m, equal_nan=True)
        assert back.source.tolist() == table.source.tolist()


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "norad,source\n1,x\n"])
def test_what_is_no_table_of_radii_is_one_error(content: str) -> None:
    with pytest.raises(FormatError):
        read_radii(RawInput("x", content.encode()))


def test_real_table_is_read_whole(shared_data: Path) -> None:
    file = shared_data / "satcat" / "HBR_Mass_Estimates_20241101.csv.gz"
    table, report = read_radii(next(unpack(RawInput("HBR", file.read_bytes()))))
    assert (len(table), report.rejected) == (16_491, [])
    assert report.warnings == ["HBR: 28640 of 45131 rows have no radius"]
