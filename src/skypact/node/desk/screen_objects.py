"""The objects of a screening: element sets and ephemerides of files, in one set or in two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import CENTER_MU_KM3_S2, EARTH
from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame, frame_named
from skypact.conjunction.bodies import Bodies
from skypact.errors import FormatError, FrameError, NotFoundError
from skypact.formats.catalog_files import dedupe_newest, name_conflicts, read_elements
from skypact.formats.detect import Kind, detect
from skypact.formats.elements import ElementTable
from skypact.formats.oem_values import Oem
from skypact.formats.reading import RawInput, ReadReport, unpack
from skypact.node.desk.files import read_input
from skypact.orbits.sampled import SampledTrajectory
from skypact.orbits.trajectory import ObjectIdentity, Status, require_same_status

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

UNKNOWN = "UNKNOWN"
"""What messages write where they have no identifier."""
_DESIGNATOR = re.compile(r"\d{4}-\d{3}[A-Z]{1,3}", re.ASCII)
EPHEMERIDES = frozenset({Kind.OEM_KVN, Kind.OEM_XML, Kind.ITC})


@lru_cache(maxsize=1)
def held_orientation() -> EarthOrientation:
    """Return the packaged Earth orientation, its ends held."""
    from skypact.node.desk.earth_orientation import packaged_earth_orientation

    return packaged_earth_orientation().hold()


@dataclass(frozen=True, eq=False)
class ObjectSet:
    """Objects that are screened together, all of one status, and what was met when they were read."""

    elements: ElementTable
    """One element set for each object."""
    ephemerides: tuple[SampledTrajectory, ...] = ()
    status: Status = Status.DEFINITIVE
    older: int = 0
    """Element sets of objects that have a newer one: kept out, the newest counts."""
    kept_out: tuple[str, ...] = ()
    """One line for each record that could not be used: file, line, field, reason."""
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.elements) + len(self.ephemerides)


def read_objects(paths: Sequence[Path], status: Status = Status.DEFINITIVE) -> ObjectSet:
    """Read element sets and ephemerides of files; of several element sets of an object the newest counts.

    Raises
    ------
    FormatError
        For a file that cannot be read, or when no file holds anything usable.
    NotFoundError
        Where there is no such file.
    """
    tables: list[ElementTable] = []
    ephemerides: list[SampledTrajectory] = []
    kept_out: list[str] = []
    warnings: list[str] = []
    for path in paths:
        raw = read_input(path)
        members = list(unpack(raw))
        if not any(detect(member) in EPHEMERIDES for member in members):
            members = members if len(members) == 1 else [raw]
        for member in members:
            if detect(member) in EPHEMERIDES:
                found, report = _read_ephemeris(member, status)
                ephemerides += found
                warnings += [f"{member.name}: {t.identity}: {note}" for t in found for note in t.notes]
            else:
                table, report = read_elements(member)
                tables.append(table)
                kept_out += [f"{member.at(r.line, r.field_name)}: {r.reason}" for r in report.rejected]
            warnings += report.warnings
    everything = ElementTable.concatenate(tables)
    newest, older = dedupe_newest(everything)
    if not len(newest) and not ephemerides:
        first = f": {len(kept_out)} records kept out, the first is {kept_out[0]}" if kept_out else ""
        raise FormatError(f"nothing to screen{first}", where=" ".join(map(str, paths)))
    warnings += name_conflicts(everything) if len(older) else []
    return ObjectSet(newest, tuple(ephemerides), status, len(older), tuple(kept_out), tuple(warnings))


def _read_ephemeris(raw: RawInput, status: Status) -> tuple[list[SampledTrajectory], ReadReport]:
    from skypact.formats.ephemerides import read_ephemerides
    from skypact.orbits.oem_trajectory import trajectories_from_oem

    oems, report = read_ephemerides(raw)
    orientation = held_orientation() if _turns_with_earth(oems) else None
    found = [t for oem in oems for t in trajectories_from_oem(oem, status=status, orientation=orientation)]
    if orientation is not None:
        ends = np.array([end for t in found for end in (t.start_tai_ns, t.stop_tai_ns)], dtype=np.int64)
        report.warnings += _coverage_warnings(raw.name, ends)
    return found, report


def _coverage_warnings(name: str, ends_tai_ns: Ints) -> list[str]:
    """Say where an ephemeris fixed to the Earth lies beyond what is known of its rotation."""
    from skypact.node.desk.earth_orientation import packaged_earth_orientation

    table = packaged_earth_orientation()
    if table.covers(ends_tai_ns):
        return []
    return [f"{name}: {table.coverage}; beyond it ITRF may be wrong by hundreds of meters"]


def _turns_with_earth(oems: Sequence[Oem]) -> bool:
    """Return whether a frame depends on Earth orientation (0.1 s to read)."""
    return any(frame_named(segment.ref_frame) is Frame.ITRF for oem in oems for segment in oem.segments)


@dataclass(frozen=True, eq=False)
class Scene:
    """All objects of a screening in one frame about one center; columns of shape (n,), a row for each.

    Element sets come first, then ephemerides.
    """

    bodies: Bodies
    elements: ElementTable
    ephemerides: tuple[SampledTrajectory, ...]
    name: NDArray[np.object_]
    identity: Ints
    """Equal for rows of the same object: the catalog number, or a negative number of its own."""
    second: Flags
    """Objects named after ``--against``."""
    status: tuple[Status, Status]
    """Of the two sets."""
    center: str = EARTH
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.bodies)

    @property
    def norad(self) -> Ints:
        """Return the catalog numbers, 0 where there is none."""
        return self.bodies.norad

    def wanted(self, row_1: Ints, row_2: Ints) -> Flags:
        """Return which pairs may be listed: never an object with itself; of the two sets where there are."""
        good = self.identity[row_1] != self.identity[row_2]
        return np.asarray(good & (self.second[row_1] != self.second[row_2]) if self.second.any() else good)

    @staticmethod
    def of(first: ObjectSet, start_tai_ns: int, second: ObjectSet | None = None) -> Scene:
        """Bring one or two sets of objects together.

        Raises
        ------
        FrameError
            For ephemerides about another center than all else.
        """
        sets = [first] if second is None else [first, second]
        for one in sets:
            require_same_status(one.ephemerides)
        elements = ElementTable.concatenate([one.elements for one in sets]) if second else first.elements
        ephemerides = [t for one in sets for t in one.ephemerides]
        center = _common_center(elements, ephemerides)
        turned = _in_one_frame(ephemerides, Frame.TEME if len(elements) else None)
        norad, identity = _identities(elements, [t.identity for t in ephemerides])
        mu = CENTER_MU_KM3_S2.get(center, 0.0)
        gravity = {} if center == EARTH else {"mu_km3_s2": mu, "j2_factor_km2": 0.0}
        notes = () if center in CENTER_MU_KM3_S2 else (f"gravity of {center} is not known: searched wider",)
        return Scene(
            bodies=Bodies.of(elements, start_tai_ns, turned, norad[len(elements) :].tolist(), **gravity),
            elements=elements,
            ephemerides=tuple(turned),
            name=np.concatenate(
                [elements.object_name, np.array([t.identity.name for t in turned], dtype=object)]
            ),
            identity=identity,
            second=np.concatenate(
                [np.full(len(one.elements), k, dtype=np.bool_) for k, one in enumerate(sets)]
                + [np.full(len(one.ephemerides), k, dtype=np.bool_) for k, one in enumerate(sets)]
            ),
            status=(first.status, Status.DEFINITIVE if second is None else second.status),
            center=center,
            notes=notes,
        )

    def rows_of(self, numbers: Sequence[int]) -> Flags:
        """Return which objects of the first set have these catalog numbers.

        Raises
        ------
        NotFoundError
            For a number that none of them has.
        """
        own = ~self.second
        missing = sorted(set(numbers) - set(self.norad[own].tolist()))
        if missing:
            raise NotFoundError(f"no object {', '.join(map(str, missing))} in the input", where="--primaries")
        return np.asarray(own & np.isin(self.norad, np.array(numbers, dtype=np.int64)))


def _common_center(elements: ElementTable, ephemerides: Sequence[SampledTrajectory]) -> str:
    """Return the one center, or say which two differ."""
    center = EARTH if len(elements) or not ephemerides else ephemerides[0].center
    for trajectory in ephemerides:
        if trajectory.center != center:
            other = "element sets are" if len(elements) else f"{ephemerides[0].identity} is"
            raise FrameError(
                f"{trajectory.identity} is about {trajectory.center}, {other} about {center}",
                remedy="screen objects of one center at a time",
            )
    return center


def _in_one_frame(ephemerides: Sequence[SampledTrajectory], frame: Frame | None) -> list[SampledTrajectory]:
    """Turn ephemerides to ``frame``; by default to the one they all have, or GCRF."""
    if frame is None:
        frames = {t.frame for t in ephemerides}
        same = len(frames) == 1 and Frame.ITRF not in frames
        frame = frames.pop() if same else Frame.GCRF
    return [t.in_frame(frame, held_orientation() if t.frame is Frame.ITRF else None) for t in ephemerides]


def _identities(elements: ElementTable, others: Sequence[ObjectIdentity]) -> tuple[Ints, Ints]:
    """Return catalog numbers (0 for none) and identities of all objects.

    An ephemeris without a number has that of the element set with its international designator; without one,
    it is the same object as others of that designator, or of that name and that other identifier. What says
    no more than UNKNOWN is an object of its own.
    """
    designators = {t.designator for t in others if t.norad is None and t.designator}
    known: dict[str, set[int]] = {}
    if designators:
        for designator, number in zip(elements.object_id.tolist(), elements.norad.tolist(), strict=True):
            if designator in designators:
                known.setdefault(designator, set()).add(number)
    numbers, identity = [], []
    unnumbered: dict[str, int] = {}
    for k, t in enumerate(others):
        found = known.get(t.designator, set())
        number = t.norad or (next(iter(found)) if len(found) == 1 else 0)
        numbers.append(number)
        known_by = t.designator if _DESIGNATOR.fullmatch(t.designator) else f"{t.designator} {t.name}"
        key = known_by if t.designator not in ("", UNKNOWN) else f"ephemeris {k}"
        identity.append(number or unnumbered.setdefault(key, -1 - len(unnumbered)))
    return (
        np.concatenate([elements.norad, np.array(numbers, dtype=np.int64)]),
        np.concatenate([elements.norad, np.array(identity, dtype=np.int64)]),
    )
