"""OMM as CSV: the GP catalogs of CelesTrak and Space-Track.

One line names the columns by OMM keyword, in any order; further columns are kept. CelesTrak omits what is
the same for all (center, frame, time system, theory); Space-Track quotes every field.
"""

from __future__ import annotations

from skypact.errors import FormatError
from skypact.formats.csv_text import join_csv, split_csv
from skypact.formats.elements import ElementTable
from skypact.formats.omm_fields import CELESTRAK_ORDER, MANDATORY, table_from_columns, texts_from_table
from skypact.formats.reading import RawInput, ReadReport


def read_omm_csv(raw: RawInput, *, any_theory: bool = False) -> tuple[ElementTable, ReadReport]:
    """Read OMM CSV; bad records become rejections with line, field and reason, the rest is kept in order.

    Parameters
    ----------
    raw
        The text, not packed.
    any_theory
        Also accept mean elements that SGP4 cannot propagate (for converting only).

    Raises
    ------
    FormatError
        If it is not CSV, or lacks a column that SGP4 cannot do without.
    """
    sheet = split_csv(raw)
    columns = {title.upper(): cells for title, cells in sheet.columns.items()}
    missing = [keyword for keyword in CELESTRAK_ORDER if keyword in MANDATORY and keyword not in columns]
    if missing and not any_theory:
        raise FormatError(
            f"no column {', '.join(missing)}",
            where=raw.at(1),
            remedy="an element-set CSV names its columns by OMM keyword in the first line",
        )
    table, report = table_from_columns(columns, sheet.lines, raw.name, any_theory=any_theory)
    report.rejected = sorted([*sheet.rejected, *report.rejected], key=lambda r: r.line)
    return table, report


def write_omm_csv(table: ElementTable) -> str:
    """Write CelesTrak's columns, then the extra ones; reading it back gives the same numbers.

    A record is one line: line breaks in extra columns (a COMMENT of several lines) become blanks.

    Raises
    ------
    FormatError
        For a value that no element set can have, or a name with a control character.
    """
    columns = texts_from_table(table)
    return join_csv(list(columns), [map(_one_line, texts) for texts in columns.values()])


def _one_line(text: str | None) -> str:
    return text if text and text.isprintable() else " ".join((text or "").split())
