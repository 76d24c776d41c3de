"""Which loads of element sets make up the catalog at a time, and which are incomplete and stay out.

A file from a provider is one *load*. Loads that hold largely the same objects form a *series*: today's full
catalog follows yesterday's, a file of debris stands beside it. Of each series one load is *in force*: the
newest complete one. A load with far fewer objects than the one before it is taken for a damaged download:
it is kept, marked incomplete, and the one before stays in force. Histories and additions never replace
anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY

Ints = NDArray[np.int64]

COMPLETE_FRACTION = 0.9
"""Least share of the objects of the load before: full catalogs change by less than 1 % a day, damaged
downloads seen so far lacked half and more (6 of 17,822 in satchecker #246)."""

COMPARE_WITHIN_D = 90
"""Largest distance of median epochs at which two loads are of one time."""

DISTANT_FRACTION = 0.5
"""Least share where a load is of a later time: catalogs grow (17,892 objects in 2019, 26,834 in 2024), but
active satellites alone (15,985 in 2026) follow a full catalog. Archives of an earlier time may be smaller."""

REVISE_WITHIN_D = 7
"""A load is judged again by later ones whose median epochs are this near: the half may come before the
whole."""

SERIES_OVERLAP = 0.5
"""Share of the smaller load's objects that the larger one must hold for both to be of one series: the
catalogs of 2019 and 2024 share 87 %, different groups of one provider almost none."""

HISTORY_SETS_PER_OBJECT = 1.5
HISTORY_SPAN_D = 3.0
"""A file with more sets for each object, over a longer time, is a history; several fits of one day are
not."""

EPOCH_AHEAD_D = 1.0
"""How far after the time of interest the median epoch may lie: providers date some sets hours ahead."""

STALE_D = 30.0
"""A series this much older than the newest one is no part of the catalog: providers drop objects that were
not seen for 30 days (CelesTrak and Space-Track alike)."""

MAIN_FRACTION = 0.1
"""Share of the largest series' objects from which on a series makes others stale: fresh elements of a few
objects of one's own do not outdate the catalog."""


class LoadKind(StrEnum):
    """What a load is for."""

    CATALOG = "catalog"
    """A snapshot, which replaces the one before it in its series."""
    HISTORY = "history"
    """Element sets over time, which replaces nothing."""
    ADDITION = "addition"
    """Objects besides the catalog, which replaces nothing."""
    FACTS = "facts"
    """Facts about objects (SATCAT, radii), no element sets."""


@dataclass(frozen=True)
class LoadFacts:
    """What must be known of a load to judge it; the median is of the epochs of its element sets."""

    load_id: int
    source: str
    series: int
    kind: LoadKind
    objects: int
    retrieved_tai_ns: int
    epoch_median_tai_ns: int
    epoch_last_tai_ns: int
    accepted: bool
    """Whether a person said that it is complete as it is."""


@dataclass(frozen=True)
class Verdict:
    """Whether a load is complete, and compared with which."""

    complete: bool
    expected_objects: int
    """Objects of the load it was compared with; 0 where there was none to compare with."""
    compared_with: int
    """Number of that load; 0 where there was none."""


@dataclass(frozen=True)
class InForce:
    """The loads that make up the catalog at a time, by number, and those left out."""

    catalogs: tuple[int, ...]
    additions: tuple[int, ...]
    incomplete: tuple[int, ...]
    """Loads that would be in force if they were complete."""
    stale: tuple[int, ...]
    anchor_tai_ns: int
    """The time of interest, or the median epoch of the newest catalog where that is earlier: the ages of
    additions are counted from here, so that an archive of an old date is a whole."""


def kind_of(norad: Ints, epoch_tai_ns: Ints) -> LoadKind:
    """Tell a snapshot from a history by its catalog numbers and epochs, both of shape (n,); n may be 0."""
    if len(norad) == 0:
        return LoadKind.CATALOG
    order = np.lexsort((epoch_tai_ns, norad))
    numbers, epochs = norad[order], epoch_tai_ns[order]
    first = np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))
    last = np.append(first[1:], len(numbers)) - 1
    span_d = (epochs[last] - epochs[first])[last > first] / NS_PER_DAY
    many = len(numbers) >= HISTORY_SETS_PER_OBJECT * len(first)
    return LoadKind.HISTORY if many and np.median(span_d) > HISTORY_SPAN_D else LoadKind.CATALOG


def series_of(norad: Ints, known: Mapping[int, Ints]) -> int:
    """Return the series that a new load continues, or the next free number.

    Parameters
    ----------
    norad
        Catalog numbers of the new load.
    known
        For each series of the source the catalog numbers of its newest load.
    """
    numbers = np.unique(norad)
    best, best_shared = max(known, default=0) + 1, 0
    for series, others in known.items():
        shared = int(np.isin(numbers, others).sum())
        smaller = min(len(numbers), len(np.unique(others)))
        if shared >= SERIES_OVERLAP * smaller and shared > best_shared:
            best, best_shared = series, shared
    return best


def judge(loads: Iterable[LoadFacts]) -> dict[int, Verdict]:
    """Judge every catalog load by its neighbors in its series, in the order of retrieval.

    A load must have :data:`COMPLETE_FRACTION` of the objects of the last complete load before it
    (:data:`DISTANT_FRACTION` where its epochs are more than :data:`COMPARE_WITHIN_D` later, nothing where
    they are as much earlier), and of any larger load that came later with epochs within
    :data:`REVISE_WITHIN_D`. A load that a person accepted is complete as it is.
    """
    verdicts: dict[int, Verdict] = {}
    for members in _by_series(loads).values():
        before: LoadFacts | None = None
        for k, load in enumerate(members):
            measures = [] if before is None else [before]
            measures += [
                p for p in members[k + 1 :] if p.objects > load.objects and _gap_d(p, load) <= REVISE_WITHIN_D
            ]
            measure = max(measures, key=lambda p: _demanded(load, p), default=load)
            demanded = _demanded(load, measure)
            complete = load.accepted or measure is load or load.objects >= demanded
            compared = measure is not load and demanded > 0
            verdicts[load.load_id] = Verdict(
                complete, measure.objects if compared else 0, measure.load_id if compared else 0
            )
            before = load if complete else before
    return verdicts


def _demanded(load: LoadFacts, measure: LoadFacts) -> float:
    """Return how many objects a load must have beside another one."""
    if _gap_d(load, measure) <= COMPARE_WITHIN_D:
        return COMPLETE_FRACTION * measure.objects
    later = load.epoch_median_tai_ns > measure.epoch_median_tai_ns
    return DISTANT_FRACTION * measure.objects if later else 0.0


def in_force(loads: Sequence[LoadFacts], at_tai_ns: int) -> InForce:
    """Return which loads make up the catalog for a time of interest.

    Of each series it is the complete load with the newest median epoch not after ``at_tai_ns`` (plus
    :data:`EPOCH_AHEAD_D`); where every series is younger, the oldest load of each. Of these, series
    older by :data:`STALE_D` than the newest main one stay out. To ask what was known earlier, pass only the
    loads of then.
    """
    verdicts = judge(loads)
    limit = at_tai_ns + int(EPOCH_AHEAD_D * NS_PER_DAY)
    chosen: list[LoadFacts] = []
    after: list[LoadFacts] = []
    incomplete: list[int] = []
    for members in _by_series(loads).values():
        ready = [p for p in members if p.epoch_median_tai_ns <= limit]
        ranked = sorted(ready, key=_newness, reverse=True)
        good = next((p for p in ranked if verdicts[p.load_id].complete), None)
        incomplete += [p.load_id for p in ranked[: ranked.index(good) if good else None]]
        if good:
            chosen.append(good)
        else:
            after += [p for p in sorted(members, key=_newness) if verdicts[p.load_id].complete][:1]
    chosen = chosen or after
    main = MAIN_FRACTION * max((p.objects for p in chosen), default=0)
    newest = max((p.epoch_median_tai_ns for p in chosen if p.objects >= main), default=None)
    extra = [p for p in loads if p.kind in (LoadKind.HISTORY, LoadKind.ADDITION)]
    if newest is None:
        newest = max((min(p.epoch_last_tai_ns, at_tai_ns) for p in extra), default=at_tai_ns)
    fresh = [p for p in chosen if newest - p.epoch_median_tai_ns <= STALE_D * NS_PER_DAY]
    return InForce(
        catalogs=tuple(sorted(p.load_id for p in fresh)),
        additions=tuple(sorted(p.load_id for p in extra)),
        incomplete=tuple(sorted(incomplete)),
        stale=tuple(sorted(p.load_id for p in chosen if p not in fresh)),
        anchor_tai_ns=min(at_tai_ns, newest),
    )


def _by_series(loads: Iterable[LoadFacts]) -> dict[tuple[str, int], list[LoadFacts]]:
    """Group the catalog loads, each group in the order of retrieval."""
    groups: dict[tuple[str, int], list[LoadFacts]] = {}
    for load in sorted(loads, key=lambda p: (p.retrieved_tai_ns, p.load_id)):
        if load.kind is LoadKind.CATALOG:
            groups.setdefault((load.source, load.series), []).append(load)
    return groups


def _gap_d(one: LoadFacts, other: LoadFacts) -> float:
    return abs(one.epoch_median_tai_ns - other.epoch_median_tai_ns) / NS_PER_DAY


def _newness(load: LoadFacts) -> tuple[int, int, int]:
    return load.epoch_median_tai_ns, load.retrieved_tai_ns, load.load_id
