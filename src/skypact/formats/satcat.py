"""Satellite catalogs (SATCAT): who owns what, what it is, and how its orbit is listed.

CelesTrak's CSV and Space-Track's CSV and JSON (classes satcat and satcat_debut) give one table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.errors import FormatError
from skypact.formats.columns import Cells, floats_from_texts, ints_from_texts, shown
from skypact.formats.csv_text import join_csv, split_csv
from skypact.formats.element_rules import NORAD_MAX, RowProblems, known_number
from skypact.formats.elements import Floats, Ints, Texts
from skypact.formats.json_text import split_json
from skypact.formats.omm_fields import text_column
from skypact.formats.reading import RawInput, ReadReport, Rejection

OBJECT_TYPES = {
    "PAY": "PAYLOAD",
    "PAYLOAD": "PAYLOAD",
    "R/B": "ROCKET BODY",
    "ROCKET BODY": "ROCKET BODY",
    "DEB": "DEBRIS",
    "DEBRIS": "DEBRIS",
    "UNK": "UNKNOWN",
    "UNKNOWN": "UNKNOWN",
    "TBA": "UNKNOWN",
    "": "UNKNOWN",
}
"""Words of CelesTrak and Space-Track for the kind of object, and ours."""
_CELESTRAK_TYPE = {"PAYLOAD": "PAY", "ROCKET BODY": "R/B", "DEBRIS": "DEB", "UNKNOWN": "UNK"}

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "norad": ("NORAD_CAT_ID",),
    "object_name": ("OBJECT_NAME", "SATNAME"),
    "object_id": ("OBJECT_ID", "INTLDES"),
    "object_type": ("OBJECT_TYPE",),
    "ops_status": ("OPS_STATUS_CODE",),
    "owner": ("OWNER", "COUNTRY"),
    "launch_date": ("LAUNCH_DATE", "LAUNCH"),
    "launch_site": ("LAUNCH_SITE", "SITE"),
    "decay_date": ("DECAY_DATE", "DECAY"),
    "period_min": ("PERIOD",),
    "inclination_deg": ("INCLINATION",),
    "apogee_km": ("APOGEE",),
    "perigee_km": ("PERIGEE",),
    "rcs_m2": ("RCS", "RCSVALUE"),
    "rcs_size": ("RCS_SIZE",),
}
"""By column of the table: the keyword of CelesTrak, then that of Space-Track."""
_FLOATS = ("period_min", "inclination_deg", "apogee_km", "perigee_km", "rcs_m2")
_DATES = ("launch_date", "decay_date")
_DATE = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]")
_REQUIRED = ("NORAD_CAT_ID", "OBJECT_TYPE")


@dataclass(frozen=True, eq=False)
class SatcatTable:
    """Facts about objects, one row each, in the order of the input; every column has shape (n,)."""

    norad: Ints
    object_name: Texts
    object_id: Texts
    """International designator as ``1998-067A``."""
    object_type: Texts
    """PAYLOAD, ROCKET BODY, DEBRIS or UNKNOWN."""
    ops_status: Texts
    """CelesTrak: + operational, P partly, B standby, S spare, X extended, - not, D decayed, ? unclear."""
    owner: Texts
    """Code of the state or organization."""
    launch_date: Texts
    """ISO 8601 date; empty where unknown."""
    launch_site: Texts
    decay_date: Texts
    """ISO 8601 date; empty for what is in orbit."""
    period_min: Floats
    """NaN where not given, as all numbers of this table."""
    inclination_deg: Floats
    apogee_km: Floats
    """Height above the Earth's surface."""
    perigee_km: Floats
    rcs_m2: Floats
    """Radar cross section; Space-Track's constant 0 (no longer published) is read as not given."""
    rcs_size: Texts
    """SMALL (below 0.1 m2), MEDIUM or LARGE (above 1 m2), where the source gives only that."""
    line: Ints
    extra: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    """Further columns of the source, by keyword."""

    def __len__(self) -> int:
        return int(self.norad.shape[0])

    def take(self, rows: NDArray[Any]) -> SatcatTable:
        """Return the rows of an index or boolean array, in its order."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        changed: dict[str, Any] = {
            f.name: getattr(self, f.name)[index] for f in fields(self) if f.name != "extra"
        }
        changed["extra"] = {key: [column[int(i)] for i in index] for key, column in self.extra.items()}
        return replace(self, **changed)


def read_satcat(raw: RawInput) -> tuple[SatcatTable, ReadReport]:
    """Read a SATCAT of CelesTrak (CSV) or Space-Track (CSV, JSON); told apart by content.

    Raises
    ------
    FormatError
        If it is neither, or lacks the columns of a SATCAT.
    """
    report = ReadReport()
    columns: Mapping[str, Cells]
    if raw.data.lstrip()[:1] in (b"[", b"{"):
        found = split_json(raw)
        columns = found.columns
        lines = np.asarray(found.lines, dtype=np.int64)
        report.rejected, report.warnings = found.rejected, found.warnings
        absent = [keyword for keyword in _REQUIRED if found.lines and keyword not in columns]
    else:
        sheet = split_csv(raw)
        columns = {title.upper(): cells for title, cells in sheet.columns.items()}
        lines = sheet.lines
        report.rejected = sheet.rejected
        absent = [keyword for keyword in _REQUIRED if keyword not in columns]
    if absent:
        raise FormatError(f"no column {', '.join(absent)}", where=raw.at(1), remedy="this is not a SATCAT")
    table, problems = _table(columns, lines)
    return _without_rejected(table, problems, report), report


def _table(columns: Mapping[str, Cells], lines: Ints) -> tuple[SatcatTable, RowProblems]:
    problems: RowProblems = {}
    values: dict[str, Any] = {"line": lines}
    used: set[str] = set()
    for column, keywords in _COLUMNS.items():
        keyword = next((k for k in keywords if k in columns), "")
        texts: Cells = columns[keyword] if keyword else [None] * len(lines)
        used.add(keyword)
        found: dict[int, str] = {}
        if column == "norad":
            values[column], found = ints_from_texts(texts)
        elif column in _FLOATS:
            values[column], found = floats_from_texts(texts)
        else:
            values[column] = text_column(texts)
        for i, reason in found.items():
            problems.setdefault(i, (keyword, reason))
    for i, problem in _impossible(values).items():
        problems.setdefault(i, problem)
    values["object_type"] = _mapped(values["object_type"], lambda text: OBJECT_TYPES.get(text.upper(), text))
    values["rcs_m2"] = np.where(values["rcs_m2"] > 0, values["rcs_m2"], np.nan)
    extra = {key: list(texts) for key, texts in columns.items() if key not in used}
    return SatcatTable(**values, extra=extra), problems


def _impossible(values: Mapping[str, Any]) -> RowProblems:
    problems: RowProblems = {}
    norad = values["norad"]
    for i in np.flatnonzero((norad < 1) | (norad > NORAD_MAX)).tolist():
        problems[i] = ("NORAD_CAT_ID", f"is {norad[i]}, must be 1 to {NORAD_MAX}")
    for column in _DATES:
        for i, text in enumerate(values[column]):
            if text and not _DATE.fullmatch(text):
                problems.setdefault(i, (_COLUMNS[column][0], f"'{shown(text)}' is not a date"))
    return problems


def _mapped(texts: Texts, change: Callable[[str], str]) -> Texts:
    words = {text: change(text) for text in set(texts.tolist())}
    column = np.empty(texts.shape[0], dtype=np.object_)
    column[:] = [words[text] for text in texts]
    return column


def _without_rejected(table: SatcatTable, problems: RowProblems, report: ReadReport) -> SatcatTable:
    for i, (keyword, reason) in problems.items():
        text = f"{table.norad[i]} {table.object_name[i]}"
        report.rejected.append(
            Rejection(int(table.line[i]), keyword, reason, text, known_number(table.norad[i]))
        )
    report.rejected.sort(key=lambda rejection: rejection.line)
    if problems:
        keep = np.ones(len(table), dtype=np.bool_)
        keep[list(problems)] = False
        table = table.take(keep)
    report.accepted = len(table)
    return table


def write_satcat(table: SatcatTable) -> str:
    """Write CSV with CelesTrak's keywords, then RCS_SIZE and the further columns; it reads back the same."""
    columns: dict[str, Sequence[object]] = {}
    for column, keywords in _COLUMNS.items():
        values = getattr(table, column)
        if column == "object_type":
            values = _mapped(values, lambda text: _CELESTRAK_TYPE.get(text, text))
        elif column in _FLOATS:
            columns[keywords[0]] = ["" if np.isnan(v) else repr(v) for v in values.tolist()]
            continue
        columns[keywords[0]] = values.tolist()
    for key, texts in table.extra.items():
        columns.setdefault(key, ["" if text is None else text for text in texts])
    return join_csv(list(columns), list(columns.values()))
