"""Earth orientation files of the IERS: EOP C04 (measured) and finals2000A (measured and predicted).

Both have fixed columns, one line for each day at 0h UTC. EOP C04 is the better series where it has a value;
finals2000A goes on from there and adds a year of predictions. CelesTrak's CSV of the same data is read by
:mod:`skypact.formats.environment`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import ARCSEC_RAD, MAS_RAD
from skypact.astro.earth import DailyColumns, EarthOrientation
from skypact.errors import FormatError
from skypact.formats.reading import RawInput

Floats = NDArray[np.float64]

_C04_WIDTH = 109
_C04 = {"mjd": (16, 26), "x": (26, 38), "y": (38, 50), "ut1": (50, 62), "dx": (62, 74), "dy": (74, 86)}
"""Columns of EOP C04, as its header states them: format(4(i4),f10.2,2(f12.6),f12.7,2(f12.6),...)."""

_FINALS_WIDTH = 187
_FINALS = {
    "mjd": (7, 15), "flag": (57, 58), "x": (18, 27), "y": (37, 46), "ut1": (58, 68), "dx": (97, 106),
    "dy": (116, 125), "x_b": (134, 144), "y_b": (144, 154), "ut1_b": (154, 165), "dx_b": (165, 175),
    "dy_b": (175, 185),
}  # fmt: skip
"""Columns of finals2000A (its ReadMe gives them from 1): Bulletin A, then Bulletin B where it exists."""


def read_eop_c04(raw: RawInput) -> EarthOrientation:
    """Read an EOP C04 file (all rows measured).

    Raises
    ------
    FormatError
        If it is not such a file; names the file, and the line where there is one.
    """
    lines = [line for line in raw.data.split(b"\n") if line[:1].isdigit()]
    columns = _fixed_columns(raw, lines, _C04, _C04_WIDTH)
    mjd, x, y, ut1, dx, dy = (_floats(raw, name, columns[name]) for name in _C04)
    return EarthOrientation.from_daily(
        DailyColumns(mjd, x, y, ut1, dx, dy), predicted_from_mjd=float(mjd[-1]) + 1.0, source=raw.name
    )


def read_finals2000a(raw: RawInput) -> EarthOrientation:
    """Read a finals2000A file: values of Bulletin B where given, else of Bulletin A; empty days left out.

    Raises
    ------
    FormatError
        If it is not such a file; names the file, and the line where there is one.
    """
    lines = raw.data.split(b"\n")
    first_empty = next((i for i, line in enumerate(lines) if not line[58:68].strip()), len(lines))
    columns = _fixed_columns(raw, lines[:first_empty], _FINALS, _FINALS_WIDTH - 2)
    mjd = _floats(raw, "MJD", columns["mjd"])

    def best(name: str) -> Floats:
        of_a, of_b = _floats(raw, name, columns[name]), _floats(raw, name, columns[f"{name}_b"])
        return np.where(np.isnan(of_b), of_a, of_b)

    predicted = np.flatnonzero(columns["flag"] == b"P")
    mas = MAS_RAD / ARCSEC_RAD
    return EarthOrientation.from_daily(
        DailyColumns(mjd, best("x"), best("y"), best("ut1"), best("dx") * mas, best("dy") * mas),
        predicted_from_mjd=float(mjd[predicted[0]] if predicted.size else mjd[-1] + 1.0),
        source=raw.name,
    )


def _fixed_columns(
    raw: RawInput, lines: list[bytes], fields: dict[str, tuple[int, int]], width: int
) -> dict[str, NDArray[np.bytes_]]:
    """Cut lines of at least ``width`` bytes into columns of text."""
    short = next((line for line in lines if len(line) < width), None)
    if len(lines) < 2 or short is not None:
        raise FormatError(
            f"Earth orientation of the IERS needs lines of {width} characters, found {short or b''!r}"[:160],
            where=raw.name,
            remedy="check the download",
        )
    table = np.frombuffer(b"".join(line[:width] for line in lines), dtype="S1").reshape(len(lines), width)
    return {
        name: np.ascontiguousarray(table[:, a:b]).view(f"S{b - a}")[:, 0] for name, (a, b) in fields.items()
    }


def _floats(raw: RawInput, name: str, column: NDArray[np.bytes_]) -> Floats:
    """Convert a column of text to numbers; blanks become NaN."""
    try:
        blank = np.char.isspace(column)
        return np.where(blank, b"nan", column).astype(np.float64)
    except ValueError as error:
        raise FormatError(f"not a number ({error})", where=f"{raw.name}: {name}") from None
