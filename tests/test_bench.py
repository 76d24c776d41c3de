"""The runner of the benches: rows are kept with their date, and columns may be added later."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bench.__main__ import STAMP_COLUMNS, append, commit, digest, machine, main, names


def test_rows_of_older_runs_stay_when_columns_are_added(tmp_path: Path) -> None:
    path = tmp_path / "speed.csv"
    append(path, [{"date_utc": "2026-01-01T00:00Z", "ratio": 10.0}])
    append(path, [{"date_utc": "2026-02-01T00:00Z", "ratio": 12.0, "error_km": 1e-9}])

    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["ratio"] for row in rows] == ["10.0", "12.0"]
    assert [row["error_km"] for row in rows] == ["", "1e-09"]


def test_digest_changes_with_the_content_and_is_empty_without_files(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"one")
    first = digest([path])
    path.write_bytes(b"two")
    assert first != digest([path]) != ""
    assert digest([tmp_path / "absent"]) == ""


def test_unknown_bench_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-bench"]) == 2
    assert "no bench named no-such-bench" in capsys.readouterr().err


def test_every_kept_row_says_when_on_what_and_from_which_sources() -> None:
    assert names()
    assert "/" not in machine().replace("w/", "")
    assert commit() == "" or len(commit()) >= 10
    for path in (Path(__file__).parents[1] / "bench" / "rows").glob("*.csv"):
        assert path.stem in names(), f"{path.name}: rows of a bench that is gone"
        with path.open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert rows, path.name
        for row in rows:
            assert all(row[name] for name in STAMP_COLUMNS[:3]), f"{path.name}: {row}"
