"""Orbit Mean-Elements Messages as keyword and text: what CSV, JSON, XML and KVN have in common.

Whatever the notation, a reader of OMM ends with one mapping of keywords to text for each message and calls
:func:`table_from_fields`. Keywords are those of CCSDS 502.0-B-3 chapter 4, as CelesTrak and Space-Track use
them; anything else is kept, in order, in ``ElementTable.extra``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from skypact.formats.byte_columns import ByteColumn
from skypact.formats.columns import (
    Cells,
    Problems,
    epochs_from_texts,
    floats_from_texts,
    ints_from_texts,
    shown,
    texts_from_epochs,
)
from skypact.formats.element_rules import RowProblems, impossible_values, refuse_impossible, without_rejected
from skypact.formats.elements import ElementTable, Ints, Texts
from skypact.formats.reading import ReadReport

FLOAT_COLUMNS: Mapping[str, str] = {
    "MEAN_MOTION": "mean_motion_rev_d",
    "ECCENTRICITY": "eccentricity",
    "INCLINATION": "inclination_deg",
    "RA_OF_ASC_NODE": "raan_deg",
    "ARG_OF_PERICENTER": "arg_perigee_deg",
    "MEAN_ANOMALY": "mean_anomaly_deg",
    "BSTAR": "bstar_per_er",
    "MEAN_MOTION_DOT": "mean_motion_dot_rev_d2",
    "MEAN_MOTION_DDOT": "mean_motion_ddot_rev_d3",
}
"""Keyword and table column of each number; message and table have the same units."""
INT_COLUMNS: Mapping[str, str] = {
    "NORAD_CAT_ID": "norad",
    "EPHEMERIS_TYPE": "ephemeris_type",
    "ELEMENT_SET_NO": "element_set_no",
    "REV_AT_EPOCH": "rev_at_epoch",
}
TEXT_COLUMNS: Mapping[str, str] = {
    "OBJECT_NAME": "object_name",
    "OBJECT_ID": "object_id",
    "CLASSIFICATION_TYPE": "classification",
}
MISSING_TEXT: Mapping[str, str] = {"OBJECT_NAME": "", "OBJECT_ID": "", "CLASSIFICATION_TYPE": "U"}
TABLE_KEYWORDS = frozenset({*FLOAT_COLUMNS, *INT_COLUMNS, *TEXT_COLUMNS, "EPOCH"})
"""Keywords that have a column of their own in the table."""
MANDATORY = frozenset({"NORAD_CAT_ID", "EPOCH", *tuple(FLOAT_COLUMNS)[:6]})
"""What SGP4 cannot do without. The drag terms default to zero (a missing BSTAR with a warning)."""
CELESTRAK_ORDER = (
    "OBJECT_NAME",
    "OBJECT_ID",
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "EPHEMERIS_TYPE",
    "CLASSIFICATION_TYPE",
    "NORAD_CAT_ID",
    "ELEMENT_SET_NO",
    "REV_AT_EPOCH",
    "BSTAR",
    "MEAN_MOTION_DOT",
    "MEAN_MOTION_DDOT",
)
"""The order of columns in CelesTrak's CSV and JSON, which the writers keep."""
_KNOWN = """
CCSDS_OMM_VERS COMMENT CLASSIFICATION CREATION_DATE ORIGINATOR MESSAGE_ID
CENTER_NAME REF_FRAME REF_FRAME_EPOCH TIME_SYSTEM MEAN_ELEMENT_THEORY SEMI_MAJOR_AXIS GM
MASS SOLAR_RAD_AREA SOLAR_RAD_COEFF DRAG_AREA DRAG_COEFF BTERM AGOM COV_REF_FRAME
SEMIMAJOR_AXIS PERIOD APOAPSIS PERIAPSIS APOGEE PERIGEE OBJECT_TYPE OBJECT_NUMBER RCS_SIZE COUNTRY_CODE
LAUNCH_DATE SITE DECAY_DATE DECAYED FILE GP_ID INTLDES TLE_LINE0 TLE_LINE1 TLE_LINE2
RMS DATA_SOURCE
"""
KNOWN_KEYWORDS = frozenset(_KNOWN.split())
"""Keywords of CCSDS 502.0-B-3, Space-Track and CelesTrak that are kept in ``extra`` and are no surprise."""
_CONSUMED = frozenset({"EPOCH_MICROSECONDS"})
KNOWN_PREFIXES = ("USER_DEFINED_", "CX_", "CY_", "CZ_")

_FOREIGN: Mapping[str, tuple[frozenset[str], str]] = {
    "MEAN_ELEMENT_THEORY": (
        frozenset({"", "SGP4", "SGP/SGP4", "SGP", "SDP4", "SGP4/SDP4"}),
        "only mean elements of SGP4 can be used",
    ),
    "CENTER_NAME": (frozenset({"", "EARTH"}), "SGP4 is a theory of Earth satellites"),
    "TIME_SYSTEM": (frozenset({"", "UTC"}), "element sets of SGP4 are in UTC"),
}
"""By keyword: the values under which a message is an SGP4 element set, and why others are refused."""

Fields = Mapping[str, str | None]
"""One message: keyword to text, in its order. Several COMMENT lines are joined by a newline."""


def table_from_fields(
    rows: Sequence[Fields], lines: Sequence[int], name: str, *, any_theory: bool = False
) -> tuple[ElementTable, ReadReport]:
    """Build the table of all good messages from one mapping for each message.

    Parameters
    ----------
    rows
        Keyword to text without units, ``None`` or blank where missing.
    lines
        Line of each message in the input, from 1.
    name
        Name of the input, for messages.
    any_theory
        See :func:`table_from_columns`.

    Returns
    -------
    tuple
        Table and report, as :func:`table_from_columns` makes them.
    """
    shapes = dict.fromkeys(tuple(row) for row in rows)
    keys = dict.fromkeys(key for shape in shapes for key in shape)
    columns = {key: [row.get(key) for row in rows] for key in keys}
    return table_from_columns(columns, lines, name, any_theory=any_theory)


def table_from_columns(
    columns: Mapping[str, Cells], lines: Sequence[int] | Ints, name: str, *, any_theory: bool = False
) -> tuple[ElementTable, ReadReport]:
    """Build the table of all good messages from columns of text, and the report of the others.

    Parameters
    ----------
    columns
        By keyword one text for each message; an absent keyword is missing in all.
    lines
        Line of each message in the input, from 1.
    name
        Name of the input, for messages.
    any_theory
        Also accept what SGP4 cannot propagate: other theories, centers and frames; then NORAD_CAT_ID may be
        missing (0 in the table), and MEAN_MOTION where SEMI_MAJOR_AXIS stands (NaN). For converting
        messages, never for a catalog.

    Returns
    -------
    tuple
        Table and report. A message with a missing, unreadable or impossible value is a rejection that names
        the field; the rest is in the table, in order.
    """
    report = ReadReport()
    problems: RowProblems = {}
    nothing: Cells = [None] * len(lines)

    def cell(keyword: str, i: int) -> str | None:
        return columns.get(keyword, nothing)[i]

    def note(i: int, keyword: str, reason: str) -> None:
        excused = any_theory and (
            keyword == "EPHEMERIS_TYPE"
            or (keyword == "NORAD_CAT_ID" and not cell(keyword, i))
            or (keyword == "MEAN_MOTION" and not cell(keyword, i) and bool(cell("SEMI_MAJOR_AXIS", i)))
        )
        if not excused:
            problems.setdefault(i, (keyword, reason))

    table_columns: dict[str, Any] = {"line": np.asarray(lines, dtype=np.int64)}
    for keyword in CELESTRAK_ORDER:
        texts = _whole_epochs(columns) if keyword == "EPOCH" else columns.get(keyword)
        column, values, found = _convert_column(keyword, texts if texts is not None else nothing)
        table_columns[column] = values
        for i, reason in found.items():
            note(i, keyword, reason)
    extra = {
        key: texts for key, texts in columns.items() if key not in TABLE_KEYWORDS and key not in _CONSUMED
    }
    table = ElementTable(**table_columns, extra=extra)
    if not any_theory:
        for i, keyword, reason in _foreign_messages(table):
            note(i, keyword, reason)
    for i, keyword, reason in impossible_values(table):
        note(i, keyword, reason)
    no_bstar = _blank_rows(columns.get("BSTAR", nothing))
    received = CELESTRAK_ORDER
    table = without_rejected(
        table,
        problems,
        report,
        lambda i: "; ".join(f"{key} = {shown(cell(key, i) or '')}" for key in received),
    )
    _tell_untidy(table, report, name, no_bstar=sum(i not in problems for i in no_bstar))
    return table, report


def _convert_column(keyword: str, texts: Cells) -> tuple[str, Any, Problems]:
    """Convert one column of a keyword in the table: the column's name, its values, and bad cells by row."""
    if keyword == "EPOCH":
        return "epoch_tai_ns", *epochs_from_texts(texts)
    if keyword in FLOAT_COLUMNS:
        missing = np.nan if keyword in MANDATORY else 0.0
        return FLOAT_COLUMNS[keyword], *floats_from_texts(texts, missing=missing)
    if keyword in INT_COLUMNS:
        return INT_COLUMNS[keyword], *ints_from_texts(texts)
    return TEXT_COLUMNS[keyword], text_column(texts, missing=MISSING_TEXT[keyword]), {}


def text_column(texts: Cells, *, missing: str = "") -> Texts:
    """Return an object array of stripped texts; ``missing`` where there is none."""
    column = np.empty(len(texts), dtype=np.object_)
    column[:] = [(text.strip() if text else "") or missing for text in texts]
    return column


def _tell_untidy(table: ElementTable, report: ReadReport, name: str, *, no_bstar: int = 0) -> None:
    """Add to the report what was tolerated, one line for each kind, and count unknown keywords."""
    no_id = int(np.count_nonzero(table.object_id == ""))
    if no_id:
        report.warnings.append(f"{name}: {no_id} of {len(table)} records have an empty OBJECT_ID")
    if no_bstar:
        report.warnings.append(f"{name}: {no_bstar} of {len(table)} records have no BSTAR; 0 is used")
    for key, values in table.extra.items():
        if key not in KNOWN_KEYWORDS and not key.startswith(KNOWN_PREFIXES):
            report.unknown_keys[key] += sum(value is not None for value in values)


def _blank_rows(texts: Cells) -> list[int]:
    if isinstance(texts, ByteColumn):
        rows: list[int] = np.flatnonzero(texts.lengths() == 0).tolist()
        return rows
    return [i for i, text in enumerate(texts) if not text]


def _whole_epochs(columns: Mapping[str, Cells]) -> Cells | None:
    """Return EPOCH, completed by EPOCH_MICROSECONDS where Space-Track's older classes split it in two."""
    texts, fractions = columns.get("EPOCH"), columns.get("EPOCH_MICROSECONDS")
    if texts is None or fractions is None:
        return texts
    return [
        f"{text.strip()}.{micros.strip():0>6}"
        if text and micros and "." not in text and micros.strip().isdecimal()
        else text
        for text, micros in zip(texts, fractions, strict=True)
    ]


def _foreign_messages(table: ElementTable) -> Iterable[tuple[int, str, str]]:
    """Yield the messages that SGP4 would take and propagate to a wrong place."""
    for keyword, (allowed, reason) in _FOREIGN.items():
        for i, text in enumerate(table.extra.get(keyword, ())):
            if text and text.strip().upper() not in allowed:
                yield i, keyword, f"is '{shown(text)}', {reason}"


def texts_from_table(table: ElementTable) -> dict[str, Sequence[str | None]]:
    """Return what writers write: columns of text by OMM keyword, CelesTrak's order, then the extra ones.

    Numbers are the shortest text that reads back as the same number, epochs have six decimals or nine.

    Raises
    ------
    FormatError
        For a value that no element set can have, or a text with a control character.
    """
    refuse_impossible(table)
    columns: dict[str, Sequence[str | None]] = {}
    for keyword in CELESTRAK_ORDER:
        if keyword == "EPOCH":
            columns[keyword] = texts_from_epochs(table.epoch_tai_ns)
        elif keyword in FLOAT_COLUMNS:
            columns[keyword] = [repr(value) for value in getattr(table, FLOAT_COLUMNS[keyword]).tolist()]
        elif keyword in INT_COLUMNS:
            columns[keyword] = [str(value) for value in getattr(table, INT_COLUMNS[keyword]).tolist()]
        else:
            columns[keyword] = getattr(table, TEXT_COLUMNS[keyword]).tolist()
    return columns | dict(table.extra)
