"""What ``skypact conjunctions list`` says: assets first, folding, filters, what is only in the archive."""

from __future__ import annotations

from typing import Any

import pytest

from skypact.conjunction.encounters import EncounterKind
from skypact.errors import NotFoundError, UsageError
from skypact.node.desk.conjunction_case import find_conjunction, history_listing
from skypact.node.desk.conjunction_show import show_conjunction, with_history
from skypact.node.desk.conjunctions import COLUMNS, ConjunctionFilter, list_conjunctions
from skypact.node.desk.node_home import Node
from tests.catalog.tables import at_day
from tests.node.conjunction_runs import Found, load_catalog, own, run

NOW = at_day(0.01)
FOUND = (
    Found(1, 2, 2.0, 0.8),
    Found(3, 4, 3.0, 0.4),
    Found(5, 6, 4.0, 3.0),
    Found(11, 12, 5.0, 0.2),
    Found(16, 17, 6.0, 0.2),
    Found(7, 11, 7.0, 2.0),
    Found(8, 9, 0.0, 0.1, EncounterKind.CO_MOVING, 24.0),
)


@pytest.fixture
def filled(node: Node) -> Node:
    load_catalog(node)
    run(node, *FOUND)
    return node


def rows_of(node: Node, now: int = NOW, **wanted: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in list_conjunctions(node, ConjunctionFilter(**wanted), now_tai_ns=now).rows]


def pairs(rows: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(row["norad_1"], row["norad_2"]) for row in rows]


def test_near_ones_come_first_and_what_nobody_can_act_on_is_folded(filled: Node) -> None:
    assert pairs(rows_of(filled)) == [(3, 4), (1, 2), (7, 11), (5, 6), (8, 9)]
    note = list_conjunctions(filled, now_tai_ns=NOW).note
    assert "folded: 1 one-operator, 1 debris-on-debris (shown with --all)" in note
    assert "TEST; newest screening 1" in note


def test_all_shows_every_encounter_that_was_found(filled: Node) -> None:
    assert sorted(pairs(rows_of(filled, show_all=True))) == sorted((f.first, f.second) for f in FOUND)


def test_assets_come_first_in_the_list_and_in_their_row(node: Node) -> None:
    load_catalog(node)
    own(node, 11, 6)
    run(node, *FOUND)
    rows = rows_of(node)
    assert pairs(rows)[:3] == [(11, 12), (11, 7), (6, 5)]
    assert [row["class"] for row in rows[:4]] == ["asset", "asset", "asset", "actionable"]
    assert rows[0]["name_1"] == "COSMOS 11 DEB"
    assert pairs(rows_of(node, assets=True)) == pairs(rows)[:3]


def test_an_asset_named_later_ranks_first_at_once(filled: Node) -> None:
    own(filled, 5)
    assert pairs(rows_of(filled))[0] == (5, 6)


def test_the_probable_come_before_the_near(node: Node) -> None:
    load_catalog(node)
    run(node, Found(1, 2, 2.0, 0.1))
    load_catalog(node, epoch_d=0.1)
    run(node, Found(1, 2, 2.0, 0.1), Found(3, 4, 2.0, 0.9), made_h=3.0, pc=1e-4)
    assert pairs(rows_of(node)) == [(1, 2), (3, 4)]
    run(node, Found(1, 2, 2.0, 0.1), Found(3, 4, 2.0, 0.9), Found(5, 6, 2.0, 0.9), made_h=4.0)
    assert pairs(rows_of(node, pc_min=1e-4)) == [(1, 2), (3, 4)]
    assert rows_of(node, pc_min=3e-4) == []


def test_filters_choose_by_object_distance_and_time(filled: Node) -> None:
    assert pairs(rows_of(filled, norad=11)) == [(7, 11)]
    assert pairs(rows_of(filled, miss_km_max=0.5)) == [(3, 4), (8, 9)]
    assert pairs(rows_of(filled, since_tai_ns=at_day(3.5 / 24))) == [(7, 11), (5, 6), (8, 9)]
    assert pairs(rows_of(filled, until_tai_ns=at_day(2.5 / 24))) == [(1, 2), (8, 9)]


def test_without_since_a_live_list_begins_now_and_that_of_an_archive_with_its_window(filled: Node) -> None:
    assert pairs(rows_of(filled, now=at_day(3.5 / 24))) == [(7, 11), (5, 6), (8, 9)]
    late = rows_of(filled, now=at_day(300.0))
    assert len(late) == 5
    assert {row["status"] for row in late} == {"past"}
    note = list_conjunctions(filled, now_tai_ns=at_day(3.5 / 24)).note
    assert "2 earlier than 2024-11-01T03:30:00Z (--since)" in note


def test_a_limit_keeps_the_first_and_counts_the_rest(filled: Node) -> None:
    listing = list_conjunctions(filled, now_tai_ns=NOW, limit=2)
    assert len(listing.rows) == 2
    assert "3 more (--limit)" in listing.note


def test_gone_ones_are_counted_and_shown_with_all(filled: Node) -> None:
    run(filled, *FOUND[1:], made_h=0.1)
    assert (1, 2) not in pairs(rows_of(filled))
    assert "1 gone (shown with --all)" in list_conjunctions(filled, now_tai_ns=NOW).note
    status = {(r["norad_1"], r["norad_2"]): r["status"] for r in rows_of(filled, show_all=True)}
    assert (status[1, 2], status[3, 4]) == ("gone", "open")


def test_a_screening_of_few_primaries_does_not_hide_that_of_the_whole_catalog(filled: Node) -> None:
    run(filled, FOUND[1], made_h=0.1, primaries=[3])
    assert pairs(rows_of(filled)) == [(3, 4), (1, 2), (7, 11), (5, 6), (8, 9)]


def test_an_empty_node_says_what_to_do(node: Node) -> None:
    listing = list_conjunctions(node, now_tai_ns=NOW)
    assert len(listing.rows) == 0
    assert "skypact screen" in listing.note
    assert listing.columns == COLUMNS


def test_an_encounter_that_is_not_tracked_is_shown_by_its_row_in_the_archive(filled: Node) -> None:
    (row,) = (r for r in rows_of(filled) if (r["norad_1"], r["norad_2"]) == (5, 6))
    assert row["id"] == "1:2"
    case = find_conjunction(filled, "1:2")
    assert (case.line.norad_1, case.line.norad_2, case.line.miss_km) == (5, 6, 3.0)
    assert (case.line.name_1, case.line.name_2) == ("SAT 5", "SAT 6")
    assert [s.miss_km for s in case.solutions] == [3.0]


def test_what_is_no_identifier_is_refused_and_an_unknown_one_is_not_found(filled: Node) -> None:
    for name in ("x", "1:", "1:2:3", "-1", ""):
        with pytest.raises(UsageError, match="is no conjunction"):
            find_conjunction(filled, name)
    for name in ("999", "1:7", "9:1"):
        with pytest.raises(NotFoundError):
            find_conjunction(filled, name)


def test_everything_known_of_a_conjunction_is_shown(filled: Node) -> None:
    own(filled, 3)
    case = find_conjunction(filled, "2")
    facts = {
        (row["part"], row["field"]): row["value"]
        for row in show_conjunction(filled, case, now_tai_ns=NOW).rows
    }
    assert facts["conjunction", "miss_km"] == "0.400000"
    assert facts["conjunction", "class"] == "asset"
    assert facts["conjunction", "status"] == "open"
    assert facts["object 1", "asset_of"] == "kasi"
    assert facts["object 1", "radius_source"] == "owner kasi"
    assert facts["object 2", "radius_source"] == "default by kind"
    assert facts["object 2", "element_age_d"] == "0.125"
    assert facts["object 1", "covariance"].startswith("assumed by regime")
    assert facts["pc by element sets, foster-1992", "trusted"] is False
    assert float(facts["pc by element sets, socrates-max", "pc"]) >= 0
    assert facts["screening", "data_mode"] == "TEST"
    assert "catalog sha256:" in facts["screening", "inputs"]
    flat = with_history(show_conjunction(filled, case, now_tai_ns=NOW), case)
    assert ("solution 1", "miss_km") in {(row["part"], row["field"]) for row in flat.rows}


def test_the_history_tells_which_solution_stands(filled: Node) -> None:
    load_catalog(filled, epoch_d=0.1)
    run(filled, Found(3, 4, 3.01, 0.6), made_h=3.0)
    rows = history_listing(find_conjunction(filled, "2")).rows
    assert [(row["miss_km"], row["stands"], row["of"]) for row in rows] == [
        (0.4, False, "screening 1"),
        (0.6, True, "screening 2"),
    ]


def test_older_archives_tell_what_the_newest_screening_does_not_cover(filled: Node) -> None:
    """The newest looked at two hours only, and only to 1 km."""
    run(filled, FOUND[0], Found(9, 10, 2.1, 0.95), made_h=0.1, hours=2.5, threshold_km=1.0)
    rows = {(r["norad_1"], r["norad_2"]): r["id"] for r in rows_of(filled, show_all=True)}
    assert set(rows) == {(f.first, f.second) for f in FOUND} | {(9, 10)}
    assert rows[5, 6] == "1:2"
    run(filled, made_h=0.2, threshold_km=5.0)
    left = [r for r in rows_of(filled, show_all=True) if r["status"] == "open"]
    assert left == [], "the newest covers all and found nothing; what was tracked is gone"


def test_the_interval_of_a_co_moving_pair_is_told(filled: Node) -> None:
    (row,) = (r for r in rows_of(filled) if r["kind"] == "co-moving")
    assert (row["start_utc"], row["stop_utc"]) == ("2024-11-01T00:00:00.000Z", "2024-11-02T00:00:00.000Z")
    assert {r["start_utc"] for r in rows_of(filled) if r["kind"] != "co-moving"} == {None}
