"""OMM CSV of CelesTrak and Space-Track: both dialects, damaged rows, real catalogs against plain Python."""

from __future__ import annotations

import csv
import gzip
import io
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sgp4 import omm
from sgp4.api import Satrec

from skypact.astro.timescales import format_utc, parse_utc
from skypact.errors import FormatError
from skypact.formats.elements import ElementTable
from skypact.formats.omm_csv import read_omm_csv, write_omm_csv
from skypact.formats.reading import RawInput, unpack

DATA = Path(__file__).parents[1] / "data" / "elements"
HEADER = DATA.joinpath("celestrak.csv").read_text().splitlines()[0]
ROW = DATA.joinpath("celestrak.csv").read_text().splitlines()[1]
ONORBIT = "catalog/gp_celestrak_onorbit_2024-11-01.csv.gz"


def read_text(text: str) -> ElementTable:
    return read_omm_csv(RawInput("text", text.encode()))[0]


def assert_equal(one: ElementTable, other: ElementTable, *, lines: bool = False) -> None:
    for name in ElementTable.__dataclass_fields__:
        if name != "extra" and (name != "line" or lines):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_celestrak_dialect() -> None:
    table, report = read_omm_csv(RawInput("celestrak.csv", (DATA / "celestrak.csv").read_bytes()))
    assert not report.rejected
    assert report.accepted == 4
    assert report.warnings == ["celestrak.csv: 1 of 4 records have an empty OBJECT_ID"]
    assert table.norad.tolist() == [90001, 90002, 270123, 799500124]
    assert table.object_id.tolist() == ["2026-001A", "2026-001B", "", "2026-009A"]
    assert table.eccentricity.tolist() == [0.00123451, 0.1234567, 0.7, 0.0001]
    assert table.bstar_per_er.tolist() == [0.12345678e-3, -0.98765e-4, 0.11505e-2, 0.0]
    assert table.rev_at_epoch.tolist() == [1234, 100123, 42, 1]
    assert table.line.tolist() == [2, 3, 4, 5]
    assert [format_utc(t, decimals=6) for t in table.epoch_tai_ns[:2]] == [
        "2026-04-10T12:00:00.000864Z",
        "2026-04-11T00:00:00.000000Z",
    ]


def test_space_track_dialect_gives_the_same_rows_and_keeps_its_columns() -> None:
    table, report = read_omm_csv(RawInput("space_track.csv", (DATA / "space_track.csv").read_bytes()))
    assert not report.rejected
    assert report.unknown_keys == {"MY_COLUMN": 2}
    celestrak = read_text((DATA / "celestrak.csv").read_text())
    assert_equal(table, celestrak.take(np.array([0, 1])), lines=True)
    assert list(table.extra) == [
        "CCSDS_OMM_VERS", "COMMENT", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "MEAN_ELEMENT_THEORY",
        "RCS_SIZE", "MY_COLUMN",
    ]  # fmt: skip
    assert list(table.extra["MY_COLUMN"]) == ["x", ""]


def test_damaged_rows_are_kept_out_with_line_field_and_reason() -> None:
    table, report = read_omm_csv(RawInput("damaged.csv", (DATA / "damaged.csv").read_bytes()))
    assert table.norad.tolist() == [90001, 90002]
    assert table.line.tolist() == [2, 11]
    assert [(r.line, r.field_name, r.reason, r.norad) for r in report.rejected] == [
        (3, "EPOCH", "is missing", 90002),
        (4, "ECCENTRICITY", "'NaN' is not a number", 90002),
        (5, "ECCENTRICITY", "is 1.0, must be 0 or more and below 1", 90002),
        (6, "MEAN_MOTION", "is 0.0, must be above 0 rev/day", 90002),
        (7, "NORAD_CAT_ID", "is 1000000000, must be 1 to 999999999", 0),
        (8, "INCLINATION", "'9x.8' is not a number", 90002),
        (9, "EPOCH", "'2026-02-30T00:00:00.000000' has no such day", 90002),
        (10, "", "4 fields, the header names 17", 0),
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("+90001", 90001), ("00090001", 90001), ("5", 5), ("999999999", 999999999), ("270387", 270387)],
)
def test_numbers_of_one_to_nine_digits(cell: str, value: int) -> None:
    assert read_text(f"{HEADER}\n{ROW.replace(',90001,', f',{cell},')}\n").norad.tolist() == [value]


@pytest.mark.parametrize(
    "cell", ["0", "-5", "A0001", "90001.0", "1e5", "9_0001", "", "1234567890", "９０００１"]
)
def test_what_is_no_catalog_number_is_rejected(cell: str) -> None:
    _, report = read_omm_csv(RawInput("x", f"{HEADER}\n{ROW.replace(',90001,', f',{cell},')}\n".encode()))
    assert [(r.line, r.field_name) for r in report.rejected] == [(2, "NORAD_CAT_ID")]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("EPOCH", "2026-04-10"),
        ("EPOCH", "2026-04-10T12:00:00Z"),
        ("EPOCH", "2026-100T12:00:00.000864"),
        ("EPOCH", "2026-04-10 12:00:00.5"),
        ("EPOCH", "2016-12-31T23:59:60.25"),
        ("EPOCH", "2026-04-10T12:00:00.123456789123Z"),
        ("EPOCH", "1961-01-01T00:00:00.000001"),
    ],
)
def test_epochs_of_any_form_equal_the_single_reader(column: str, cell: str) -> None:
    row = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {column: cell}
    table = read_text(f"{HEADER}\n{','.join(row.values())}\n{ROW}\n")
    assert table.epoch_tai_ns[0] == parse_utc(cell)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<!DOCTYPE html><html><body>Please log in</body></html>", "HTML page"),
        ("No GP data found", "No GP data found"),
        ("NAME,WHAT\na,b\n", "no column NORAD_CAT_ID, EPOCH|no column EPOCH"),
        (HEADER.replace("EPOCH,", ""), "no column EPOCH"),
        (HEADER + ",EPOCH\n", "'EPOCH' occurs twice"),
        ("", "empty"),
        ("\x00\x01\x02", "binary"),
    ],
)
def test_what_is_no_catalog_is_one_error(content: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_omm_csv(RawInput("x", content.encode()))


def test_truncated_gzip_is_one_error() -> None:
    packed = gzip.compress((DATA / "celestrak.csv").read_bytes(), mtime=0)
    with pytest.raises(FormatError, match="truncated"):
        list(unpack(RawInput("x", packed[:-20])))


def test_header_only_is_an_empty_table() -> None:
    table, report = read_omm_csv(RawInput("x", (HEADER + "\r\n").encode()))
    assert (len(table), report.accepted, report.rejected) == (0, 0, [])
    assert read_text(write_omm_csv(table)).norad.tolist() == []


def test_missing_optional_columns_have_defaults() -> None:
    keep = [
        k for k, title in enumerate(HEADER.split(",")) if title not in ("BSTAR", "OBJECT_ID", "REV_AT_EPOCH")
    ]
    lines = [",".join(line.split(",")[k] for k in keep) for line in (HEADER, ROW)]
    table, report = read_omm_csv(RawInput("x", "\n".join(lines).encode()))
    assert (table.bstar_per_er[0], table.object_id[0], table.rev_at_epoch[0]) == (0.0, "", 0)
    assert any("no BSTAR" in warning for warning in report.warnings)


def test_other_theories_are_refused_because_sgp4_would_be_wrong() -> None:
    header, row = f"{HEADER},MEAN_ELEMENT_THEORY,CENTER_NAME", f"{ROW},DSST,EARTH"
    for changed, field in (
        (row, "MEAN_ELEMENT_THEORY"),
        (row.replace("DSST,EARTH", "SGP4,MOON"), "CENTER_NAME"),
        (row.replace("DSST", "SGP4").replace(",0,U,", ",4,U,"), "EPHEMERIS_TYPE"),
    ):
        text = f"{header}\n{changed}\n".encode()
        _, report = read_omm_csv(RawInput("x", text))
        assert [r.field_name for r in report.rejected] == [field]
        assert len(read_omm_csv(RawInput("x", text), any_theory=True)[0]) == 1


def test_written_text_reads_back_the_same() -> None:
    for name in ("celestrak.csv", "space_track.csv"):
        table = read_text((DATA / name).read_text())
        text = write_omm_csv(table)
        back = read_text(text)
        assert_equal(back, table)
        assert {k: list(v) for k, v in back.extra.items()} == {k: list(v) for k, v in table.extra.items()}
        assert write_omm_csv(back) == text
        assert text.startswith(HEADER)


def test_names_with_commas_and_quotes_survive() -> None:
    text = f'{HEADER}\n{ROW}\n"A, ""B"" C",{ROW.partition(",")[2]}\n'
    table = read_text(text)
    assert table.object_name.tolist() == ["SKYPACT TEST A", 'A, "B" C']
    assert read_text(write_omm_csv(table)).object_name.tolist() == table.object_name.tolist()


def test_comments_of_several_lines_become_one() -> None:
    table = replace(read_text(f"{HEADER}\n{ROW}\n"), extra={"COMMENT": ["one\ntwo"], "GP_ID": [None]})
    back = read_text(write_omm_csv(table))
    assert {key: list(texts) for key, texts in back.extra.items()} == {"COMMENT": ["one two"], "GP_ID": [""]}


def test_a_stray_quotation_mark_costs_one_record() -> None:
    _, report = read_omm_csv(RawInput("x", f'{HEADER}\n{ROW}\n"{ROW}\n{ROW}\n'.encode()))
    assert report.accepted == 2
    assert [r.line for r in report.rejected] == [3]


def test_value_that_no_element_set_has_is_not_written() -> None:
    table = read_text((DATA / "celestrak.csv").read_text())
    table.eccentricity[1] = np.nan
    with pytest.raises(FormatError, match=r"90002 \(SKYPACT TEST B\).*ECCENTRICITY"):
        write_omm_csv(table)


def test_real_catalog_equals_python_floats(shared_data: Path) -> None:
    """Every cell against float() and int() of the text; 304 numbers above 99,999 (README of the data)."""
    raw = next(unpack(RawInput(ONORBIT, (shared_data / ONORBIT).read_bytes())))
    table, report = read_omm_csv(raw)
    assert (len(table), report.rejected) == (26_834, [])
    rows = list(csv.DictReader(io.StringIO(raw.data.decode())))
    for keyword, values, kind in (
        ("NORAD_CAT_ID", table.norad, int),
        ("REV_AT_EPOCH", table.rev_at_epoch, int),
        ("ELEMENT_SET_NO", table.element_set_no, int),
        ("MEAN_MOTION", table.mean_motion_rev_d, float),
        ("ECCENTRICITY", table.eccentricity, float),
        ("INCLINATION", table.inclination_deg, float),
        ("RA_OF_ASC_NODE", table.raan_deg, float),
        ("ARG_OF_PERICENTER", table.arg_perigee_deg, float),
        ("MEAN_ANOMALY", table.mean_anomaly_deg, float),
        ("BSTAR", table.bstar_per_er, float),
        ("MEAN_MOTION_DOT", table.mean_motion_dot_rev_d2, float),
        ("MEAN_MOTION_DDOT", table.mean_motion_ddot_rev_d3, float),
        ("OBJECT_NAME", table.object_name, str.strip),
        ("OBJECT_ID", table.object_id, str),
        ("EPOCH", table.epoch_tai_ns, parse_utc),
    ):
        assert values.tolist() == [kind(row[keyword]) for row in rows], keyword
    assert_equal(read_text(write_omm_csv(table)), table)
    assert int((table.norad > 99_999).sum()) == 304


def test_real_catalog_initializes_sgp4_with_the_same_elements(shared_data: Path) -> None:
    raw = next(unpack(RawInput(ONORBIT, (shared_data / ONORBIT).read_bytes())))
    table, _ = read_omm_csv(raw)
    for i, fields in enumerate(omm.parse_csv(io.StringIO(raw.data.decode()))):
        if i % 97 or not fields["OBJECT_ID"]:
            continue
        peer = Satrec()
        omm.initialize(peer, fields)
        assert peer.satnum == table.norad[i]
        assert peer.bstar == table.bstar_per_er[i]
        assert abs(peer.no_kozai * 1440 / (2 * np.pi) - table.mean_motion_rev_d[i]) < 1e-14


def test_full_catalog_from_gzip_in_a_fraction_of_a_second(shared_data: Path) -> None:
    packed = (shared_data / ONORBIT).read_bytes()
    times = []
    for _ in range(4):
        start = time.perf_counter()
        read_omm_csv(next(unpack(RawInput(ONORBIT, packed))))
        times.append(time.perf_counter() - start)
    assert min(times) < 0.5  # 0.07 s on a quiet core; bench/loading.py measures it
