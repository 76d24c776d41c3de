"""Assets: put on the list, changed, imported whole or not at all, and counted before any table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skypact.errors import FormatError, NotFoundError, UsageError
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.reading import RawInput
from skypact.node.cli.main import run
from skypact.node.desk.assets import ASSET_COLUMNS, add_asset, import_assets, list_assets, remove_from_assets
from skypact.node.desk.catalog import find_object, object_radii
from skypact.node.desk.catalog_load import load_raw
from skypact.node.desk.files import read_input
from skypact.node.desk.node_home import Node
from skypact.node.views.listing import Format, write_listing
from tests.catalog.tables import make_table


@pytest.fixture
def full_node(node: Node) -> Node:
    """A node with three objects."""
    text = write_omm_csv(make_table([1, 2, 3], names=["ONE", "TWO", "THREE"]))
    load_raw(node, RawInput("gp.csv", text.encode()), source="file")
    return node


def assets(node: Node) -> list[dict[str, Any]]:
    return [dict(row) for row in list_assets(node).rows]


def test_an_asset_is_kept_with_all_that_its_owner_says(full_node: Node) -> None:
    change = add_asset(
        full_node,
        "TWO",
        owner="kr.kari",
        name="KOMPSAT",
        sector="government",
        radius_m=3.5,
        maneuverable=False,
        contact="on call: +82 0",
        threshold_km=5.0,
        pc_threshold=1e-4,
    )
    assert (change.replaced, change.known) == (False, True)
    (row,) = assets(full_node)
    assert row == {
        "norad": 2,
        "name": "KOMPSAT",
        "owner": "kr.kari",
        "sector": "government",
        "radius_m": 3.5,
        "maneuverable": False,
        "contact": "on call: +82 0",
        "threshold_km": 5.0,
        "pc_threshold": 1e-4,
        "element_sets": 1,
    }
    assert set(row) == {column.name for column in ASSET_COLUMNS}


def test_what_was_not_said_stays_open(full_node: Node) -> None:
    add_asset(full_node, "1", owner="kr.kari")
    (row,) = assets(full_node)
    assert [row[k] for k in ("name", "radius_m", "maneuverable", "threshold_km")] == ["ONE", None, None, None]


def test_adding_again_changes_the_asset(full_node: Node) -> None:
    add_asset(full_node, "1", owner="a.b", radius_m=1.0)
    assert add_asset(full_node, "1", owner="c.d").replaced
    (row,) = assets(full_node)
    assert (row["owner"], row["radius_m"]) == ("c.d", None)


def test_a_number_may_be_unknown_a_name_not(full_node: Node) -> None:
    change = add_asset(full_node, "999999999", owner="a.b")
    assert not change.known
    assert "no element set of it yet" in change.words
    with pytest.raises(NotFoundError):
        add_asset(full_node, "NO SUCH NAME", owner="a.b")


@pytest.mark.parametrize("text", ["0", "1000000000", "9" * 20, "9" * 5000], ids=len)
def test_what_is_too_large_for_a_number_is_not_found(full_node: Node, text: str) -> None:
    with pytest.raises(NotFoundError):
        add_asset(full_node, text, owner="a.b")
    with pytest.raises(NotFoundError):
        remove_from_assets(full_node, text)
    with pytest.raises(NotFoundError):
        find_object(full_node, text)


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"radius_m": 0.0}, "--radius-m"),
        ({"radius_m": 1e6}, "--radius-m"),
        ({"threshold_km": -1.0}, "--threshold-km"),
        ({"pc_threshold": 1.5}, "--pc-threshold"),
        ({"radius_m": float("nan")}, "--radius-m"),
        ({"sector": "private"}, "--sector"),
        ({"owner": ""}, "--owner"),
    ],
)
def test_impossible_values_are_refused_by_their_option(
    full_node: Node, changes: dict[str, Any], option: str
) -> None:
    with pytest.raises(UsageError, match=option):
        add_asset(full_node, "1", **{"owner": "a.b", **changes})
    assert assets(full_node) == []


def test_an_asset_is_removed_once(full_node: Node) -> None:
    add_asset(full_node, "1", owner="a.b")
    assert remove_from_assets(full_node, "ONE") == 1
    with pytest.raises(NotFoundError, match="no asset"):
        remove_from_assets(full_node, "1")


def test_the_owners_radius_counts_before_the_tables(full_node: Node) -> None:
    load_raw(full_node, RawInput("r.csv", b"norad,radius_m\n1,2.5\n2,4\n"), source="file")
    add_asset(full_node, "1", owner="kr.kari", radius_m=7.0)
    radius_m, source = object_radii(full_node, np.array([1, 2, 3]))
    assert radius_m[:2].tolist() == [7.0, 4.0]
    assert np.isnan(radius_m[2])
    assert list(source) == ["owner kr.kari", "r.csv", ""]


def test_assets_are_imported_from_csv(full_node: Node) -> None:
    text = "norad,owner,maneuverable,radius_m,contact\n1,a.b,yes,2.5,\n2,c.d,false,,call me\n77,e.f,,,\n"
    assert len(import_assets(full_node, RawInput("a.csv", text.encode()))) == 3
    rows = assets(full_node)
    assert [row["norad"] for row in rows] == [1, 2, 77]
    assert [row["maneuverable"] for row in rows] == [True, False, None]
    assert [row["radius_m"] for row in rows] == [2.5, None, None]
    assert rows[1]["contact"] == "call me"


def test_a_list_of_assets_can_be_imported_again(full_node: Node, tmp_path: Path) -> None:
    import_assets(
        full_node, RawInput("a.csv", b"norad,owner,maneuverable,radius_m\n1,a.b,yes,2.5\n2,c.d,,\n")
    )
    before, path = assets(full_node), tmp_path / "list.csv"
    with path.open("w", newline="") as stream:
        write_listing(list_assets(full_node), Format.CSV, stream)
    assert len(import_assets(full_node, read_input(path))) == 2
    assert [{**row} for row in assets(full_node)] == [{**row} for row in before]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("norad,owner\n1,a.b\nx,a.b\n", r"a\.csv:3: norad: 'x' cannot be read"),
        ("norad,owner\n1,a.b\n0,a.b\n", r"a\.csv:3: norad: is 0"),
        ("norad,owner,radius_m\n1,a.b,big\n", r"a\.csv:2: radius_m"),
        ("norad,owner,maneuverable\n1,a.b,perhaps\n", r"a\.csv:2: maneuverable"),
        ("norad,owner\n1,\n", r"a\.csv:2: owner: an asset needs an owner"),
        ("norad,owner\n1,a.b\n2,a.b\n1,c.d\n", r"a\.csv:4: norad: 1 is there twice"),
        ("norad\n1\n", "no column owner"),
        ("norad,owner,colour\n1,a.b,red\n", "unknown column colour"),
        ("", "empty"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_imported(full_node: Node, text: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        import_assets(full_node, RawInput("a.csv", text.encode()))
    assert assets(full_node) == []


def test_the_command_line_keeps_the_list(
    full_node: Node, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = ["assets", "add", "ONE", "--owner", "kr.kari", "--radius-m", "3", "--not-maneuverable"]
    assert run([*line, "--threshold-km", "5", "--pc-threshold", "1e-4", "--contact", "x"]) == 0
    file = tmp_path / "assets.csv"
    file.write_text("norad,owner\n2,kr.kari\n")
    assert run(["assets", "import", str(file)]) == 0
    capsys.readouterr()
    assert run(["assets", "list", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["norad"], row["maneuverable"]) for row in rows] == [(1, False), (2, None)]
    assert run(["assets", "remove", "2"]) == 0
    assert run(["assets", "remove", "2"]) == 2
    assert run(["assets", "add", "1"]) == 2
    assert run(["assets", "import", str(tmp_path / "none.csv")]) == 2
    assert [row["norad"] for row in assets(full_node)] == [1]
