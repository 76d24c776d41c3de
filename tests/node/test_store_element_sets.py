"""Element sets and loads in the store: kept exactly, once, and found again by load, object and number."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skypact.catalog.completeness import LoadKind
from skypact.catalog.identity import element_digests
from skypact.formats.elements import ElementTable
from skypact.formats.reading import Rejection
from skypact.node.store.database import Database
from skypact.node.store.element_sets import (
    add_element_sets,
    count_sets,
    numbers_of_load,
    read_extra,
    read_history,
    read_members,
    read_members_between,
    read_sets,
)
from skypact.node.store.loads import (
    NewLoad,
    accept_load,
    add_load,
    find_load,
    first_retrieval,
    read_loads,
    read_quarantine,
    source_number,
)
from skypact.node.store.objects import find_objects, name_objects, read_names, read_objects
from tests.catalog.tables import at_day, make_table


def new_load(name: str, *, source: str = "file", retrieved_d: float = 0.0) -> NewLoad:
    return NewLoad(
        source=source,
        series=1,
        kind=LoadKind.CATALOG,
        file_name=name,
        sha256=name.rjust(64, "0"),
        size_bytes=1,
        retrieved_tai_ns=at_day(retrieved_d),
        loaded_utc="2026-01-01T00:00:00Z",
        records=1,
        objects=1,
        epoch_first_tai_ns=at_day(0),
        epoch_median_tai_ns=at_day(0),
        epoch_last_tai_ns=at_day(0),
        accepted=False,
        warnings=("a warning",),
        skypact_version="0",
    )


def store(
    database: Database, table: ElementTable, name: str, *, source: str = "file", retrieved_d: float = 0.0
) -> tuple[int, int]:
    """Store a table as a load; return its number and how many sets were new."""
    with database.write() as connection:
        load_id = add_load(connection, new_load(name, source=source, retrieved_d=retrieved_d), [])
        new = add_element_sets(
            connection,
            table,
            element_digests(table),
            source_id=source_number(connection, source),
            load_id=load_id,
        )
    return load_id, new


def assert_same(found: ElementTable, expected: ElementTable) -> None:
    for field in fields(ElementTable):
        if field.name != "extra":
            assert np.array_equal(getattr(found, field.name), getattr(expected, field.name)), field.name


def test_what_was_stored_is_read_back_to_the_last_bit(database: Database) -> None:
    table = make_table([5, 270_001, 999_999_999], names=["A", "", "위성 'quoted', \"x\""])
    load_id, new = store(database, table, "one")
    with database.read() as connection:
        found = read_members(connection, [load_id])
        assert numbers_of_load(connection, load_id).tolist() == [5, 270_001, 999_999_999]
    assert new == 3
    order = np.argsort(found.table.norad)
    assert_same(found.take(order).table, table)
    assert (found.take(order).digest == element_digests(table)).all()
    assert np.isnan(found.fit_rms_km).all()
    assert set(found.source) == {"file"}


_numbers = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    values=arrays(np.float64, (9, 3), elements=_numbers),
    names=st.lists(st.text(st.characters(exclude_characters="\x00", codec="utf-8")), min_size=3, max_size=3),
    epochs=st.lists(st.integers(-(2**62), 2**62), min_size=3, max_size=3, unique=True),
)
def test_any_finite_numbers_and_any_names_are_kept(
    database: Database, values: Any, names: list[str], epochs: list[int]
) -> None:
    table = make_table([1, 2, 3], names=names)
    floats = [f.name for f in fields(ElementTable) if f.type == "Floats"]
    for name, column in zip(floats, values, strict=True):
        getattr(table, name)[:] = column
    table.epoch_tai_ns[:] = epochs
    with database.read() as connection:
        number = len(read_loads(connection))
    table.norad[:] += 3 * number
    load_id, _ = store(database, table, f"load {number}")
    with database.read() as connection:
        found = read_members(connection, [load_id])
    assert_same(found.take(np.argsort(found.table.norad)).table, table)


def test_the_same_sets_are_stored_once_for_each_source(database: Database) -> None:
    table = make_table([1, 2, 3])
    first, _ = store(database, table, "one")
    second, new = store(database, table, "two")
    assert new == 0
    _, other = store(database, table, "one", source="celestrak")
    assert other == 3
    with database.read() as connection:
        assert count_sets(connection) == {"file": (3, 3), "celestrak": (3, 3)}
        one, two = (read_members(connection, [k]).set_id.tolist() for k in (first, second))
    assert one == two


def test_a_set_that_stands_twice_in_a_file_is_stored_once(database: Database) -> None:
    table = make_table([1, 2])
    doubled = table.take(np.array([0, 1, 0]))
    load_id, new = store(database, doubled, "one")
    assert new == 2
    with database.read() as connection:
        assert numbers_of_load(connection, load_id).tolist() == [1, 2]


def test_of_half_known_sets_only_the_others_are_added(database: Database) -> None:
    whole = make_table([1, 2, 3])
    first, _ = store(database, whole.take(np.array([0, 1])), "one")
    whole.eccentricity[1] = 0.5
    second, new = store(database, whole, "two")
    assert new == 2
    with database.read() as connection:
        before = read_members(connection, [first])
        after = read_members(connection, [second])
    assert sorted(after.table.norad.tolist()) == [1, 2, 3]
    assert len(set(before.set_id.tolist()) & set(after.set_id.tolist())) == 1


def test_history_is_by_epoch_with_the_first_retrieval_and_as_of(database: Database) -> None:
    table = make_table([7, 7, 8], epoch_d=[2.0, 1.0, 0.0])
    store(database, table.take(np.array([0, 1])), "late", retrieved_d=10)
    store(database, table, "early", retrieved_d=5)
    store(database, table.take(np.array([1])), "other", source="a", retrieved_d=7)
    with database.read() as connection:
        history = read_history(connection, 7)
        assert read_history(connection, 7, as_of_tai_ns=at_day(4)).set_id.tolist() == []
        at_six = read_history(connection, 7, as_of_tai_ns=at_day(6))
        assert first_retrieval(connection) == at_day(5)
    assert history.table.epoch_tai_ns.tolist() == [at_day(1), at_day(1), at_day(2)]
    assert list(history.source) == ["a", "file", "file"]
    assert history.retrieved_tai_ns.tolist() == [at_day(7), at_day(5), at_day(5)]
    assert list(at_six.source) == ["file", "file"]


def test_sets_are_found_by_number_in_the_order_asked_for(database: Database) -> None:
    load_id, _ = store(database, make_table([1, 2, 3]), "one")
    with database.read() as connection:
        numbers = read_members(connection, [load_id]).set_id.tolist()
        wanted = [numbers[2], numbers[0], 10**9]
        assert read_sets(connection, wanted).set_id.tolist() == wanted[:2]
        assert len(read_sets(connection, [])) == 0


def test_members_are_found_by_epoch(database: Database) -> None:
    load_id, _ = store(database, make_table([1, 2, 3], epoch_d=[0, 5, 10]), "one")
    with database.read() as connection:
        found = read_members_between(connection, [load_id], at_day(4), at_day(10))
        assert sorted(found.table.norad.tolist()) == [2, 3]
        assert len(read_members_between(connection, [], at_day(4), at_day(10))) == 0


def test_further_columns_and_the_quality_of_a_fit_are_kept(database: Database) -> None:
    extra: dict[str, list[str | None]] = {
        "RMS": ["0.25", None, "n/a", "inf"],
        "DATA_SOURCE": ["SpaceX-E", None, None, None],
        "TLE_LINE1": ["1 x", None, None, None],
        "DATA_MODE": ["TEST"] * 4,
    }
    load_id, _ = store(database, make_table([1, 2, 3, 4], extra=extra), "one")
    with database.read() as connection:
        found = read_members(connection, [load_id])
        extras = read_extra(connection, found.set_id.tolist())
    assert found.fit_rms_km[0] == 0.25
    assert np.isnan(found.fit_rms_km[1:]).all()
    assert extras == [{"RMS": "0.25", "DATA_SOURCE": "SpaceX-E"}, {}, {"RMS": "n/a"}, {"RMS": "inf"}]


def test_a_load_keeps_what_was_kept_out(database: Database) -> None:
    rejected = [Rejection(3, "EPOCH", "no epoch", "a,b\x00,c"), Rejection(9, "BSTAR", "not a number")]
    with database.write() as connection:
        load_id = add_load(connection, new_load("one", source="x"), rejected)
    with database.read() as connection:
        lines = read_quarantine(connection, load_id=load_id)
        assert [(q.line, q.field, q.reason, q.source, q.file_name) for q in lines] == [
            (3, "EPOCH", "no epoch", "x", "one"),
            (9, "BSTAR", "not a number", "x", "one"),
        ]
        assert len(read_quarantine(connection, limit=1)) == 1
        assert read_quarantine(connection, source="y") == []
        (line,) = read_loads(connection, source="x")
        assert (line.rejected, line.facts.accepted, line.file_name) == (2, False, "one")
        assert find_load(connection, "x", "one".rjust(64, "0")) == load_id
        assert find_load(connection, "y", "one".rjust(64, "0")) is None
    with database.write() as connection:
        accept_load(connection, load_id)
    with database.read() as connection:
        assert read_loads(connection)[0].facts.accepted


def test_a_set_without_a_name_leaves_the_name_that_is_known(database: Database) -> None:
    with database.write() as connection:
        name_objects(connection, [(5, "ALPHA", "2020-001A", 10), (6, "", "", 10)], "a")
        name_objects(connection, [(5, "", "", 20), (6, "BETA", "", 5)], "b")
        name_objects(connection, [(5, "GAMMA", "", 20), (5, "OLD", "X", 1)], "c")
    with database.read() as connection:
        assert [(o.norad, o.name, o.object_id) for o in read_objects(connection)] == [
            (5, "GAMMA", "2020-001A"),
            (6, "BETA", ""),
        ]
        assert read_names(connection, 5) == [("ALPHA", "a"), ("GAMMA", "c"), ("OLD", "c")]
        assert find_objects(connection, "old") == find_objects(connection, "2020-001a") == [5]
