"""Which loads make up the catalog: the newest complete one of each series, and why the others do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.catalog.completeness import LoadFacts, LoadKind, in_force, judge, kind_of, series_of
from tests.catalog.tables import at_day


def load(load_id: int, objects: int, day: float, **changes: Any) -> LoadFacts:
    """Make a load of a full catalog, retrieved on the day of its median epoch."""
    values: dict[str, Any] = {
        "source": "celestrak",
        "series": 1,
        "kind": LoadKind.CATALOG,
        "retrieved_tai_ns": at_day(day),
        "epoch_median_tai_ns": at_day(day),
        "epoch_last_tai_ns": at_day(day),
        "accepted": False,
    }
    return LoadFacts(load_id=load_id, objects=objects, **{**values, **changes})


def numbers(*values: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def test_six_of_17822_are_incomplete_and_the_catalog_before_stays_in_force() -> None:
    loads = [load(1, 17_822, 0), load(2, 6, 0.3)]
    verdict = judge(loads)[2]
    assert (verdict.complete, verdict.expected_objects, verdict.compared_with) == (False, 17_822, 1)
    force = in_force(loads, at_day(1))
    assert (force.catalogs, force.incomplete) == ((1,), (2,))


def test_the_half_before_the_whole_is_recognized_when_the_whole_comes() -> None:
    half = load(1, 13_000, 0.4, retrieved_tai_ns=at_day(0.5))
    assert in_force([half], at_day(1)).catalogs == (1,)
    whole = load(2, 26_000, 0.2, retrieved_tai_ns=at_day(0.6))
    assert in_force([half, whole], at_day(1)).catalogs == (2,)


def test_a_slowly_changing_catalog_stays_complete() -> None:
    loads = [load(k, 27_000 - 20 * k, k / 3) for k in range(1, 60)]
    assert all(verdict.complete for verdict in judge(loads).values())
    assert in_force(loads, at_day(100)).catalogs == (59,)


def test_a_load_accepted_by_a_person_is_the_new_measure() -> None:
    loads = [load(1, 27_000, 0), load(2, 16_000, 1, accepted=True), load(3, 16_010, 2)]
    assert in_force(loads, at_day(3)).catalogs == (3,)
    assert in_force(loads, at_day(-0.5)).catalogs == (1,)


def test_archives_of_other_years_are_not_measured_against_each_other() -> None:
    loads = [load(1, 26_834, 0), load(2, 17_892, -2000, retrieved_tai_ns=at_day(1))]
    assert all(verdict.complete for verdict in judge(loads).values())
    assert in_force(loads, at_day(0)).catalogs == (1,)
    assert in_force(loads, at_day(-1999)).catalogs == (2,)


def test_a_few_sets_of_today_do_not_replace_an_old_catalog() -> None:
    loads = [load(1, 26_834, 0), load(2, 15_985, 600), load(3, 6, 1200)]
    assert [judge(loads)[k].complete for k in (1, 2, 3)] == [True, True, False]
    assert in_force(loads, at_day(1201)).catalogs == (2,)


def test_where_every_catalog_is_younger_the_oldest_is_taken() -> None:
    loads = [load(1, 100, 10), load(2, 100, 20)]
    force = in_force(loads, at_day(0))
    assert (force.catalogs, force.anchor_tai_ns) == ((1,), at_day(0))


def test_series_stand_beside_each_other_until_one_is_stale() -> None:
    loads = [load(1, 100, 0), load(2, 10, 1, series=2), load(3, 100, 20)]
    assert in_force(loads, at_day(20)).catalogs == (2, 3)
    force = in_force([*loads, load(4, 100, 40)], at_day(40))
    assert (force.catalogs, force.stale) == ((4,), (2,))


def test_fresh_sets_of_a_few_own_objects_do_not_outdate_the_catalog() -> None:
    loads = [load(1, 26_834, 0), load(2, 3, 400, series=2)]
    assert in_force(loads, at_day(401)).catalogs == (1, 2)


def test_histories_and_additions_replace_nothing() -> None:
    loads = [
        load(1, 100, 0),
        load(2, 1, 5, kind=LoadKind.HISTORY, series=0),
        load(3, 2, 5, kind=LoadKind.ADDITION, series=0),
        load(4, 9, 5, kind=LoadKind.FACTS, series=0),
    ]
    force = in_force(loads, at_day(6))
    assert (force.catalogs, force.additions, force.anchor_tai_ns) == ((1,), (2, 3), at_day(0))


def test_with_histories_alone_ages_count_from_their_last_epoch() -> None:
    only = load(1, 1, 0, kind=LoadKind.HISTORY, epoch_last_tai_ns=at_day(30))
    assert in_force([only], at_day(400)).anchor_tai_ns == at_day(30)
    assert in_force([only], at_day(10)).anchor_tai_ns == at_day(10)
    assert in_force([], at_day(10)).anchor_tai_ns == at_day(10)


@given(st.lists(st.tuples(st.integers(1, 30_000), st.floats(-100, 100)), max_size=12), st.floats(-150, 150))
def test_there_is_a_catalog_in_force_as_soon_as_there_is_a_load(
    sizes: list[tuple[int, float]], day: float
) -> None:
    loads = [load(k, objects, d) for k, (objects, d) in enumerate(sizes, start=1)]
    force = in_force(loads, at_day(day))
    assert len(force.catalogs) == (1 if loads else 0)
    verdicts = judge(loads)
    assert all(verdicts[k].complete for k in force.catalogs)
    assert not set(force.catalogs) & set(force.incomplete)
    assert judge(reversed(loads)) == verdicts


def test_a_catalog_continues_the_series_it_shares_most_objects_with() -> None:
    full, debris = np.arange(1, 1001), np.arange(5000, 5100)
    known = {1: full, 2: debris}
    assert series_of(np.arange(50, 1100), known) == 1
    assert series_of(np.arange(1, 7), known) == 1, "a damaged download of the full catalog"
    assert series_of(np.arange(5040, 5200), known) == 2
    assert series_of(np.arange(9000, 9010), known) == 3
    assert series_of(full, {}) == 1


@pytest.mark.parametrize(
    ("sets", "kind"),
    [
        ([(1, 0.0), (2, 0.0), (3, 0.5)], LoadKind.CATALOG),
        ([(1, 0.0), (1, 0.2), (1, 0.4), (2, 0.0), (2, 0.3)], LoadKind.CATALOG),
        ([(1, float(k)) for k in range(20)], LoadKind.HISTORY),
        ([(n, float(k)) for k in range(9) for n in (1, 2, 3)], LoadKind.HISTORY),
        ([*((n, 0.0) for n in range(1, 100)), (5, 20.0)], LoadKind.CATALOG),
        ([(1, 0.0)], LoadKind.CATALOG),
    ],
)
def test_a_history_is_told_from_a_snapshot(sets: list[tuple[int, float]], kind: LoadKind) -> None:
    assert kind_of(numbers(*(n for n, _ in sets)), numbers(*(at_day(d) for _, d in sets))) == kind
