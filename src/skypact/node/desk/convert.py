"""Rewriting a message or a catalog in another format: what can become what, and what was noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from skypact.errors import FormatError, UsageError
from skypact.formats.detect import Kind, detect, refuse_other
from skypact.formats.reading import RawInput, ReadReport, unpack

if TYPE_CHECKING:
    from skypact.formats.elements import ElementTable

ORIGINATOR = "skypact"
"""What the header of a written message says where its source names nobody."""


class Target(StrEnum):
    """Formats that can be written."""

    TLE = "tle"
    OMM_CSV = "omm-csv"
    OMM_JSON = "omm-json"
    OMM_XML = "omm-xml"
    OMM_KVN = "omm-kvn"
    CDM_KVN = "cdm-kvn"
    CDM_XML = "cdm-xml"
    CDM_JSON = "cdm-json"
    OEM_KVN = "oem-kvn"
    OEM_XML = "oem-xml"
    ITC = "itc"


@dataclass(frozen=True)
class _Family:
    """Formats that say the same things, so that one can be written as the other."""

    name: str
    kinds: tuple[Kind, ...]
    targets: tuple[Target, ...]
    instead: str
    """What to do where another family is asked for."""


ELEMENTS = _Family(
    "element sets",
    (Kind.TLE, Kind.OMM_CSV, Kind.OMM_JSON, Kind.OMM_XML, Kind.OMM_KVN),
    (Target.TLE, Target.OMM_CSV, Target.OMM_JSON, Target.OMM_XML, Target.OMM_KVN),
    "'skypact ephemeris ID --as oem' makes an ephemeris of them, 'skypact screen' finds conjunctions",
)
CONJUNCTIONS = _Family(
    "conjunction data messages",
    (Kind.CDM_KVN, Kind.CDM_XML, Kind.CDM_JSON),
    (Target.CDM_KVN, Target.CDM_XML, Target.CDM_JSON),
    "",
)
EPHEMERIDES = _Family(
    "an ephemeris",
    (Kind.OEM_KVN, Kind.OEM_XML, Kind.ITC),
    (Target.OEM_KVN, Target.OEM_XML, Target.ITC),
    "",
)
FAMILIES = (ELEMENTS, CONJUNCTIONS, EPHEMERIDES)


@dataclass(frozen=True)
class Converted:
    """The text in the new format, how many messages or element sets it holds, and what was noticed."""

    text: str
    count: int
    report: ReadReport = field(default_factory=ReadReport)


def convert(raw: RawInput, target: Target, *, now_tai_ns: int, strict: bool = False) -> Converted:
    """Rewrite a file in another format.

    Parameters
    ----------
    raw
        Any file that skypact reads; archives are unpacked, all their files must say the same kind of thing.
    now_tai_ns
        Creation date of messages whose source has none.
    strict
        Refuse unknown keywords.

    Raises
    ------
    UsageError
        For a pair of formats that makes no sense.
    FormatError
        For a broken input, or a value that the format cannot carry. Bad records of a catalog are listed in
        the report instead, as long as there are good ones.
    """
    parts = list(unpack(raw))
    families = [_family_of(part) for part in parts]
    for part, family in zip(parts, families, strict=True):
        if target not in family.targets:
            possible = ", ".join(family.targets)
            remedy = f"possible is --to {possible}"
            raise UsageError(
                f"{family.name} cannot be written as {target}",
                where=part.name,
                remedy=f"{remedy}; {family.instead}" if family.instead else remedy,
            )
    if not parts:
        raise FormatError("an empty archive", where=raw.name)
    if families[0] is ELEMENTS:
        return _convert_elements(parts, target, now_tai_ns, strict)
    if families[0] is CONJUNCTIONS:
        return _convert_cdms(raw, target, strict)
    return _convert_ephemeris(raw, target, now_tai_ns, strict)


def _family_of(raw: RawInput) -> _Family:
    kind = detect(raw)
    for family in FAMILIES:
        if kind in family.kinds:
            return family
    if kind is Kind.CDM_PUBLIC:
        raise UsageError(
            "a list of conjunctions without states (cdm_public) cannot be made into messages",
            where=raw.name,
            remedy="ask the owner for the full CDM",
        )
    raise refuse_other(kind, "element sets, conjunction data messages or an ephemeris", raw.name)


def _convert_elements(parts: list[RawInput], target: Target, now_tai_ns: int, strict: bool) -> Converted:
    from skypact.formats.elements import ElementTable

    report = ReadReport()
    tables = []
    for part in parts:
        table, found = _read_elements(part, any_theory=target is not Target.TLE)
        tables.append(table)
        report.accepted += found.accepted
        report.rejected += found.rejected
        report.warnings += found.warnings
        report.unknown_keys.update(found.unknown_keys)
    if strict and report.unknown_keys:
        key = next(iter(report.unknown_keys))
        raise FormatError(
            "unknown keyword", where=f"{parts[0].name}: {key}", remedy="leave out --strict to keep it"
        )
    table = ElementTable.concatenate(tables)
    if not len(table):
        if report.rejected:
            first = report.rejected[0]
            raise FormatError(first.reason, where=parts[0].at(first.line, first.field_name))
        raise FormatError("no element set in it", where=parts[0].name)
    return Converted(_write_elements(table, target, now_tai_ns), len(table), report)


def _read_elements(raw: RawInput, *, any_theory: bool) -> tuple[ElementTable, ReadReport]:
    kind = detect(raw)
    if kind is Kind.TLE:
        from skypact.formats.tle import read_tle

        return read_tle(raw)
    if kind is Kind.OMM_CSV:
        from skypact.formats.omm_csv import read_omm_csv

        return read_omm_csv(raw, any_theory=any_theory)
    if kind is Kind.OMM_JSON:
        from skypact.formats.omm_json import read_omm_json

        return read_omm_json(raw, any_theory=any_theory)
    from skypact.formats.omm_messages import read_omm_kvn, read_omm_xml

    return (read_omm_xml if kind is Kind.OMM_XML else read_omm_kvn)(raw, any_theory=any_theory)


def _write_elements(table: ElementTable, target: Target, now_tai_ns: int) -> str:
    from skypact.formats.omm_csv import write_omm_csv
    from skypact.formats.omm_json import write_omm_json
    from skypact.formats.omm_messages import write_omm_kvn, write_omm_xml
    from skypact.formats.tle import write_3le, write_tle

    if target is Target.TLE:
        return write_3le(table) if any(table.object_name.tolist()) else write_tle(table)
    if target is Target.OMM_CSV:
        return write_omm_csv(_comments_on_one_line(table))
    if target is Target.OMM_JSON:
        return write_omm_json(table)
    write = write_omm_xml if target is Target.OMM_XML else write_omm_kvn
    return write(table, created_tai_ns=now_tai_ns, originator=ORIGINATOR)


def _comments_on_one_line(table: ElementTable) -> ElementTable:
    """Join the comments of each message, since a record of a CSV file never spans lines."""
    comments = table.extra.get("COMMENT")
    if comments is None:
        return table
    joined = [text.replace("\n", " / ") if text else text for text in comments]
    return replace(table, extra={**table.extra, "COMMENT": joined})


def _convert_cdms(raw: RawInput, target: Target, strict: bool) -> Converted:
    from skypact.formats import cdm

    cdms, report = cdm.read_cdms(raw, strict=strict)
    write: Callable[..., str] = {
        Target.CDM_KVN: cdm.write_cdm_kvn,
        Target.CDM_XML: cdm.write_cdm_xml,
        Target.CDM_JSON: cdm.write_cdm_json,
    }[target]
    return Converted(write(*cdms), len(cdms), report)


def _convert_ephemeris(raw: RawInput, target: Target, now_tai_ns: int, strict: bool) -> Converted:
    from skypact.formats.ephemerides import read_ephemerides
    from skypact.formats.itc import write_itc
    from skypact.formats.oem import write_oem_kvn, write_oem_xml

    oems, report = read_ephemerides(raw, strict=strict)
    if len(oems) != 1:
        raise UsageError(
            f"{len(oems)} ephemerides in one file", where=raw.name, remedy="convert them one by one"
        )
    oem = oems[0]
    if oem.creation_tai_ns is None:
        oem = replace(oem, creation_tai_ns=now_tai_ns, originator=oem.originator or ORIGINATOR)
    write = {Target.OEM_KVN: write_oem_kvn, Target.OEM_XML: write_oem_xml, Target.ITC: write_itc}[target]
    return Converted(write(oem), len(oem.segments), report)
