"""The table of encounters that a screening gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CO_MOVING_SPEED_KM_S = 0.010
"""Below this relative speed at its minimum a pair is co-moving, not in an encounter."""


class EncounterKind(StrEnum):
    """What a row of an :class:`EncounterTable` tells."""

    ENCOUNTER = "encounter"
    """A local minimum of the distance below the threshold, inside the window."""
    EDGE = "edge"
    """Below the threshold at an edge of the window, without a minimum inside."""
    CO_MOVING = "co-moving"
    """An interval below the threshold of a pair that moves together."""
    VOLUME = "volume"
    """A passage through the box around the first object; the nearest point in it."""


KINDS = tuple(EncounterKind)
"""Kinds by their number in the column ``kind``."""
KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, eq=False)
class EncounterTable:
    """Encounters, one row each, sorted by time; columns of shape (n,).

    The first object of a row is the primary where primaries were named, else the one with the lower number.
    Times are TAI ns. Axes are RTN of the first object (radial, in-track = normal x radial, cross-track).
    """

    row_1: Ints
    """Row of the first object in the bodies that were screened."""
    row_2: Ints
    tca_tai_ns: Ints
    miss_km: Floats
    rel_speed_km_s: Floats
    radial_km: Floats
    in_track_km: Floats
    cross_track_km: Floats
    kind: NDArray[np.uint8]
    """Number of the :class:`EncounterKind` in :data:`KINDS`."""
    start_tai_ns: Ints
    """First time below the threshold (in the box); the TCA itself for kinds ``encounter`` and ``edge``."""
    stop_tai_ns: Ints

    def __len__(self) -> int:
        return int(self.row_1.shape[0])

    def take(self, rows: NDArray[Any]) -> EncounterTable:
        """Return the rows of an index or boolean array, in its order."""
        changed: dict[str, Any] = {f.name: getattr(self, f.name)[rows] for f in fields(self)}
        return replace(self, **changed)

    def is_kind(self, kind: EncounterKind) -> NDArray[np.bool_]:
        """Return which rows are of ``kind``."""
        return np.asarray(self.kind == KIND_NUMBER[kind])

    @staticmethod
    def concatenate(tables: Sequence[EncounterTable]) -> EncounterTable:
        """Return all rows of ``tables``, one table after the other."""
        if not tables:
            return empty_encounters()
        columns: dict[str, Any] = {
            f.name: np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(EncounterTable)
        }
        return EncounterTable(**columns)


def empty_encounters() -> EncounterTable:
    """Return a table without rows."""
    ints, floats = np.empty(0, dtype=np.int64), np.empty(0)
    return EncounterTable(
        ints, ints, ints, floats, floats, floats, floats, floats, np.empty(0, dtype=np.uint8), ints, ints
    )
