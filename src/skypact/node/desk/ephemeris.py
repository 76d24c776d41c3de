"""Positions and velocities of objects as people ask for them: which objects, which times, which frame."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame, Rotation, rotation
from skypact.astro.states import StateTable
from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, Ints, format_utc
from skypact.errors import FormatError, LimitError, NotFoundError, PropagationError, UsageError
from skypact.formats.detect import Kind, detect
from skypact.formats.elements import ElementTable
from skypact.formats.fields import COMMENT, Field
from skypact.formats.oem_values import Oem, OemSegment
from skypact.formats.reading import RawInput, ReadReport, unpack
from skypact.orbits.trajectory import ObjectIdentity, Trajectory
from skypact.records import DataMode

ROWS_MAX = 10_000_000
"""Most states of one ephemeris: 1.5 GB of CSV."""
_STEP = re.compile(r"(\d{1,9}(?:\.\d{1,12})?)\s*(s|m|h)?", re.ASCII)
_STEP_UNIT_S = {None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_SHOWN = 8
LAGRANGE_DEGREE = 9
LAGRANGE_STEP_NS_MAX = 300 * NS_PER_S
"""Messages made of element sets ask for Lagrange interpolation of this degree up to this step: the velocities
of SGP4 are not the derivatives of its positions (off by 22 mm/s in LEO, 66 mm/s in GEO), which Hermite
interpolation turns into 0.5 m at a step of 60 s."""
OEM_FRAME_NAMES = {Frame.ITRF: "ITRF2020"}
"""Names in messages where they differ: EOP C04 20 is consistent with ITRF2020."""


STOP_DEFAULT_NS = NS_PER_DAY
"""Length of an ephemeris where no stop is given."""


@dataclass(frozen=True)
class Asked:
    """Trajectories of the wanted objects, what was met on the way to them, and for whom they are."""

    trajectories: Sequence[Trajectory]
    orientation: EarthOrientation
    report: ReadReport
    kept_out: tuple[str, ...] = ()
    """One line for each record that was kept out: file, line, field and why."""
    notes: tuple[str, ...] = ()
    originator: str = "SKYPACT"
    mode: DataMode | None = None
    """Data mode of the node; ``None`` for files outside a node."""


def find(paths: Sequence[Path], ids: Sequence[str], start_tai_ns: int) -> Asked:
    """Return the wanted objects from files, or from the node's catalog where no file is named.

    Raises
    ------
    UsageError
        If neither objects nor files are named.
    """
    if paths:
        return trajectories_from_files(paths, ids, start_tai_ns)
    if not ids:
        raise UsageError("no object named", where="ID", remedy="give catalog numbers, or --catalog FILE")
    return load_node_elements(ids, start_tai_ns)


def parse_step(text: str) -> int:
    """Return a step in ns: a number of seconds (``60``, ``0.5``) or with a unit (``60s``, ``5m``, ``1h``).

    Raises
    ------
    UsageError
        If it is no positive length of time.
    """
    match = _STEP.fullmatch(text.strip())
    step_ns = round(float(match[1]) * _STEP_UNIT_S[match[2]] * NS_PER_S) if match else 0
    if step_ns <= 0:
        raise UsageError(
            f"'{text}' is not a step", where="--step", remedy="write seconds, as 60 or 60s, or 5m or 1h"
        )
    return step_ns


def epoch_grid(start_tai_ns: int, stop_tai_ns: int, step_ns: int, objects: int = 1) -> Ints:
    """Return the epochs ``start + k step`` up to and including ``stop``; steps are of TAI, so all are equal.

    Raises
    ------
    UsageError
        If the stop is not later than the start.
    LimitError
        If ``objects`` times the epochs are more than ``ROWS_MAX``.
    """
    if stop_tai_ns <= start_tai_ns:
        raise UsageError(
            f"the stop, {format_utc(stop_tai_ns)}, is not later than the start, {format_utc(start_tai_ns)}",
            where="--stop",
        )
    count = (stop_tai_ns - start_tai_ns) // step_ns + 1
    if count * objects > ROWS_MAX:
        raise LimitError(
            f"{count * objects:,} states, at most {ROWS_MAX:,} are written",
            where="--step",
            remedy="take a longer step, a shorter window or fewer objects",
        )
    return start_tai_ns + np.arange(count, dtype=np.int64) * step_ns


def trajectories_from_files(paths: Sequence[Path], ids: Sequence[str], at_tai_ns: int) -> Asked:
    """Return trajectories of the wanted objects (all, if none are named) from element sets and ephemerides.

    Parameters
    ----------
    ids
        Catalog numbers (Alpha-5 too), international designators or exact names.
    at_tai_ns
        Of several element sets of an object the one with the epoch nearest to this time is taken.

    Raises
    ------
    NotFoundError
        For an object that none of the files holds.
    FormatError
        For a file that cannot be read.
    """
    from skypact.node.desk.earth_orientation import packaged_earth_orientation
    from skypact.node.desk.files import read_input

    orientation = packaged_earth_orientation()
    report = ReadReport()
    found: list[Trajectory] = []
    kept_out: list[str] = []
    notes: list[str] = []
    for path in paths:
        raw = read_input(path)
        before = len(report.rejected)
        if detect(raw) in (Kind.OEM_KVN, Kind.OEM_XML, Kind.ITC):
            found += _of_ephemeris(raw, report, orientation.hold(), notes)
        else:
            found += _of_elements(raw, ids, at_tai_ns, report)
        kept_out += [f"{raw.at(r.line, r.field_name)}: {r.reason}" for r in report.rejected[before:]]
    if kept_out and not report.accepted:
        raise FormatError(f"none of {len(kept_out)} records can be used: {kept_out[0]}")
    return Asked(_in_order(found, ids), orientation, report, tuple(kept_out), tuple(notes))


def _of_ephemeris(
    raw: RawInput, report: ReadReport, orientation: EarthOrientation, notes: list[str]
) -> Iterator[Trajectory]:
    from skypact.formats.itc import read_itc
    from skypact.formats.oem import read_oems
    from skypact.orbits.oem_trajectory import trajectories_from_oem

    for part in unpack(raw):
        if detect(part) is Kind.ITC:
            oem, one = read_itc(part)
            oems = [oem]
        else:
            oems, one = read_oems(part)
        _add(report, one)
        for trajectory in (t for oem in oems for t in trajectories_from_oem(oem, orientation=orientation)):
            notes += [f"{part.name}: {trajectory.identity}: {note}" for note in trajectory.notes]
            yield trajectory


def _of_elements(
    raw: RawInput, ids: Sequence[str], at_tai_ns: int, report: ReadReport
) -> Iterator[Trajectory]:
    from skypact.formats.catalog_files import read_elements

    table, one = read_elements(raw)
    _add(report, one)
    yield from _from_table(table, ids, at_tai_ns)


def _add(report: ReadReport, one: ReadReport) -> None:
    report.accepted += one.accepted
    report.rejected += one.rejected
    report.warnings += one.warnings
    report.unknown_keys += one.unknown_keys


def _from_table(table: ElementTable, ids: Sequence[str], at_tai_ns: int) -> Iterator[Trajectory]:
    from skypact.orbits.element_trajectory import trajectories_from_elements

    rows = np.arange(len(table))
    if ids:
        keys = {_key(text) for text in ids}
        numbers = np.array([int(key) for key in keys if re.fullmatch(r"[0-9]{1,9}", key)], dtype=np.int64)
        wanted = np.isin(table.norad, numbers)
        if numbers.size < len(keys):
            names = zip(table.object_name, table.object_id, strict=True)
            wanted |= np.array([_key(a) in keys or _key(b) in keys for a, b in names], dtype=np.bool_)
        rows = np.flatnonzero(wanted)
    epochs = table.epoch_tai_ns[rows]
    order = np.lexsort((np.arange(rows.size), np.abs(epochs - at_tai_ns), table.norad[rows]))
    nearest = rows[order[np.unique(table.norad[rows][order], return_index=True)[1]]]
    yield from trajectories_from_elements(table.take(np.sort(nearest)))


def _key(text: str) -> str:
    """Return what two spellings of an object have in common: number, designator or name."""
    from skypact.formats.alpha5 import decode_alpha5

    wanted = " ".join(text.upper().split())
    if re.fullmatch(r"0*[0-9]{1,9}", wanted):
        return str(int(wanted))
    if re.fullmatch(r"[A-HJ-NP-Z]\d{4}", wanted):
        return str(decode_alpha5(wanted))
    designator = re.fullmatch(r"(\d{4})-?(\d{3})-?([A-Z]{1,3})", wanted)
    return f"{designator[1]}-{designator[2]}{designator[3]}" if designator else wanted


def _keys(identity: ObjectIdentity) -> set[str]:
    """Return every way in which an object may be asked for."""
    number = "" if identity.norad is None else str(identity.norad)
    return {key for key in (number, _key(identity.name), _key(identity.designator)) if key}


def _in_order(found: Iterable[Trajectory], ids: Sequence[str]) -> list[Trajectory]:
    """Return the wanted trajectories in the order asked for (all, as they came, if none are named)."""
    everything = list(found)
    if not ids:
        return everything
    chosen: list[Trajectory] = []
    for text in dict.fromkeys(ids):
        matching = [t for t in everything if _key(text) in _keys(t.identity)]
        if not matching:
            there = ", ".join(str(t.identity) for t in everything[:_SHOWN])
            raise NotFoundError(
                f"no object '{text}' in the input",
                remedy=f"there are {there} ..." if there else "check the file",
            )
        chosen += [t for t in matching if t not in chosen]
    return chosen


def load_node_elements(ids: Sequence[str], at_tai_ns: int) -> Asked:
    """Return trajectories from the node's catalog as it is for a time, with the node's Earth orientation.

    Raises
    ------
    NotFoundError
        Where there is no node, no such object, or no element set in force.
    """
    from skypact.node.desk.catalog import find_object, view_catalog
    from skypact.node.desk.earth_orientation import earth_orientation_of
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        numbers = [find_object(node, text) for text in dict.fromkeys(ids)]
        view = view_catalog(node, at_tai_ns=at_tai_ns)
        missing = sorted(set(numbers) - set(view.table.norad.tolist()))
        if missing:
            raise NotFoundError(
                f"no element set in force of {', '.join(map(str, missing))}",
                remedy="see 'skypact catalog history ID'",
            )
        wanted = [str(number) for number in numbers]
        trajectories = _in_order(_from_table(view.table, wanted, at_tai_ns), wanted)
        return Asked(
            trajectories,
            earth_orientation_of(node),
            ReadReport(),
            notes=view.notes,
            originator=node.node_id,
            mode=node.mode,
        )


def orientation_notes(asked: Asked, epochs: Ints, frame: Frame) -> list[str]:
    """Say how good the Earth orientation is at ``epochs``, where the frames asked for depend on it."""
    if frame is not Frame.ITRF and all(t.frame is not Frame.ITRF for t in asked.trajectories):
        return []
    table = asked.orientation
    if not table.covers(epochs[[0, -1]]):
        return [
            f"{table.coverage}; beyond it the last values are held: ITRF may be wrong by hundreds of meters"
        ]
    if epochs[-1] >= table.predicted_from_tai_ns:
        return [f"{table.coverage}: part of this ephemeris rests on predicted Earth rotation"]
    return []


def states_of(
    asked: Asked, epochs: Ints, frame: Frame, *, leave_out: bool = False
) -> tuple[list[tuple[Trajectory, StateTable]], list[str]]:
    """Return the states of every trajectory at every epoch; see :func:`orientation_notes`.

    Parameters
    ----------
    leave_out
        Leave out objects that have no state at some epoch, as long as there are others.

    Returns
    -------
    tuple
        Trajectories with their states, and a line for each object that was left out.

    Raises
    ------
    PropagationError
        Where a trajectory has no state at an epoch; it names both.
    FrameError
        Where the frame cannot be reached.
    """
    turns: dict[tuple[Frame, str], Rotation] = {}
    objects: list[tuple[Trajectory, StateTable]] = []
    failures: list[PropagationError] = []
    for trajectory in asked.trajectories:
        try:
            states = trajectory.states(epochs)
        except PropagationError as error:
            failures.append(error)
            continue
        if states.frame is not frame:
            key = (states.frame, states.center)
            if key not in turns:
                turns[key] = rotation(
                    states.frame, frame, epochs, asked.orientation.hold(), center=states.center
                )
            states = states.turned(turns[key], frame)
        objects.append((trajectory, states))
    if failures and (not leave_out or not objects):
        raise failures[0]
    return objects, [f"left out: {error}" for error in failures]


def ephemeris_message(
    asked: Asked, objects: Iterable[tuple[Trajectory, StateTable]], created_tai_ns: int
) -> Oem:
    """Return states as an orbit ephemeris message, one segment for each object."""
    from skypact.orbits.element_trajectory import ElementTrajectory

    mode = (Field(COMMENT, f"DATA_MODE = {asked.mode}", block="header"),) if asked.mode else ()
    segments = []
    for trajectory, states in objects:
        segment = _segment(trajectory.identity, states)
        steps = np.diff(states.epoch_tai_ns)
        of_sgp4 = isinstance(trajectory, ElementTrajectory)
        if of_sgp4 and steps.size >= LAGRANGE_DEGREE and steps.max() <= LAGRANGE_STEP_NS_MAX:
            segment = replace(segment, interpolation="LAGRANGE", interpolation_degree=LAGRANGE_DEGREE)
        segments.append(segment)
    return Oem(
        tuple(segments),
        originator=asked.originator,
        creation_tai_ns=created_tai_ns,
        fields=mode,
    )


def _segment(identity: ObjectIdentity, states: StateTable) -> OemSegment:
    number = "" if identity.norad is None else str(identity.norad)
    known = (
        np.empty(0, dtype=np.intp)
        if states.covariance is None
        else np.flatnonzero(np.isfinite(states.covariance).all(axis=(1, 2)))
    )
    frame = OEM_FRAME_NAMES.get(states.frame, states.frame.value)
    return OemSegment(
        object_name=identity.name or identity.designator or number,
        object_id=identity.designator or number or "UNKNOWN",
        center_name=states.center,
        ref_frame=frame,
        time_system="UTC",
        start_ns=int(states.epoch_tai_ns[0]),
        stop_ns=int(states.epoch_tai_ns[-1]),
        epoch_ns=states.epoch_tai_ns,
        position_km=states.position_km,
        velocity_km_s=states.velocity_km_s,
        covariance_epoch_ns=states.epoch_tai_ns[known],
        covariance_km2=np.empty((0, 6, 6)) if states.covariance is None else states.covariance[known],
        covariance_frames=(frame,) * int(known.size),
        fields=(Field(COMMENT, f"NORAD_CAT_ID = {number}", block="metadata"),) if number else (),
    )
