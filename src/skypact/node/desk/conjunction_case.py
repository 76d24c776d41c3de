"""One conjunction with all that the node holds of it: tracked, or only in the archive of a screening."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from skypact.astro.timescales import format_utc
from skypact.conjunction.encounters import KINDS, EncounterKind
from skypact.conjunction.grouping import NEAR_NS
from skypact.errors import NotFoundError, UsageError
from skypact.node.desk.catalog import objects_by_number
from skypact.node.desk.conjunctions import GONE, OPEN, PAST
from skypact.node.desk.node_home import Node
from skypact.node.desk.run_solutions import SAME_TCA_NS
from skypact.node.store.conjunctions import (
    ConjunctionLine,
    SolutionLine,
    Source,
    new_line,
    read_conjunction,
    read_solutions,
    with_solutions,
)
from skypact.node.store.screenings import (
    ARCHIVES_KEPT,
    Archive,
    ScreeningLine,
    read_archive,
    read_screening,
    read_screenings,
)
from skypact.node.views.listing import Column, Listing, decimals, significant

_ID = re.compile(r"(\d{1,18})(?::(\d{1,9}))?")


@dataclass(frozen=True)
class ConjunctionCase:
    """A conjunction and its solutions in the order of creation.

    Attributes
    ----------
    name
        Its identifier as people write it: a number, or ``SCREENING:ROW``.
    """

    name: str
    line: ConjunctionLine
    solutions: tuple[SolutionLine, ...]

    @property
    def standing(self) -> SolutionLine:
        """The solution that counts."""
        return max(self.solutions, key=lambda s: (s.standing_tai_ns, s.solution_id))

    def newest(self, *sources: Source) -> SolutionLine | None:
        """Return the newest solution from one of these sources, ``None`` where there is none."""
        found = [s for s in self.solutions if s.source in sources]
        return max(found, key=lambda s: (s.standing_tai_ns, s.solution_id)) if found else None

    def status(self, now_tai_ns: int) -> str:
        """Return whether it is open, past or gone."""
        if self.line.gone_run is not None:
            return GONE
        return PAST if self.line.last_tai_ns < now_tai_ns else OPEN


def find_conjunction(node: Node, name: str) -> ConjunctionCase:
    """Return the conjunction with an identifier of ``skypact conjunctions list``.

    Besides its stored solutions it has those that kept archives hold of it.

    Raises
    ------
    UsageError
        For text that is no identifier.
    NotFoundError
        Where there is no such conjunction, or its archive was dropped.
    """
    match = _ID.fullmatch(name.strip())
    if match is None:
        raise UsageError(f"'{name}' is no conjunction", remedy="see the column id of 'conjunctions list'")
    if match.group(2) is not None:
        line, solutions = _from_archive(node, int(match.group(1)), int(match.group(2)))
    else:
        with node.database.read() as connection:
            found = read_conjunction(connection, int(match.group(1)))
            solutions = read_solutions(connection, [int(match.group(1))])
        if found is None:
            raise NotFoundError(f"no conjunction {name}", remedy="see 'skypact conjunctions list'")
        line = found
    more = [] if line.co_moving else _archived(node, line, solutions)
    ordered = sorted([*solutions, *more], key=lambda s: (s.created_tai_ns, s.solution_id))
    return ConjunctionCase(name.strip(), line, tuple(ordered))


def _from_archive(node: Node, run_id: int, row: int) -> tuple[ConjunctionLine, list[SolutionLine]]:
    with node.database.read() as connection:
        run = read_screening(connection, run_id)
    archive = read_archive(node.settings.home, run.archive_sha256) if run is not None else None
    if run is None or archive is None or row >= len(archive):
        raise NotFoundError(
            f"screening {run_id} has no row {row} any more",
            remedy=f"the archives of the newest {ARCHIVES_KEPT} screenings are kept",
        )
    solution = _solution(run, archive, row)
    pair = sorted(int(archive.norad[k]) for k in (archive.row_1[row], archive.row_2[row]))
    known = objects_by_number(node, pair)
    names = [known[number].name if number in known else "" for number in pair]
    line = new_line(solution, (str(pair[0]), str(pair[1])), (pair[0], pair[1]), (names[0], names[1]))
    return with_solutions(line, [solution], [solution]), [solution]


def _archived(node: Node, line: ConjunctionLine, there: list[SolutionLine]) -> list[SolutionLine]:
    """Return solutions of the pair near its TCAs that only archives hold, each once."""
    if line.norad_1 is None or line.norad_2 is None:
        return []
    with node.database.read() as connection:
        runs = [
            run
            for whole in (True, False)
            for run in read_screenings(connection, whole_catalog=whole, limit=ARCHIVES_KEPT)
            if run.facts.start_tai_ns - NEAR_NS <= line.last_tai_ns
            and line.first_tai_ns <= run.facts.stop_tai_ns + NEAR_NS
        ]
    found: list[SolutionLine] = []
    looked: set[str] = set()
    for run in sorted(runs, key=lambda run: run.run_id):
        archive = None
        if run.archive_sha256 not in looked:
            archive = read_archive(node.settings.home, run.archive_sha256)
        looked.add(run.archive_sha256)
        if archive is None:
            continue
        places = [np.flatnonzero(archive.norad == number) for number in (line.norad_1, line.norad_2)]
        one, two = (np.isin(archive.row_1, p) | np.isin(archive.row_2, p) for p in places)
        near = (archive.tca_tai_ns >= line.first_tai_ns - NEAR_NS) & (
            archive.tca_tai_ns <= line.last_tai_ns + NEAR_NS
        )
        rows = [row for row in np.flatnonzero(one & two & near).tolist() if not _is_co_moving(archive, row)]
        for row in rows:
            solution = _solution(run, archive, row)
            if not any(_same(solution, other) for other in (*there, *found)):
                found.append(replace(solution, conjunction_id=line.conjunction_id))
    return found


def _is_co_moving(archive: Archive, row: int) -> bool:
    return KINDS[int(archive.kind[row])] is EncounterKind.CO_MOVING


def _same(one: SolutionLine, other: SolutionLine) -> bool:
    sets = (one.set_id_1, one.set_id_2) == (other.set_id_1, other.set_id_2)
    return sets and one.kind == other.kind and abs(one.tca_tai_ns - other.tca_tai_ns) <= SAME_TCA_NS


def _solution(run: ScreeningLine, archive: Archive, row: int) -> SolutionLine:
    one, two = int(archive.row_1[row]), int(archive.row_2[row])
    turned = bool(archive.norad[one] > archive.norad[two])
    first, second = (two, one) if turned else (one, two)
    pc, pc_max = float(archive.pc[row]), float(archive.pc_max[row])
    has_pc = not np.isnan(pc)
    return SolutionLine(
        solution_id=0,
        conjunction_id=0,
        source=Source.SCREENING.value,
        run_id=run.run_id,
        cdm_id=None,
        created_tai_ns=run.facts.made_tai_ns,
        kind=KINDS[int(archive.kind[row])].value,
        tca_tai_ns=int(archive.tca_tai_ns[row]),
        start_tai_ns=int(archive.start_tai_ns[row]),
        stop_tai_ns=int(archive.stop_tai_ns[row]),
        miss_km=float(archive.miss_km[row]),
        rel_speed_km_s=float(archive.rel_speed_km_s[row]),
        radial_km=float(archive.radial_km[row]),
        in_track_km=float(archive.in_track_km[row]),
        cross_track_km=float(archive.cross_track_km[row]),
        axes_of=2 if turned else 1,
        set_id_1=int(archive.set_id[first]),
        set_id_2=int(archive.set_id[second]),
        covariance="assumed" if has_pc else "none",
        hbr_m=None,
        pc=pc if has_pc else None,
        pc_method="foster-1992" if has_pc else "",
        pc_trusted=False,
        pc_why="the covariance is assumed" if has_pc else "",
        pc_max=None if np.isnan(pc_max) else pc_max,
    )


HISTORY_COLUMNS = (
    Column("created_utc", "when the screening or the message was made"),
    Column("source", "screening, cdm, cdm-assumed or cdm-public"),
    Column("of", "number of the screening or of the message in this node"),
    Column("kind", "encounter, edge or co-moving"),
    Column("tca_utc", "time of closest approach"),
    Column("miss_km", "distance at the TCA", decimals(6)),
    Column("rel_speed_km_s", "relative speed at the TCA", decimals(6)),
    Column("radial_km", "position of the other object in RTN of object axes_of: radial", decimals(6)),
    Column("in_track_km", "in-track", decimals(6)),
    Column("cross_track_km", "cross-track", decimals(6)),
    Column("axes_of", "1 or 2, by order of catalog numbers", str),
    Column("pc", "probability of collision", significant(4)),
    Column("pc_method", "by which method"),
    Column("pc_trusted", "whether the covariance was estimated and the method holds"),
    Column("pc_why", "why (not)"),
    Column("pc_max", "largest probability over all sizes of the covariance", significant(4)),
    Column("hbr_m", "combined hard-body radius", decimals(3)),
    Column("covariance", "where the covariances are from"),
    Column("set_1", "number of the first object's element set", str),
    Column("set_2", "number of the second object's element set", str),
    Column("stands", "whether this is the solution that counts"),
)


def history_listing(case: ConjunctionCase) -> Listing:
    """List every solution of a conjunction, oldest first."""
    standing = case.standing
    rows = []
    for one in case.solutions:
        values = {column.name: getattr(one, column.name, None) for column in HISTORY_COLUMNS}
        values |= {
            "created_utc": format_utc(one.created_tai_ns, decimals=0),
            "of": f"screening {one.run_id}" if one.run_id is not None else f"message {one.cdm_id}",
            "tca_utc": format_utc(one.tca_tai_ns, decimals=6),
            "pc_trusted": None if one.pc is None else one.pc_trusted,
            "set_1": one.set_id_1,
            "set_2": one.set_id_2,
            "stands": one is standing,
        }
        rows.append(values)
    return Listing(HISTORY_COLUMNS, rows)
