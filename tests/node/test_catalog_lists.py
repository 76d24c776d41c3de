"""What ``skypact catalog`` prints: filters, limits, one object, history, export, and errors in one line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skypact.astro.timescales import format_utc
from skypact.catalog.identity import element_digests
from skypact.formats.catalog_files import read_elements
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.reading import RawInput
from skypact.formats.tle import write_3le
from skypact.node.cli.main import run
from skypact.node.desk.assets import add_asset
from skypact.node.desk.catalog import view_catalog
from skypact.node.desk.catalog_load import load_raw
from skypact.node.desk.node_home import Node
from tests.catalog.tables import at_day, make_table

NAMES = ["STARLINK-1", "STARLINK-2", "COSMOS 1 DEB", "GEO BIRD", "CZ-6A R/B", "SPECIAL"]
NUMBERS = [11, 12, 13, 14, 15, 799_500_124]


@pytest.fixture
def full_node(node: Node) -> Node:
    """A node with six objects of two sources."""
    table = make_table(NUMBERS, names=NAMES, mean_motion_rev_d=[15.06, 15.06, 14.0, 1.0027, 14.0, 15.0])
    newer = make_table([14], epoch_d=0.4, names=["GEO BIRD"], mean_motion_rev_d=1.0027)
    text, extra = write_omm_csv(table), write_omm_csv(newer)
    load_raw(node, RawInput("gp.csv", text.encode()), source="celestrak", retrieved_tai_ns=at_day(0.5))
    load_raw(node, RawInput("own.csv", extra.encode()), source="operator", retrieved_tai_ns=at_day(0.6))
    return node


def table_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """Run a listing as JSON and return its rows."""
    assert run([*arguments, "--format", "json"]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return rows


def test_objects_are_listed_by_number_with_assets_first(
    full_node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    add_asset(full_node, "13", owner="kr.kari")
    rows = table_of(capsys, "catalog", "list")
    assert [row["norad"] for row in rows] == [13, 11, 12, 14, 15, 799_500_124]
    assert [row["asset"] for row in rows] == [True] + [False] * 5
    by_number = {row["norad"]: row for row in rows}
    assert by_number[11]["operator"] == "SpaceX"
    assert [by_number[n]["kind"] for n in (11, 13, 15)] == ["payload", "debris", "rocket body"]
    assert (by_number[14]["source"], by_number[14]["sets"]) == ("operator", 2)
    assert by_number[14]["epoch_utc"] == "2024-11-01T09:36:00Z"


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--name", "starlink", [11, 12]),
        ("--regime", "leo", [11, 12, 13, 15, 799_500_124]),
        ("--owner", "spacex", [11, 12]),
        ("--source", "operator", [14]),
        ("--limit", "2", [11, 12]),
        ("--name", "nothing of the kind", []),
    ],
)
def test_lists_are_filtered_and_limited(
    full_node: Node, capsys: pytest.CaptureFixture[str], option: str, value: str, expected: list[int]
) -> None:
    assert [row["norad"] for row in table_of(capsys, "catalog", "list", option, value)] == expected


def test_the_table_for_people_says_how_many_there_are(
    full_node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["catalog", "list", "--limit", "1"]) == 0
    assert "1 of 6 objects shown" in capsys.readouterr().out


def test_as_of_shows_what_was_known_then_and_says_when_nothing_was(
    full_node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    early = format_utc(at_day(0.55))
    rows = table_of(capsys, "catalog", "list", "--as-of", early)
    assert {row["source"] for row in rows} == {"celestrak"}
    assert rows[0]["age_d"] == pytest.approx(0.55)
    (counted,) = table_of(capsys, "catalog", "stats", "--as-of", early)
    assert (counted["element_sets"], counted["in_force"]) == (6, 6)
    assert run(["catalog", "list", "--as-of", "2020-01-01T00:00:00Z"]) == 0
    assert "knew nothing at 2020-01-01T00:00:00Z" in capsys.readouterr().out


@pytest.mark.parametrize("wanted", ["14", "2020-014A", "geo bird", " 14 "])
def test_an_object_is_found_by_number_designator_or_name(
    full_node: Node, capsys: pytest.CaptureFixture[str], wanted: str
) -> None:
    rows = {(row["part"], row["field"]): row["value"] for row in table_of(capsys, "catalog", "show", wanted)}
    assert rows["object", "norad"] == 14
    assert rows["newest of celestrak", "epoch_utc"] == "2024-11-01T00:00:00.000000Z"
    assert rows["newest of operator", "epoch_utc"] == "2024-11-01T09:36:00.000000Z"
    assert rows["newest of celestrak", "regime"] == "GEO"


def test_history_lists_every_set_oldest_first_and_a_limit_keeps_the_newest(
    full_node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = table_of(capsys, "catalog", "history", "14")
    assert [row["source"] for row in rows] == ["celestrak", "operator"]
    assert len({row["digest"] for row in rows}) == 2
    assert [row["source"] for row in table_of(capsys, "catalog", "history", "14", "--limit", "1")] == [
        "operator"
    ]
    early = format_utc(at_day(0.55))
    assert len(table_of(capsys, "catalog", "history", "14", "--as-of", early)) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["show", "16"], "no object '16'"),
        (["show", "NO SUCH NAME"], "no object"),
        (["history", "OBJECT"], "no object"),
        (["list", "--regime", "XEO"], "'XEO' is no regime"),
        (["list", "--as-of", "yesterday"], "--as-of: 'yesterday' is not a UTC time"),
        (["list", "--limit", "0"], "limit"),
        (["load", "no/such/file.csv"], "no such file"),
        (["load"], "Missing argument"),
        (["export", "--as", "docx"], "'docx' is no format"),
        (["export", "--regime", "HEO"], "no element set fits"),
        (["quarantine", "--load", "0"], "loads are numbered from 1"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_use_is_told_in_one_line_with_exit_code_2(
    full_node: Node, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert run(["catalog", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1


def test_two_objects_of_one_name_are_told_apart_by_number(
    node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    text = write_omm_csv(make_table([1, 2], names=["TWIN", "TWIN"]))
    load_raw(node, RawInput("gp.csv", text.encode()), source="file")
    assert run(["catalog", "show", "TWIN"]) == 2
    assert "give the number: 1, 2" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["omm-csv", "omm-json"])
def test_an_exported_catalog_reads_back_the_same(
    full_node: Node, capsys: pytest.CaptureFixture[str], tmp_path: Path, form: str
) -> None:
    file = tmp_path / "out"
    assert run(["catalog", "export", "--as", form, "--output", str(file)]) == 0
    table, report = read_elements(RawInput("out", file.read_bytes()))
    view = view_catalog(full_node)
    assert report.rejected == []
    assert (element_digests(table) == view.sets.digest).all()
    assert table.object_name.tolist() == view.table.object_name.tolist()
    assert list(table.extra["DATA_MODE"]) == ["TEST"] * 6


def test_an_export_as_tle_says_what_it_cannot_hold(
    full_node: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["catalog", "export", "--as", "3le"]) == 0
    captured = capsys.readouterr()
    table, _ = read_elements(RawInput("out", captured.out.encode()))
    assert table.norad.tolist() == NUMBERS[:5]
    assert "1 objects with numbers above 339999" in captured.err


def test_the_history_of_one_object_is_exported(full_node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalog", "export", "--history-of", "14"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["NORAD_CAT_ID"] for row in rows] == ["14", "14"]


def test_loading_tells_what_was_kept_out_and_twice_changes_nothing(
    node: Node, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = write_3le(make_table(range(1, 21))).splitlines()
    for k in range(1, 60, 6):  # the first line of every other set
        lines[k] = lines[k][:-1] + str((int(lines[k][-1]) + 1) % 10)
    file = tmp_path / "gp.tle"
    file.write_text("\n".join(lines) + "\n")
    assert run(["catalog", "load", str(file)]) == 0
    words = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("kept out: ") for line in words) == 6
    assert "5 more" in words[5]
    assert "10 element sets of 10 objects, 10 new, 10 records kept out" in words[-1]
    before = table_of(capsys, "catalog", "stats")
    assert run(["catalog", "load", str(file)]) == 0
    assert "nothing changed" in capsys.readouterr().err
    assert table_of(capsys, "catalog", "stats") == before
    assert len(table_of(capsys, "catalog", "quarantine")) == 10
    assert table_of(capsys, "catalog", "loads")[0]["state"] == "in force"


def test_an_empty_catalog_says_how_to_fill_it(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("list", "stats"):
        assert run(["catalog", command]) == 0
        assert "skypact catalog load FILE" in capsys.readouterr().out


def test_a_listing_goes_to_a_file(full_node: Node, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    assert run(["catalog", "list", "--format", "csv", "--output", str(file)]) == 0
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [int(row["norad"]) for row in rows] == NUMBERS


def test_config_shows_every_setting(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["name"]: row for row in table_of(capsys, "config")}
    assert (rows["node_id"]["value"], rows["node_id"]["source"]) == ("kr.kasi", "file")
    assert rows["database"]["source"] == "env"


def test_config_hides_the_password_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "new"))
    assert run(["init", "--id", "kr.kasi", "--mode", "TEST"]) == 0
    monkeypatch.setenv("SKYPACT_DATABASE", "postgresql://me:secret@host/name")
    rows = {row["name"]: row for row in table_of(capsys, "config")}
    assert rows["database"]["value"] == "postgresql://me:***@host/name"


def test_init_twice_changes_nothing_and_another_mode_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "new"))
    assert run(["init", "--id", "kr.kasi", "--mode", "TEST"]) == 0
    assert run(["init", "--id", "kr.kasi", "--mode", "TEST"]) == 0
    assert "nothing changed" in capsys.readouterr().err
    assert run(["init", "--id", "kr.kasi", "--mode", "REAL"]) == 2
    assert run(["init", "--id", "kr.kasi", "--mode", "NONE"]) == 2
    assert run(["init"]) == 2
    words = capsys.readouterr().err.splitlines()
    assert len(words) == 3


def test_where_there_is_no_node_every_command_says_init(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "none"))
    for arguments in (["catalog", "list"], ["assets", "list"], ["config"]):
        assert run(arguments) == 2
        assert "skypact init" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_catalog_view_is_in_the_order_of_numbers(full_node: Node) -> None:
    assert (np.diff(view_catalog(full_node).table.norad) > 0).all()
