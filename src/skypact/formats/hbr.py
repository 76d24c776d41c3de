"""Hard-body radii: the radius of each object, with the source of the value.

A table of this kind holds the radius of the sphere around *one* object. A collision probability takes the
sum of the two radii of a pair, which is also what the field calls the hard-body radius (HBR) of a conjunction
message; the two must not be confused. Read are NASA CARA's table of hard-body radius and mass estimates
(L. Baars and D. Hall, AAS 22-586, 2022) and a simple CSV of our own: ``norad,radius_m,source``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from skypact.errors import FormatError
from skypact.formats.columns import Cells, floats_from_texts, ints_from_texts
from skypact.formats.csv_text import join_csv, split_csv
from skypact.formats.element_rules import NORAD_MAX, RowProblems, known_number
from skypact.formats.elements import Floats, Ints, Texts
from skypact.formats.omm_fields import text_column
from skypact.formats.reading import RawInput, ReadReport, Rejection

RADIUS_MAX_M = 1000.0
"""Nothing in orbit is larger; a larger number is in another unit. (CARA's largest is 250 m, a tether.)"""

_TITLES: Mapping[str, tuple[str, ...]] = {
    "norad": ("NORAD", "NORAD_CAT_ID", "OBJECTID"),
    "radius_m": ("RADIUS_M", "HBR"),
    "radius_sigma_m": ("RADIUS_SIGMA_M", "HBRSIGMA"),
    "source": ("SOURCE", "HBRSOURCE"),
}
"""Column titles, in capitals: ours, then those of others."""


@dataclass(frozen=True, eq=False)
class RadiusTable:
    """Radius of single objects, one row each; every column has shape (n,)."""

    norad: Ints
    radius_m: Floats
    """Radius of the sphere around this object alone."""
    radius_sigma_m: Floats
    """Standard deviation of the estimate; NaN where the table has none."""
    source: Texts
    line: Ints
    extra: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    """Further columns of the file (CARA: mass), by title."""

    def __len__(self) -> int:
        return int(self.norad.shape[0])


def read_radii(raw: RawInput) -> tuple[RadiusTable, ReadReport]:
    """Read radii from CARA's table or ``norad,radius_m,source`` CSV.

    Rows without a radius (CARA leaves out what stems from DISCOS, whose license forbids passing it on) are
    counted in a warning; impossible numbers and radii are rejections.

    Raises
    ------
    FormatError
        If the columns are not there.
    """
    sheet = split_csv(raw)
    columns = {title.upper(): cells for title, cells in sheet.columns.items()}
    titles = {name: next((t for t in known if t in columns), "") for name, known in _TITLES.items()}
    if not titles["norad"] or not titles["radius_m"]:
        raise FormatError(
            "no columns for catalog number and radius",
            where=raw.at(1),
            remedy="the first line must be norad,radius_m,source",
        )
    nothing: Cells = [None] * len(sheet.lines)
    norad, bad_numbers = ints_from_texts(columns[titles["norad"]])
    radius_m, bad_radii = floats_from_texts(columns[titles["radius_m"]])
    sigma_m, bad_sigmas = floats_from_texts(columns.get(titles["radius_sigma_m"], nothing))
    problems: RowProblems = {}
    for title, found in (("norad", bad_numbers), ("radius_m", bad_radii), ("radius_sigma_m", bad_sigmas)):
        for i, reason in found.items():
            problems.setdefault(i, (titles[title], reason))
    for i in np.flatnonzero((norad < 1) | (norad > NORAD_MAX)).tolist():
        problems.setdefault(i, (titles["norad"], f"is {norad[i]}, must be 1 to {NORAD_MAX}"))
    for i in np.flatnonzero((radius_m <= 0) | (radius_m > RADIUS_MAX_M)).tolist():
        problems.setdefault(
            i, (titles["radius_m"], f"is {radius_m[i]} m, must be above 0, {RADIUS_MAX_M:g} at most")
        )
    keep = ~np.isnan(radius_m)
    without = int(np.count_nonzero(~keep)) - sum(not keep[i] for i in problems)
    keep[list(problems)] = False
    report = ReadReport(accepted=int(np.count_nonzero(keep)), rejected=list(sheet.rejected))
    for i, (title, reason) in problems.items():
        received = columns[titles["norad"]][i]
        report.rejected.append(
            Rejection(int(sheet.lines[i]), title, reason, received or "", known_number(norad[i]))
        )
    report.rejected.sort(key=lambda rejection: rejection.line)
    if without:
        report.warnings.append(f"{raw.name}: {without} of {len(sheet.lines)} rows have no radius")
    rows = np.flatnonzero(keep).tolist()
    table = RadiusTable(
        norad[keep],
        radius_m[keep],
        sigma_m[keep],
        text_column(columns.get(titles["source"], nothing))[keep],
        sheet.lines[keep],
        {t: [cells[i] for i in rows] for t, cells in columns.items() if t not in titles.values()},
    )
    return table, report


def write_radii(table: RadiusTable) -> str:
    """Write ``norad,radius_m,radius_sigma_m,source``; it reads back the same."""
    sigmas = ["" if np.isnan(sigma) else repr(sigma) for sigma in table.radius_sigma_m.tolist()]
    return join_csv(
        ["norad", "radius_m", "radius_sigma_m", "source"],
        [table.norad.tolist(), map(repr, table.radius_m.tolist()), sigmas, table.source.tolist()],
    )
