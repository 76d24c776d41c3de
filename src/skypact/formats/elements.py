"""The table of SGP4 mean elements that every catalog reader returns and every writer takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class ElementTable:
    """Element sets (GP), one row each, in the order of the input; every column has shape (n,).

    Angles are kept in degrees and rates in the units of the message, exactly as parsed, so that writing
    gives the same numbers back. Mean elements are of SGP4 (WGS-72, TEME of date); the epoch is UTC in the
    messages and int64 nanoseconds of TAI past J2000 here (see :mod:`skypact.astro.timescales`).
    """

    norad: Ints
    """Catalog number, 1 to 999,999,999."""
    epoch_tai_ns: Ints
    mean_motion_rev_d: Floats
    eccentricity: Floats
    inclination_deg: Floats
    raan_deg: Floats
    arg_perigee_deg: Floats
    mean_anomaly_deg: Floats
    bstar_per_er: Floats
    """Drag term of SGP4, per Earth radius."""
    mean_motion_dot_rev_d2: Floats
    """Half the first derivative of the mean motion, as in TLE and OMM (ndot/2)."""
    mean_motion_ddot_rev_d3: Floats
    """A sixth of the second derivative of the mean motion, as in TLE and OMM (nddot/6)."""
    object_name: Texts
    object_id: Texts
    """International designator as ``1998-067A``; empty where the source gives none."""
    classification: Texts
    ephemeris_type: Ints
    element_set_no: Ints
    rev_at_epoch: Ints
    line: Ints
    """First line of the record in the input, from 1; 0 where there is no text behind it."""
    extra: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    """Further columns of the source, by keyword, in its order (``None`` where a record lacks one)."""

    def __len__(self) -> int:
        return int(self.norad.shape[0])

    def take(self, rows: NDArray[Any]) -> ElementTable:
        """Return the rows of an index or boolean array, in its order."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        changed: dict[str, Any] = {
            f.name: getattr(self, f.name)[index] for f in fields(self) if f.name != "extra"
        }
        changed["extra"] = {key: [column[int(i)] for i in index] for key, column in self.extra.items()}
        return replace(self, **changed)

    @staticmethod
    def concatenate(tables: Sequence[ElementTable]) -> ElementTable:
        """Return all rows of ``tables``, one table after the other; without tables an empty one."""
        if len(tables) == 1:
            return tables[0]
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(t, name) for t in tables] or [np.empty(0, dtype=kind)])
            for name, kind in _COLUMN_TYPES.items()
        }
        keys = list(dict.fromkeys(key for t in tables for key in t.extra))
        extra = {key: [v for t in tables for v in t.extra.get(key, [None] * len(t))] for key in keys}
        return ElementTable(**columns, extra=extra)


_COLUMN_TYPES: dict[str, Any] = {
    f.name: {"Texts": object, "Ints": np.int64, "Floats": np.float64}[str(f.type)]
    for f in fields(ElementTable)
    if f.name != "extra"
}
