"""From the rows of a screening to solutions of conjunctions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_S
from skypact.conjunction.encounters import KINDS, EncounterKind, EncounterTable
from skypact.node.desk.catalog import CatalogView
from skypact.node.store.bulk import Row
from skypact.node.store.conjunctions import ConjunctionLine, SolutionLine, Source, new_line, with_solutions
from skypact.node.store.screenings import NewScreening

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ASSUMED_WHY = "the covariance is assumed"
SAME_TCA_NS = NS_PER_S // 1000
SAME_MISS_KM = 1e-3
"""Two solutions of the same element sets this near are the same solution: the accuracy of a screening."""


@dataclass(frozen=True, eq=False)
class RunPc:
    """Probabilities of all encounters of a screening, with covariances that nobody measured.

    Attributes
    ----------
    pc, pc_max, hbr_m
        Shape (n,), NaN where none was computed; not kept for co-moving pairs, which pass nothing.
    method
        Name of the method of ``pc``.
    covariance
        Where the covariances are from, in words; begins with ``assumed``.
    why
        More about each probability in a few words, shape (n,); None where there is nothing to tell.
    """

    pc: Floats
    pc_max: Floats
    hbr_m: Floats
    method: str
    covariance: str
    why: NDArray[np.object_] | None = None


@dataclass(frozen=True, eq=False)
class Run:
    """A screening with what it was made of, ready to be stored; columns of its rows, shape (n,)."""

    view: CatalogView
    found: EncounterTable
    facts: NewScreening
    pc: RunPc | None
    keep: Flags
    """Rows to be tracked."""
    present: Ints
    """Catalog numbers that were there throughout."""

    @property
    def norad_1(self) -> Ints:
        """Catalog number of the first object."""
        return self.view.table.norad[self.found.row_1]

    @property
    def norad_2(self) -> Ints:
        """Catalog number of the second object."""
        return self.view.table.norad[self.found.row_2]


class SolutionWriter:
    """Collects new and changed conjunctions and new solutions of one screening."""

    def __init__(self, run: Run, run_id: int, numbers: tuple[int, int], own: Sequence[Row]) -> None:
        self.run = run
        self.run_id = run_id
        self.next_conjunction, self.next_solution = numbers
        self.there: dict[int, list[Row]] = {}
        for number, *rest in own:
            self.there.setdefault(number, []).append(tuple(rest))
        self.new: list[ConjunctionLine] = []
        self.changed: list[ConjunctionLine] = []
        self.solutions: list[SolutionLine] = []
        self.updated = 0

    def put(self, line: ConjunctionLine | None, rows: Sequence[int]) -> None:
        """Add the solutions of ``rows`` to a conjunction, a new one where there is none."""
        is_new = line is None
        if line is None:
            number, self.next_conjunction = self.next_conjunction, self.next_conjunction + 1
        else:
            number = line.conjunction_id
        fresh = []
        for row in rows:
            solution = self._solution(row, number)
            if self._is_known(solution):
                continue
            self.next_solution += 1
            fresh.append(solution)
            self.there.setdefault(number, []).append(_own(solution))
        if line is None:
            line = _first_line(self.run, rows[0], fresh[0])
        extent = [self._solution(row, number) for row in rows] if line.co_moving else fresh
        line = with_solutions(line, fresh, extent)
        facts = self.run.facts
        line = replace(
            line,
            found_run=self.run_id,
            found_threshold_km=line.found_threshold_km if facts.volume else facts.threshold_km,
            gone_run=None,
        )
        self.solutions += fresh
        self.updated += bool(fresh) and not is_new
        (self.new if is_new else self.changed).append(line)

    def _is_known(self, one: SolutionLine) -> bool:
        """Say whether the same element sets told the same before; an edge adds nothing to a minimum."""
        for set_1, set_2, kind, tca, miss in self.there.get(one.conjunction_id, ()):
            if (set_1, set_2) != (one.set_id_1, one.set_id_2):
                continue
            if kind == one.kind == EncounterKind.CO_MOVING:
                return True
            if (
                kind == one.kind
                and abs(tca - one.tca_tai_ns) <= SAME_TCA_NS
                and abs(miss - one.miss_km) <= SAME_MISS_KM
            ):
                return True
            if one.kind == EncounterKind.EDGE and (kind != EncounterKind.EDGE or miss <= one.miss_km):
                return True
        return False

    def _solution(self, row: int, number: int) -> SolutionLine:
        run, found = self.run, self.run.found
        one, two = int(found.row_1[row]), int(found.row_2[row])
        table, set_id = run.view.table, run.view.sets.set_id
        turned = bool(table.norad[one] > table.norad[two])
        first, second = (two, one) if turned else (one, two)
        co_moving = KINDS[int(found.kind[row])] is EncounterKind.CO_MOVING
        pc, pc_max, hbr_m = (
            (None, None, None)
            if run.pc is None or co_moving
            else (_given(run.pc.pc[row]), _given(run.pc.pc_max[row]), _given(run.pc.hbr_m[row]))
        )
        return SolutionLine(
            solution_id=self.next_solution,
            conjunction_id=number,
            source=Source.SCREENING.value,
            run_id=self.run_id,
            cdm_id=None,
            created_tai_ns=run.facts.made_tai_ns,
            kind=KINDS[int(found.kind[row])].value,
            tca_tai_ns=int(found.tca_tai_ns[row]),
            start_tai_ns=int(found.start_tai_ns[row]),
            stop_tai_ns=int(found.stop_tai_ns[row]),
            miss_km=float(found.miss_km[row]),
            rel_speed_km_s=float(found.rel_speed_km_s[row]),
            radial_km=float(found.radial_km[row]),
            in_track_km=float(found.in_track_km[row]),
            cross_track_km=float(found.cross_track_km[row]),
            axes_of=2 if turned else 1,
            set_id_1=int(set_id[first]),
            set_id_2=int(set_id[second]),
            covariance="none" if run.pc is None or pc is None else run.pc.covariance,
            hbr_m=hbr_m,
            pc=pc,
            pc_method="" if run.pc is None or pc is None else run.pc.method,
            pc_trusted=False,
            pc_why="" if pc is None else self._why(row),
            pc_max=pc_max,
        )

    def _why(self, row: int) -> str:
        more = self.run.pc.why[row] if self.run.pc is not None and self.run.pc.why is not None else ""
        return f"{ASSUMED_WHY}: {more}" if more else ASSUMED_WHY


def _given(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _own(solution: SolutionLine) -> Row:
    return (solution.set_id_1, solution.set_id_2, solution.kind, solution.tca_tai_ns, solution.miss_km)


def _first_line(run: Run, row: int, solution: SolutionLine) -> ConjunctionLine:
    """Return a new conjunction without figures."""
    one, two = int(run.found.row_1[row]), int(run.found.row_2[row])
    table = run.view.table
    if table.norad[one] > table.norad[two]:
        one, two = two, one
    return new_line(
        solution,
        (str(table.norad[one]), str(table.norad[two])),
        (int(table.norad[one]), int(table.norad[two])),
        (str(table.object_name[one]), str(table.object_name[two])),
    )
