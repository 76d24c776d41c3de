"""The rules that make conjunctions of solutions: constructed sequences, and laws that hold for any."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skypact.astro.timescales import NS_PER_S
from skypact.conjunction.grouping import (
    NEAR_NS,
    SPREAD_NS,
    Known,
    covered_and_missing,
    group_messages,
    match_batch,
    pair_keys,
)

MINUTE_NS = 60 * NS_PER_S
NONE = Known(*(np.empty(0, dtype=np.int64) for _ in range(3)))


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def known(*rows: tuple[int, int, int]) -> Known:
    """Conjunctions given as (pair, first, last), times in minutes."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Known(table[:, 0], table[:, 1] * MINUTE_NS, table[:, 2] * MINUTE_NS)


def match(there: Known, *solutions: tuple[int, float]) -> list[int]:
    """Match solutions given as (pair, minute)."""
    pair = ints(*(p for p, _ in solutions))
    tca = ints(*(round(minute * MINUTE_NS) for _, minute in solutions))
    joined: list[int] = match_batch(pair, tca, there).tolist()
    return joined


def test_a_solution_joins_the_conjunction_of_its_pair_within_twenty_minutes() -> None:
    there = known((1, 0, 0), (2, 0, 0))
    assert match(there, (2, 19.9), (1, -20.0), (3, 0.0)) == [1, 0, -1]
    assert match(there, (1, 20.1)) == [-1]


def test_no_conjunctions_and_no_solutions_are_fine() -> None:
    assert match(NONE, (1, 0)) == [-1]
    assert match(known((1, 0, 0))) == []


def test_two_encounters_of_one_screening_are_never_one_conjunction() -> None:
    assert sorted(match(known((1, 0, 0)), (1, -5), (1, 5))) == [-1, 0]
    assert match(known((1, 0, 0)), (1, 2), (1, 5)) == [0, -1]


def test_the_order_in_time_of_competing_encounters_is_kept() -> None:
    """All shifted by nine minutes: the nearest in time would be the wrong one for each but the last."""
    there = known((1, 0, 0), (1, 15, 15), (1, 30, 30))
    assert match(there, (1, 9), (1, 24), (1, 39)) == [0, 1, 2]
    assert match(there, (1, 39), (1, 9), (1, 24)) == [2, 0, 1]


def test_as_many_as_possible_are_joined_then_the_nearest() -> None:
    there = known((1, 0, 0), (1, 15, 15))
    assert match(there, (1, 14)) == [1]
    assert match(there, (1, 14), (1, 16)) == [0, 1]


def test_a_drifting_encounter_is_followed_over_days_but_never_to_the_next_one() -> None:
    tcas = [round(minute * MINUTE_NS) for minute in (0, 15, 30, 39, 45)]
    rows = group_messages([7] * 5, range(5), tcas, NONE)
    assert rows == [0, 0, 0, 0, 1]


def test_messages_of_one_batch_stay_apart() -> None:
    assert group_messages([7, 7], [1, 1], [0, MINUTE_NS], NONE) == [0, 1]
    assert group_messages([7, 7], [1, 2], [0, MINUTE_NS], NONE) == [0, 0]


def test_pairs_have_one_number_in_either_order() -> None:
    assert pair_keys(ints(999_999_999, 5), ints(5, 999_999_999)).tolist() == [5_999_999_999] * 2


def test_only_what_a_screening_covers_can_be_gone() -> None:
    there = known((1, 30, 30), (2, 10, 10), (3, 30, 30), (4, 30, 30), (5, 30, 30), (6, 30, 30))
    gone = covered_and_missing(
        there,
        found=np.array([0, 0, 1, 0, 0, 0], dtype=np.bool_),
        screened=np.array([1, 1, 1, 0, 1, 1], dtype=np.bool_),
        co_moving=np.zeros(6, dtype=np.bool_),
        threshold_km=np.array([5.0, 5.0, 5.0, 5.0, np.nan, 10.0]),
        window_tai_ns=(0, 60 * MINUTE_NS),
        run_threshold_km=5.0,
    )
    assert gone.tolist() == [True, False, False, False, False, False]


def test_a_co_moving_pair_is_gone_when_its_interval_is_screened_in_part_without_it() -> None:
    there = known((1, -1000, 300), (2, -1000, 10))
    gone = covered_and_missing(
        there,
        found=np.zeros(2, dtype=np.bool_),
        screened=np.ones(2, dtype=np.bool_),
        co_moving=np.ones(2, dtype=np.bool_),
        threshold_km=np.full(2, 5.0),
        window_tai_ns=(0, 600 * MINUTE_NS),
        run_threshold_km=5.0,
    )
    assert gone.tolist() == [True, False]


_solutions = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 200 * 60)), min_size=0, max_size=30, unique=True
)
"""Pairs and seconds."""


@given(_solutions, _solutions)
def test_a_match_is_one_to_one_of_one_pair_near_and_in_order(
    there: list[tuple[int, int]], new: list[tuple[int, int]]
) -> None:
    tca_known = ints(*(s * NS_PER_S for _, s in there))
    conjunctions = Known(ints(*(p for p, _ in there)), tca_known, tca_known)
    pair, tca = ints(*(p for p, _ in new)), ints(*(s * NS_PER_S for _, s in new))
    joined = match_batch(pair, tca, conjunctions)
    rows = np.flatnonzero(joined >= 0)
    assert len(set(joined[rows].tolist())) == len(rows)
    assert (conjunctions.pair[joined[rows]] == pair[rows]).all()
    assert (np.abs(tca_known[joined[rows]] - tca[rows]) <= NEAR_NS).all()
    for a in rows:
        for b in rows:
            if pair[a] == pair[b] and tca[a] < tca[b]:
                assert tca_known[joined[a]] < tca_known[joined[b]]


@given(_solutions, _solutions)
def test_no_other_match_joins_more_or_shifts_less(
    there: list[tuple[int, int]], new: list[tuple[int, int]]
) -> None:
    """Against all ways, for few of one pair."""
    mine = sorted(s for _, s in new)[:4]
    theirs = sorted(s for _, s in there)[:4]
    conjunctions = Known(ints(*[1] * len(theirs)), *[ints(*(s * NS_PER_S for s in theirs))] * 2)
    joined = match_batch(ints(*[1] * len(mine)), ints(*(s * NS_PER_S for s in mine)), conjunctions).tolist()

    def cost(way: tuple[int, ...]) -> tuple[int, int]:
        pairs = [(i, j) for i, j in enumerate(way) if j >= 0]
        return -len(pairs), sum(abs(mine[i] - theirs[j]) for i, j in pairs)

    def allowed(way: tuple[int, ...]) -> bool:
        used = [j for j in way if j >= 0]
        near = all(abs(mine[i] - theirs[j]) * NS_PER_S <= NEAR_NS for i, j in enumerate(way) if j >= 0)
        return near and used == sorted(used)

    choices = [-1] * len(mine) + list(range(len(theirs)))
    best = min(cost(way) for way in set(permutations(choices, len(mine))) if allowed(way))
    assert cost(tuple(joined)) == best


@given(_solutions)
def test_the_same_screening_again_makes_nothing_new(new: list[tuple[int, int]]) -> None:
    pair, tca = ints(*(p for p, _ in new)), ints(*(s * NS_PER_S for _, s in new))
    assert match_batch(pair, tca, Known(pair, tca, tca)).tolist() == list(range(len(new)))


_meetings = st.lists(
    st.tuples(
        st.integers(1, 3), st.integers(0, 5), st.lists(st.integers(0, 20 * 60), min_size=1, max_size=4)
    ),
    max_size=6,
    unique_by=lambda m: m[:2],
)
"""Pair, number of the meeting, and for each solution how many seconds its TCA is late."""


@given(_meetings, st.randoms(use_true_random=False))
def test_messages_make_the_same_conjunctions_in_any_order(
    meetings: list[tuple[int, int, list[int]]], random: object
) -> None:
    """Meetings of a pair are 41 minutes apart, as in real catalogs; solutions of one differ by up to 20."""
    messages = [
        (pair, (number * 61 * 60 + late) * NS_PER_S, (pair, number))
        for pair, number, lates in meetings
        for late in lates
    ]
    random.shuffle(messages)  # type: ignore[attr-defined]
    rows = group_messages(
        [m[0] for m in messages], list(range(len(messages))), [m[1] for m in messages], NONE
    )
    truth = [m[2] for m in messages]
    assert len(set(rows)) == len(set(truth)) == len(set(zip(rows, truth, strict=True)))


@given(_solutions, st.integers(1, 4))
def test_no_conjunction_spreads_to_the_next_meeting(new: list[tuple[int, int]], batches: int) -> None:
    tca = [s * NS_PER_S for _, s in new]
    rows = group_messages([p for p, _ in new], [k % batches for k in range(len(new))], tca, NONE)
    for row in set(rows):
        own = [t for t, r in zip(tca, rows, strict=True) if r == row]
        assert max(own) - min(own) <= SPREAD_NS
