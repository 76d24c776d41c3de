"""Ephemerides as CSV: one row for each object and epoch, written piece by piece."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import TextIO

from skypact.astro.states import StateTable
from skypact.astro.timescales import Ints, format_utc_array, tai_ns_to_utc_ns
from skypact.node.views.listing import Column, decimals
from skypact.orbits.trajectory import ObjectIdentity, Trajectory

_POSITION = decimals(9)
_SPEED = decimals(12)
_CHUNK_ROWS = 20_000

EPHEMERIS_COLUMNS = (
    Column("norad", "catalog number; empty where the source gives none"),
    Column("name", "name of the object, else its international designator"),
    Column("epoch_utc", "epoch, UTC"),
    Column("x_km", "position", _POSITION),
    Column("y_km", "position", _POSITION),
    Column("z_km", "position", _POSITION),
    Column("vx_km_s", "velocity (in ITRF relative to the rotating Earth)", _SPEED),
    Column("vy_km_s", "velocity", _SPEED),
    Column("vz_km_s", "velocity", _SPEED),
    Column("frame", "TEME, GCRF, EME2000 or ITRF"),
    Column("center", "center body"),
)
"""Columns of an ephemeris; micrometers and nanometers per second are written, not claimed."""


def write_ephemeris_csv(objects: Iterable[tuple[Trajectory, StateTable]], stream: TextIO) -> None:
    """Write states of many objects, object by object."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.name for column in EPHEMERIS_COLUMNS])
    for trajectory, states in objects:
        writer.writerows(_rows(trajectory.identity, states))


def _rows(identity: ObjectIdentity, states: StateTable) -> Iterator[tuple[str, ...]]:
    number = "" if identity.norad is None else str(identity.norad)
    name = identity.name or identity.designator
    places = _decimals_needed(states.epoch_tai_ns)
    for first in range(0, len(states), _CHUNK_ROWS):
        rows = slice(first, first + _CHUNK_ROWS)
        epochs = format_utc_array(states.epoch_tai_ns[rows], decimals=places).tolist()
        positions = states.position_km[rows].tolist()
        velocities = states.velocity_km_s[rows].tolist()
        for epoch, position, velocity in zip(epochs, positions, velocities, strict=True):
            yield (
                number, name, epoch, *map(_POSITION, position), *map(_SPEED, velocity),
                states.frame.value, states.center,
            )  # fmt: skip


def _decimals_needed(epoch_tai_ns: Ints) -> int:
    """Return 3, 6 or 9 decimals of a second, whichever shows every epoch exactly."""
    utc_ns = tai_ns_to_utc_ns(epoch_tai_ns)
    return next(places for places in (3, 6, 9) if not (utc_ns % 10 ** (9 - places)).any())
