"""Space-Track's ``cdm_public``: conjunctions without states, a history of miss distance and probability.

Columns of the class, the same in JSON and CSV: ``CDM_ID, CREATED, EMERGENCY_REPORTABLE, TCA, MIN_RNG`` (m),
``PC, SAT_1_ID, SAT_1_NAME, SAT1_OBJECT_TYPE, SAT1_RCS, SAT_1_EXCL_VOL`` (m), and the same for object 2. Names
with and without the underscore behind ``SAT`` are both met.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from skypact.astro.timescales import parse_utc
from skypact.errors import FormatError
from skypact.formats.cdm_fields import norad_of
from skypact.formats.cdm_json import json_value
from skypact.formats.cdm_values import CdmSummary
from skypact.formats.detect import Kind, detect, refuse_other
from skypact.formats.fields import is_not_given, parse_number, refuse_control_characters
from skypact.formats.kvn import shorten
from skypact.formats.reading import RawInput, ReadReport, Rejection, unpack

_OF_OBJECT = ("ID", "NAME", "OBJECTTYPE", "RCS", "EXCLVOL")
KNOWN_COLUMNS = frozenset(
    {"CDMID", "CREATED", "EMERGENCYREPORTABLE", "TCA", "MINRNG", "PC"}
    | {f"SAT{number}{name}" for number in "12" for name in _OF_OBJECT}
)
"""Column names without underscores."""


def read_cdm_public(raw: RawInput) -> tuple[list[CdmSummary], ReadReport]:
    """Read every row of a ``cdm_public`` answer, JSON or CSV, plain, gzip or zip.

    Returns
    -------
    The good rows in order; rows with a bad time or distance are listed in the report.

    Raises
    ------
    FormatError
        For text that is not JSON or CSV.
    UnsupportedError
        For another kind of file.
    """
    report = ReadReport()
    summaries: list[CdmSummary] = []
    for part in unpack(raw):
        kind = detect(part)
        if kind is not Kind.CDM_PUBLIC:
            raise refuse_other(kind, "a list of conjunctions (cdm_public)", part.name)
        for line, row in _rows(part):
            try:
                summaries.append(_summary(row, line, report))
            except FormatError as error:
                report.rejected.append(Rejection(line, error.where, error.what, shorten(str(row), 120)))
    report.accepted = len(summaries)
    return summaries, report


def _rows(raw: RawInput) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the line (in JSON: the place in the list, from 1) and the members of every row."""
    text = raw.text()
    if text.lstrip()[:1] in "[{":
        value = json_value(raw)
        for number, row in enumerate(value if isinstance(value, list) else [value], 1):
            if not isinstance(row, dict):
                raise FormatError(f"row {number} is not an object", where=raw.name)
            yield number, row
        return
    refuse_control_characters(text, raw.name)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        for row in reader:
            yield reader.line_num, {key: value for key, value in row.items() if key is not None}
    except csv.Error as error:
        raise FormatError(f"not CSV: {error}", where=raw.name) from None


def _summary(row: Mapping[str, Any], line: int, report: ReadReport) -> CdmSummary:
    cells = {}
    for key, value in row.items():
        name = key.strip().upper().replace("_", "")
        cells[name] = value.strip() if isinstance(value, str) else ""
        if name not in KNOWN_COLUMNS:
            report.unknown_keys[key] += 1

    def number(name: str) -> float | None:
        text = cells.get(name, "")
        value = parse_number(text)
        if value is None and not is_not_given(text):
            raise FormatError(f"'{shorten(text)}' is not a number", where=name)
        return value

    miss_distance_m = number("MINRNG")
    if miss_distance_m is None or miss_distance_m < 0:
        raise FormatError("no miss distance", where="MIN_RNG")
    return CdmSummary(
        cdm_id=cells.get("CDMID", ""),
        created_tai_ns=parse_utc(cells.get("CREATED", ""), where="CREATED"),
        tca_tai_ns=parse_utc(cells.get("TCA", ""), where="TCA"),
        miss_distance_m=miss_distance_m,
        collision_probability=number("PC"),
        norad_1=norad_of(cells.get("SAT1ID", ""), "SATCAT"),
        norad_2=norad_of(cells.get("SAT2ID", ""), "SATCAT"),
        name_1=cells.get("SAT1NAME", ""),
        name_2=cells.get("SAT2NAME", ""),
        object_type_1=cells.get("SAT1OBJECTTYPE", ""),
        object_type_2=cells.get("SAT2OBJECTTYPE", ""),
        rcs_1=cells.get("SAT1RCS", ""),
        rcs_2=cells.get("SAT2RCS", ""),
        exclusion_radius_1_m=number("SAT1EXCLVOL"),
        exclusion_radius_2_m=number("SAT2EXCLVOL"),
        emergency_reportable=cells.get("EMERGENCYREPORTABLE", "").upper() == "Y",
        line=line,
    )
