"""What every element set must fulfill, whatever its notation, and how a reader keeps the others out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from skypact.errors import FormatError
from skypact.formats.elements import ElementTable
from skypact.formats.reading import ReadReport, Rejection

NORAD_MAX = 999_999_999
"""Largest catalog number: nine digits, as the OMM carries it."""
INCLINATION_MAX_DEG = 180.0
XP_EPHEMERIS_TYPE = 4
"""Ephemeris type of SGP4-XP, whose mean elements SGP4 would propagate to a wrong place without noticing."""

RowProblems = dict[int, tuple[str, str]]
"""By row: the field and the reason why the row cannot be used."""


def impossible_values(table: ElementTable) -> Iterable[tuple[int, str, str]]:
    """Yield (row, field, reason) for every value that no SGP4 element set can have."""
    rules: tuple[tuple[str, NDArray[np.generic], NDArray[np.bool_], str], ...] = (
        (
            "NORAD_CAT_ID",
            table.norad,
            (table.norad < 1) | (table.norad > NORAD_MAX),
            f"must be 1 to {NORAD_MAX}",
        ),
        ("MEAN_MOTION", table.mean_motion_rev_d, ~(table.mean_motion_rev_d > 0), "must be above 0 rev/day"),
        (
            "ECCENTRICITY",
            table.eccentricity,
            ~((table.eccentricity >= 0) & (table.eccentricity < 1)),
            "must be 0 or more and below 1",
        ),
        (
            "INCLINATION",
            table.inclination_deg,
            ~((table.inclination_deg >= 0) & (table.inclination_deg <= INCLINATION_MAX_DEG)),
            "must be 0 to 180 deg",
        ),
        *(
            (field, values, ~np.isfinite(values), "must be a finite number")
            for field, values in (
                ("MEAN_MOTION", table.mean_motion_rev_d),
                ("RA_OF_ASC_NODE", table.raan_deg),
                ("ARG_OF_PERICENTER", table.arg_perigee_deg),
                ("MEAN_ANOMALY", table.mean_anomaly_deg),
                ("BSTAR", table.bstar_per_er),
                ("MEAN_MOTION_DOT", table.mean_motion_dot_rev_d2),
                ("MEAN_MOTION_DDOT", table.mean_motion_ddot_rev_d3),
            )
        ),
        (
            "EPHEMERIS_TYPE",
            table.ephemeris_type,
            table.ephemeris_type == XP_EPHEMERIS_TYPE,
            "(SGP4-XP) cannot be propagated with SGP4",
        ),
    )
    for field, values, bad, reason in rules:
        for i in np.flatnonzero(bad).tolist():
            known = values[i] == values[i] and not (field == "NORAD_CAT_ID" and values[i] == 0)
            yield i, field, f"is {values[i]}, {reason}" if known else "is missing"


def without_rejected(
    table: ElementTable,
    problems: Mapping[int, tuple[str, str]],
    report: ReadReport,
    text_of: Callable[[int], str],
) -> ElementTable:
    """Move rows with problems from the table to the report; ``text_of(row)`` is the record as received."""
    if problems:
        for i in sorted(problems):
            field, reason = problems[i]
            norad = known_number(table.norad[i])
            report.rejected.append(Rejection(int(table.line[i]), field, reason, text_of(i), norad))
        keep = np.ones(len(table), dtype=np.bool_)
        keep[list(problems)] = False
        table = table.take(keep)
    report.accepted += len(table)
    return table


def known_number(norad: int) -> int:
    """Return the catalog number, or 0 if it can be none."""
    return int(norad) if 1 <= norad <= NORAD_MAX else 0


def refuse_impossible(table: ElementTable) -> None:
    """Refuse to write a table that no reader would take back.

    Raises
    ------
    FormatError
        Naming the first object, the field and why it cannot be written.
    """
    for i, field, reason in impossible_values(table):
        raise FormatError(f"{field} {reason}", where=object_label(table, i), remedy="nothing was written")
    for field, texts in (
        ("OBJECT_NAME", table.object_name),
        ("OBJECT_ID", table.object_id),
        ("CLASSIFICATION_TYPE", table.classification),
    ):
        if not "".join(texts.tolist()).isprintable():
            i = next(i for i, text in enumerate(texts) if not text.isprintable())
            raise FormatError(
                f"{field} {texts[i]!r} has a character that cannot be printed",
                where=object_label(table, i),
                remedy="nothing was written",
            )


def object_label(table: ElementTable, row: int) -> str:
    """Return how messages name an object: number and, where there is one, name."""
    name = table.object_name[row]
    return f"object {table.norad[row]} ({name})" if name else f"object {table.norad[row]}"
