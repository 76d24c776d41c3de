"""Rows of OMM keywords to the table: what JSON, XML and KVN readers rely on."""

from __future__ import annotations

import pytest

from skypact.astro.timescales import parse_utc
from skypact.formats.elements import ElementTable
from skypact.formats.omm_fields import table_from_fields, texts_from_table
from skypact.formats.reading import ReadReport

GOOD: dict[str, str | None] = {
    "OBJECT_NAME": "SKYPACT TEST A",
    "NORAD_CAT_ID": "90001",
    "EPOCH": "2026-04-10T12:00:00.000864",
    "MEAN_MOTION": "15.5",
    "ECCENTRICITY": "0.00123451",
    "INCLINATION": "51.64",
    "RA_OF_ASC_NODE": "10.5",
    "ARG_OF_PERICENTER": "45",
    "MEAN_ANOMALY": "315.1234",
    "BSTAR": ".12345678E-3",
}


def read(*rows: dict[str, str | None], any_theory: bool = False) -> tuple[ElementTable, ReadReport]:
    return table_from_fields(rows, list(range(1, len(rows) + 1)), "x", any_theory=any_theory)


def test_missing_optional_values_have_defaults_and_order_is_kept() -> None:
    table, report = read(GOOD, {**GOOD, "NORAD_CAT_ID": "5", "OBJECT_NAME": None})
    assert not report.rejected
    assert table.norad.tolist() == [90001, 5]
    assert table.object_name.tolist() == ["SKYPACT TEST A", ""]
    assert table.classification.tolist() == ["U", "U"]
    assert table.mean_motion_dot_rev_d2.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("keyword", [k for k in GOOD if k not in ("OBJECT_NAME", "BSTAR")])
def test_each_mandatory_value_is_missed_by_name(keyword: str) -> None:
    for value in (None, "", "  "):
        table, report = read(GOOD, {**GOOD, keyword: value})
        assert len(table) == 1
        assert [(r.line, r.field_name) for r in report.rejected] == [(2, keyword)]
        assert "90001" in report.rejected[0].text or keyword == "NORAD_CAT_ID"
    table, report = read({k: v for k, v in GOOD.items() if k != keyword})
    assert [r.field_name for r in report.rejected] == [keyword]


def test_an_empty_message_is_one_rejection() -> None:
    table, report = read({}, GOOD)
    assert len(table) == 1
    assert [r.line for r in report.rejected] == [1]


def test_further_keywords_are_kept_in_order_and_the_unknown_counted() -> None:
    table, report = read(
        {**GOOD, "ORIGINATOR": "X", "ZEBRA": "1"}, {**GOOD, "ALPHA": "2", "USER_DEFINED_A": "3"}
    )
    assert {k: list(v) for k, v in table.extra.items()} == {
        "ORIGINATOR": ["X", None],
        "ZEBRA": ["1", None],
        "ALPHA": [None, "2"],
        "USER_DEFINED_A": [None, "3"],
    }
    assert report.unknown_keys == {"ZEBRA": 1, "ALPHA": 1}


def test_epoch_split_in_seconds_and_microseconds() -> None:
    row = {**GOOD, "EPOCH": "2026-04-10 12:00:00", "EPOCH_MICROSECONDS": "864"}
    table, _ = read(row, {**GOOD, "EPOCH_MICROSECONDS": "999999"})
    assert set(table.epoch_tai_ns.tolist()) == {parse_utc("2026-04-10T12:00:00.000864Z")}
    assert "EPOCH_MICROSECONDS" not in table.extra


def test_messages_of_other_theories_only_for_converting() -> None:
    row = {**GOOD, "MEAN_ELEMENT_THEORY": "DSST", "REF_FRAME": "TOD", "SEMI_MAJOR_AXIS": "6800"}
    del row["MEAN_MOTION"], row["NORAD_CAT_ID"]
    _, report = read(row)
    assert len(report.rejected) == 1
    table, report = read(row, any_theory=True)
    assert not report.rejected
    assert table.norad.tolist() == [0]
    assert table.mean_motion_rev_d[0] != table.mean_motion_rev_d[0]  # NaN
    _, report = read({**row, "MEAN_MOTION": "x"}, any_theory=True)
    assert [r.field_name for r in report.rejected] == ["MEAN_MOTION"]


def test_texts_are_what_reads_back() -> None:
    table, _ = read(GOOD)
    row = {keyword: texts[0] for keyword, texts in texts_from_table(table).items()}
    again, report = read(row)
    assert not report.rejected
    assert again.bstar_per_er[0] == 0.12345678e-3
    assert row["EPOCH"] == "2026-04-10T12:00:00.000864"
    table.epoch_tai_ns[0] += 1
    assert texts_from_table(table)["EPOCH"] == ["2026-04-10T12:00:00.000864001"]
