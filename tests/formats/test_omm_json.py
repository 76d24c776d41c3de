"""OMM JSON: both dialects of one object give equal rows, and what is no catalog is one error."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import format_utc, parse_utc
from skypact.errors import FormatError
from skypact.formats.elements import ElementTable
from skypact.formats.omm_csv import read_omm_csv
from skypact.formats.omm_json import read_omm_json, write_omm_json
from skypact.formats.reading import RawInput, ReadReport

DATA = Path(__file__).parents[1] / "data" / "elements"


def read(text: str) -> tuple[ElementTable, ReadReport]:
    return read_omm_json(RawInput("x", text.encode()))


def assert_equal(one: ElementTable, other: ElementTable) -> None:
    for name in ElementTable.__dataclass_fields__:
        if name not in ("extra", "line"):
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_both_dialects_and_csv_give_equal_rows() -> None:
    celestrak, _ = read((DATA / "celestrak.json").read_text())
    space_track, report = read((DATA / "space_track.json").read_text())
    table, _ = read_omm_csv(RawInput("x", (DATA / "celestrak.csv").read_bytes()))
    assert not report.rejected
    assert_equal(celestrak, space_track)
    assert_equal(celestrak, table.take(np.array([0, 1])))


def test_known_samples_of_both_providers_give_equal_rows(shared_data: Path) -> None:
    folder = shared_data / "ccsds" / "ccsds-ndm" / "json"
    one, _ = read((folder / "omm1_ct.json").read_text())
    other, report = read((folder / "omm1_st.json").read_text())
    assert_equal(one, other)
    assert not report.unknown_keys
    assert other.extra["GP_ID"] == ["168552672"]


def test_written_text_reads_back_the_same_and_keeps_further_keys_in_order() -> None:
    for name in ("celestrak.json", "space_track.json"):
        table, _ = read((DATA / name).read_text())
        text = write_omm_json(table)
        back, _ = read(text)
        assert_equal(back, table)
        assert {k: list(v) for k, v in back.extra.items()} == {k: list(v) for k, v in table.extra.items()}
        assert list(back.extra) == list(table.extra)
        assert write_omm_json(back) == text
        assert isinstance(json.loads(text)[0]["NORAD_CAT_ID"], int)


def test_single_object_line_numbers_and_wrapping() -> None:
    one = json.dumps(json.loads((DATA / "celestrak.json").read_text())[0])
    assert read(one)[0].norad.tolist() == [90001]
    assert read(f'{{"request_metadata": {{}}, "data": [{one}]}}')[0].norad.tolist() == [90001]
    table, report = read(f"[\n{one},\n\n{one.replace('15.5', '0')},\n{one}\n]\n")
    assert table.line.tolist() == [2, 5]
    assert [(r.line, r.field_name, r.norad) for r in report.rejected] == [(4, "MEAN_MOTION", 90001)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("15.5", "null"), "MEAN_MOTION"),
        (("15.5", "NaN"), "MEAN_MOTION"),
        (("15.5", "Infinity"), "MEAN_MOTION"),
        (("15.5", '"fast"'), "MEAN_MOTION"),
        (("15.5", "[15.5]"), "MEAN_MOTION"),
        (("90001", "90001.5"), "NORAD_CAT_ID"),
        (("90001", "true"), "NORAD_CAT_ID"),
        (("90001", "1" + "0" * 5000), "NORAD_CAT_ID"),
        (('"2026-04-10T12:00:00.000864"', "20260410"), "EPOCH"),
    ],
)
def test_bad_values_are_rejections(change: tuple[str, str], field: str) -> None:
    one = json.dumps(json.loads((DATA / "celestrak.json").read_text())[0])
    _, report = read(f"[{one.replace(*change)}, 5]")
    assert {r.field_name for r in report.rejected} == {field, ""}


def test_repeated_keyword_counts_by_its_last_value_with_a_warning() -> None:
    one = json.dumps(json.loads((DATA / "celestrak.json").read_text())[0])
    table, report = read("[" + one.replace('"NORAD_CAT_ID"', '"NORAD_CAT_ID": 7, "NORAD_CAT_ID"') + "]")
    assert table.norad.tolist() == [90001]
    assert report.warnings == ["x: NORAD_CAT_ID occurs twice in 1 records; the last value is used"]


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[{]",
        '[{"A": 1}',
        '[{"A": 1}] x',
        '{"error": "query rate limit"}',
        "[" * 100_000,
        "",
        "[1,,2]",
        '{"a"',
    ],
)
def test_what_is_no_catalog_is_one_error(text: str) -> None:
    with pytest.raises(FormatError):
        read(text)


@pytest.mark.parametrize("depth", [3, 400, 900])
def test_nested_values_are_rejections_at_any_depth(depth: int) -> None:
    table, report = read(f"[{'[' * depth}{']' * depth}]")
    assert len(table) == 0
    assert [(r.line, r.reason) for r in report.rejected] == [(1, "not an object with keywords")]
    one = json.dumps(json.loads((DATA / "celestrak.json").read_text())[0])
    nested = one.replace("15.5", '{"a":' * depth + "1" + "}" * depth)
    assert [r.field_name for r in read(nested)[1].rejected] == ["MEAN_MOTION"]


def test_empty_array_is_an_empty_table() -> None:
    assert len(read("[]")[0]) == 0
    assert write_omm_json(read("[]")[0]) == "[]\n"


def test_old_history_class_splits_the_epoch_in_two(shared_data: Path) -> None:
    """The README counts 912 lines of three to a record: 304 sets."""
    text = gzip.decompress((shared_data / "catalog/iss_gp_history_2025.json.gz").read_bytes())
    table, report = read_omm_json(RawInput("iss", text))
    rows = json.loads(text)
    assert (len(table), report.rejected, dict(report.unknown_keys)) == (304, [], {})
    for row, tai_ns in zip(rows, table.epoch_tai_ns.tolist(), strict=True):
        assert tai_ns == parse_utc(f"{row['EPOCH']}.{int(row['EPOCH_MICROSECONDS']):06d}")
    assert format_utc(int(table.epoch_tai_ns[0]), decimals=6) == "2025-09-27T19:46:00.526944Z"
