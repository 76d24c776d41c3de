"""Any catalog file is told by its content, unpacked, and read; duplicates are resolved and named."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.errors import FormatError, LimitError, UnsupportedError
from skypact.formats.catalog_files import dedupe_newest, name_conflicts, read_elements
from skypact.formats.reading import RawInput, unpack

DATA = Path(__file__).parents[1] / "data" / "elements"
FILES = {
    "styles.3le": 4,
    "damaged.3le": 2,
    "trailing.tle": 3,
    "celestrak.csv": 4,
    "space_track.csv": 2,
    "damaged.csv": 2,
    "celestrak.json": 2,
    "space_track.json": 2,
}


@pytest.mark.parametrize(("file", "count"), FILES.items())
def test_format_is_told_by_content(file: str, count: int) -> None:
    for data in ((DATA / file).read_bytes(), gzip.compress((DATA / file).read_bytes(), mtime=0)):
        table, report = read_elements(RawInput("nameless", data))
        assert len(table) == report.accepted == count


def test_zip_of_several_files_is_one_table_and_names_what_it_could_not_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for file in ("damaged.3le", "celestrak.csv"):
            archive.write(DATA / file, file)
        archive.writestr("README.txt", "made up\n")
        archive.writestr("empty/", "")
    table, report = read_elements(RawInput("all.zip", stream.getvalue()))
    assert len(table) == report.accepted == 6
    assert all(r.reason.startswith("all.zip/damaged.3le: ") for r in report.rejected)
    assert any("README.txt" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", FormatError),
        (b"  \n ", FormatError),
        (bytes(range(256)) * 10, FormatError),
        (bytes(range(1, 256)) * 10, FormatError),
        (b"\x1f\x8b\x08\x00broken", FormatError),
        (b"PK\x03\x04broken", FormatError),
        (b"just some words\nof text\n", FormatError),
        (b"a,b,c\n1,2,3\n", FormatError),
        (b"<html><body>403 Forbidden</body></html>", FormatError),
        (b"No GP data found", FormatError),
        (b"CCSDS_CDM_VERS = 1.0\n", UnsupportedError),
        (b"\xff\xfe1\x00", FormatError),
    ],
)
def test_what_is_no_catalog_is_one_error_of_one_line(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        read_elements(RawInput("file", content))
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("file")


def test_zip_without_element_sets_is_one_error() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "a")
        archive.writestr("b.txt", "b")
    with pytest.raises(FormatError, match="none of 2 files"):
        read_elements(RawInput("x.zip", stream.getvalue()))


def test_unpacking_stops_at_the_limit() -> None:
    with pytest.raises(LimitError):
        list(unpack(RawInput("x", gzip.compress(b"0" * 10_000, mtime=0)), limit_bytes=1000))


def test_members_of_an_archive_share_one_limit() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.csv", b"0" * 300)
    members = unpack(RawInput("x", buffer.getvalue()), limit_bytes=1000)
    assert [next(members).name for _ in range(3)] == ["x/0.csv", "x/1.csv", "x/2.csv"]
    with pytest.raises(LimitError, match=r"^x/3.csv: unpacks to more than 1000 bytes"):
        next(members)


def test_newest_epoch_of_a_number_counts_and_of_equal_ones_the_last() -> None:
    table, _ = read_elements(RawInput("x", (DATA / "celestrak.csv").read_bytes()))
    older = replace(table, epoch_tai_ns=table.epoch_tai_ns - 1, line=table.line + 100)
    same = replace(table, line=table.line + 200)
    all_rows = type(table).concatenate([table, older, same])
    kept, dropped = dedupe_newest(all_rows)
    assert kept.line.tolist() == same.line.tolist()
    assert dropped.line.tolist() == [*table.line.tolist(), *older.line.tolist()]
    alone, none = dedupe_newest(table)
    assert alone is table
    assert len(none) == 0
    empty = table.take(np.zeros(0, dtype=np.int64))
    assert len(dedupe_newest(empty)[0]) == 0


def test_one_number_with_two_names_is_named() -> None:
    table, _ = read_elements(RawInput("x", (DATA / "celestrak.csv").read_bytes()))
    other = table.object_name.copy()
    other[0] = "SOMETHING ELSE"
    both = type(table).concatenate([table, replace(table, object_name=other)])
    assert name_conflicts(both) == [
        "catalog number 90001 stands for 'SKYPACT TEST A' and 'SOMETHING ELSE'; the newest epoch counts"
    ]
    assert name_conflicts(table) == []


SHARED_COUNTS = {
    "catalog/gp_celestrak_onorbit_2024-11-01.csv.gz": 26_834,
    "catalog/gp_spacetrack_2024-07-05.3le.gz": 26_389,
    "catalog/gp_spacetrack_2022-01-22.3le.gz": 23_939,
    "catalog/gp_2022-08-16.3le.gz": 23_995,
    "catalog/gp_2023-03-25.3le.gz": 24_516,
    "catalog/gp_2019-03-19.3le.gz": 17_892,
    "catalog/gp_celestrak_active_2026-07-10.csv.gz": 15_985,
    "catalog/geo_history_celestrak_2026.3le.gz": 11_580,
    "catalog/express_amu7_history_2021-2025.tle.gz": 2_119,
    "catalog/iss_gp_history_2025.json.gz": 304,
    "breakups/cosmos1408_2022-01-11.3le.gz": 924,
    "maneuvers/Sentinel-3A.tle.gz": 2_387,
    "maneuvers/Jason-2.tle.gz": 3_923,
    "maneuvers/Haiyang-2A.tle.gz": 3_000,
    "maneuvers/SARAL.tle.gz": 3_292,
    "maneuvers/TOPEX.tle.gz": 4_136,
    "maneuvers/Fengyun-2F.tle.gz": 2_987,
    "maneuvers/Fengyun-4A.tle.gz": 1_307,
    "maneuvers/SPOT-5.tle.gz": 250,
}
"""Counts of the README of the data; of the ISS history it counts 912 lines, three to each of 304 sets."""


@pytest.mark.parametrize(("file", "count"), SHARED_COUNTS.items())
def test_every_shared_catalog_is_read_whole(shared_data: Path, file: str, count: int) -> None:
    table, report = read_elements(RawInput(file, (shared_data / file).read_bytes()))
    assert (len(table), report.accepted, report.rejected) == (count, count, [])
    assert not report.unknown_keys
