"""The choice of one element set per object, by the stated rule, against the rule written out plainly."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.catalog.selection import FIT_FRESH_D, FIT_RMS_LIMIT_KM, FUTURE_D, Choice, select_best
from tests.catalog.tables import at_day

Candidate = tuple[int, float, float, str]
"""Catalog number, epoch in days before now, RMS of the fit (NaN: none), source."""


def chosen(candidates: list[Candidate]) -> list[tuple[Candidate, Choice]]:
    """Return the chosen candidate of each object, with the reason."""
    source = np.empty(len(candidates), dtype=object)
    source[:] = [c[3] for c in candidates]
    result = select_best(
        np.array([c[0] for c in candidates], dtype=np.int64),
        np.array([at_day(-c[1]) for c in candidates], dtype=np.int64),
        np.array([c[2] for c in candidates], dtype=float),
        source,
        at_tai_ns=at_day(0),
    )
    return [(candidates[int(row)], choice) for row, choice in zip(result.rows, result.choice, strict=True)]


def plain(candidates: list[Candidate]) -> dict[int, Candidate]:
    """Choose by the rule, one object at a time (slow and obvious)."""
    best: dict[int, Candidate] = {}
    for number in {c[0] for c in candidates}:
        own = [c for c in candidates if c[0] == number]
        near = [c for c in own if c[1] >= -FUTURE_D]
        fits = [c for c in near if c[2] <= FIT_RMS_LIMIT_KM and c[1] <= FIT_FRESH_D]
        ordinary = [c for c in near if c[2] != c[2]]
        if fits:
            best[number] = min(fits, key=lambda c: (c[2], c[3], c[1]))
        elif ordinary or near:
            best[number] = min(ordinary or near, key=lambda c: (c[1], c[3]))
        else:
            best[number] = min(own, key=lambda c: (-c[1], c[3]))
    return best


NONE = float("nan")


def test_the_newest_epoch_wins_among_ordinary_sets() -> None:
    sets = [(5, 3.0, NONE, "celestrak"), (5, 1.0, NONE, "space-track"), (7, 9.0, NONE, "file")]
    assert chosen(sets) == [(sets[1], Choice.NEWEST), (sets[2], Choice.ONLY)]


def test_a_good_fresh_fit_wins_over_a_newer_ordinary_set() -> None:
    sets = [(5, 0.1, NONE, "celestrak"), (5, 1.0, 0.3, "celestrak-supgp"), (5, 0.5, 0.7, "celestrak-supgp")]
    assert chosen(sets) == [(sets[1], Choice.FIT)]


def test_a_poor_or_old_fit_loses_against_an_ordinary_set() -> None:
    sets = [(5, 4.0, NONE, "celestrak"), (5, 0.1, 5.0, "supgp"), (5, 3.5, 0.1, "supgp")]
    assert chosen(sets) == [(sets[0], Choice.NEWEST)]
    assert chosen(sets[1:]) == [(sets[1], Choice.POOR_FIT)]


def test_a_far_future_epoch_is_taken_only_where_there_is_nothing_else() -> None:
    sets = [
        (5, -400.0, NONE, "file"),
        (5, 10.0, NONE, "file"),
        (6, -400.0, NONE, "file"),
        (6, -30.0, NONE, "file"),
    ]
    assert chosen(sets) == [(sets[1], Choice.NEWEST), (sets[3], Choice.FUTURE)]


def test_equal_epochs_are_decided_by_the_name_of_the_source() -> None:
    sets = [(5, 1.0, NONE, "space-track"), (5, 1.0, NONE, "celestrak")]
    assert chosen(sets)[0][0] == chosen(sets[::-1])[0][0] == sets[1]


def test_nothing_to_choose_from_gives_nothing() -> None:
    assert chosen([]) == []


@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.sampled_from([-500.0, -7.5, -2.0, 0.0, 0.5, 1.0, 2.9, 3.1, 40.0]),
            st.sampled_from([NONE, 0.1, 0.2, 1.0, 1.1, 50.0]),
            st.sampled_from(["a", "b"]),
        ),
        max_size=20,
        unique_by=lambda c: (c[0], c[1], c[2] if c[2] == c[2] else -1.0, c[3]),
    )
)
def test_the_choice_is_that_of_the_rule_written_out(candidates: list[Candidate]) -> None:
    result = chosen(candidates)
    assert [c[0] for c, _ in result] == sorted({c[0] for c in candidates})
    expected = plain(candidates)
    for candidate, _ in result:
        assert candidate == expected[candidate[0]] or candidate is expected[candidate[0]]
