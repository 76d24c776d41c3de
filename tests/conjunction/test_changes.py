"""Two screenings are compared conjunction by conjunction."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.astro.timescales import NS_PER_S
from skypact.conjunction.changes import AHEAD, CLOSER, FARTHER, NEW, SAME, SAME_TCA_S, Passages, compare

MINUTE_NS = 60 * NS_PER_S
END = 10**18


def _passages(*rows: tuple[int, int, int, float]) -> Passages:
    columns = list(zip(*rows, strict=True)) if rows else [[], [], [], []]
    ints = [np.array(c, dtype=np.int64) for c in columns[:3]]
    return Passages(*ints, np.array(columns[3], dtype=np.float64))


def test_new_gone_closer_farther_and_same_are_told_apart() -> None:
    before = _passages(
        (1, 2, 100 * MINUTE_NS, 2.0),
        (1, 3, 100 * MINUTE_NS, 2.0),
        (1, 4, 100 * MINUTE_NS, 2.0),
        (8, 9, 300, 1.0),
    )
    now = _passages(
        (2, 1, 101 * MINUTE_NS, 1.0),  # the order of the two does not matter
        (1, 3, 99 * MINUTE_NS, 3.0),
        (1, 4, 100 * MINUTE_NS, 2.15),  # 150 m, but less than a tenth
        (1, 5, 100 * MINUTE_NS, 0.5),
    )
    found = compare(now, before, window_tai_ns=(0, END), stop_before_tai_ns=END)
    assert found.change.tolist() == [CLOSER, FARTHER, SAME, NEW]
    assert found.before.tolist() == [0, 1, 2, -1]
    assert found.gone.tolist() == [3]


def test_what_the_window_before_did_not_reach_is_ahead_not_new() -> None:
    now = _passages((1, 2, 5 * MINUTE_NS, 2.0), (1, 3, 500 * MINUTE_NS, 2.0))
    found = compare(now, _passages(), window_tai_ns=(0, END), stop_before_tai_ns=100 * MINUTE_NS)
    assert found.change.tolist() == [NEW, AHEAD]


def test_what_is_over_is_not_gone() -> None:
    before = _passages((1, 2, 5 * MINUTE_NS, 2.0))
    assert (
        compare(_passages(), before, window_tai_ns=(6 * MINUTE_NS, END), stop_before_tai_ns=END).gone.tolist()
        == []
    )
    assert compare(
        _passages(), before, window_tai_ns=(4 * MINUTE_NS, END), stop_before_tai_ns=END
    ).gone.tolist() == [0]

    shorter = compare(_passages(), before, window_tai_ns=(0, 4 * MINUTE_NS), stop_before_tai_ns=END)
    assert shorter.gone.tolist() == []


def test_each_passage_of_one_pair_finds_its_own() -> None:
    before = _passages(*[(1, 2, k * 50 * MINUTE_NS, 1.0 + k) for k in range(6)])
    now = _passages(*[(1, 2, k * 50 * MINUTE_NS + 10 * NS_PER_S, 1.0 + k) for k in reversed(range(6))])
    found = compare(now, before, window_tai_ns=(0, END), stop_before_tai_ns=END)
    assert found.before.tolist() == [5, 4, 3, 2, 1, 0]
    assert (found.change == SAME).all()
    assert found.gone.tolist() == []


def test_a_passage_one_revolution_later_is_another() -> None:
    later = int((SAME_TCA_S + 1) * NS_PER_S)
    found = compare(
        _passages((1, 2, later, 1.0)),
        _passages((1, 2, 0, 1.0)),
        window_tai_ns=(0, END),
        stop_before_tai_ns=END,
    )
    assert found.change.tolist() == [NEW]
    assert found.gone.tolist() == [0]


_rows = st.lists(
    st.tuples(st.integers(1, 4), st.integers(5, 7), st.integers(0, 300 * MINUTE_NS), st.floats(0.0, 5.0)),
    max_size=20,
)


@given(_rows, _rows)
def test_nothing_is_matched_twice_and_nothing_is_lost(one: list, two: list) -> None:
    now, before = _passages(*one), _passages(*two)
    found = compare(now, before, window_tai_ns=(0, END), stop_before_tai_ns=END)
    matched = found.before[found.before >= 0]
    assert len(np.unique(matched)) == len(matched)
    assert sorted([*matched.tolist(), *found.gone.tolist()]) == list(range(len(before)))
    assert ((found.change == NEW) == (found.before < 0)).all()


@given(_rows)
def test_a_screening_is_the_same_as_itself(rows: list) -> None:
    passages = _passages(*rows)
    found = compare(passages, passages, window_tai_ns=(0, END), stop_before_tai_ns=END)
    assert (found.before >= 0).all()
    assert len(found.gone) == 0
