"""Any file of element sets: unpacked, recognized by its content, read to one table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from skypact.errors import FormatError
from skypact.formats.csv_text import refuse_pages
from skypact.formats.detect import Kind, detect_text, refuse_other
from skypact.formats.elements import ElementTable
from skypact.formats.omm_csv import read_omm_csv
from skypact.formats.omm_fields import TABLE_KEYWORDS
from skypact.formats.omm_json import read_omm_json
from skypact.formats.reading import RawInput, ReadReport, unpack
from skypact.formats.tle import read_tle

Reader = Callable[[RawInput], tuple[ElementTable, ReadReport]]

_HEAD_BYTES = 65_536
_ELEMENT_LINE = re.compile(r"^[12] [ 0-9A-Z]{5}", re.MULTILINE)
"""A line of an element set, however damaged."""
_READERS: dict[Kind, Reader] = {
    Kind.TLE: read_tle,
    Kind.OMM_CSV: read_omm_csv,
    Kind.OMM_JSON: read_omm_json,
}


def read_elements(raw: RawInput) -> tuple[ElementTable, ReadReport]:
    """Read element sets in any format: TLE, 2LE, 3LE, or OMM in CSV, JSON, XML or KVN; plain, gzip or zip.

    The format is told by the content, not by the name. In a zip of several files each is read by its own
    format; a file without element sets beside good ones is named in a warning.

    Returns
    -------
    tuple
        All good sets in the order of the input (several of one object too, see :func:`dedupe_newest`),
        and the report of rejected records, with line, field and reason.

    Raises
    ------
    FormatError
        If it is empty, binary, truncated, or no format of element sets.
    LimitError
        If it is larger than the limit.
    """
    members = list(unpack(raw))
    if len(members) == 1:
        return reader_for(members[0])(members[0])
    tables: list[ElementTable] = []
    report = ReadReport()
    for member in members:
        try:
            table, found = reader_for(member)(member)
        except FormatError as error:
            report.warnings.append(f"not read: {error}")
            continue
        tables.append(table)
        report.accepted += found.accepted
        report.rejected.extend(replace(r, reason=f"{member.name}: {r.reason}") for r in found.rejected)
        report.warnings.extend(found.warnings)
        report.unknown_keys.update(found.unknown_keys)
    if not tables:
        raise FormatError(
            f"none of {len(members)} files in it holds element sets", where=raw.name, remedy="check the file"
        )
    return ElementTable.concatenate(tables), report


def reader_for(raw: RawInput) -> Reader:
    """Return the reader for an unpacked file of element sets, by its content.

    Raises
    ------
    FormatError
        If it is empty, binary, a web page, or nothing known.
    UnsupportedError
        If it is another CCSDS message.
    """
    start = RawInput(raw.name, raw.data[:_HEAD_BYTES])
    head = (start if start.data.strip() else raw).text()
    refuse_pages(head, raw.name)
    kind = detect_text(head)
    if kind in (Kind.OMM_XML, Kind.OMM_KVN):
        from skypact.formats.omm_messages import read_omm_kvn, read_omm_xml

        return read_omm_xml if kind is Kind.OMM_XML else read_omm_kvn
    if kind in _READERS:
        return _READERS[kind]
    if kind is not Kind.UNKNOWN:
        raise refuse_other(kind, "element sets", raw.name)
    if _ELEMENT_LINE.search(head):
        return read_tle
    if head.lstrip().startswith(("{", "[")):
        return read_omm_json
    titles = {title.strip().strip('"').upper() for title in head.lstrip().partition("\n")[0].split(",")}
    if titles & TABLE_KEYWORDS:
        return read_omm_csv
    raise FormatError(
        "not a known format of element sets",
        where=raw.name,
        remedy="TLE, 3LE and OMM in CSV, JSON, XML or KVN are read, plain or in gzip or zip",
    )


def dedupe_newest(table: ElementTable) -> tuple[ElementTable, ElementTable]:
    """Keep one set for each catalog number: that of the newest epoch, of equal epochs the last in the input.

    Returns
    -------
    tuple
        The sets kept and the sets dropped, both in the order of the input.
    """
    order = np.lexsort((np.arange(len(table)), table.epoch_tai_ns, table.norad))
    norad = table.norad[order]
    newest = np.ones(len(table), dtype=np.bool_)
    newest[:-1] = norad[1:] != norad[:-1]
    keep = np.zeros(len(table), dtype=np.bool_)
    keep[order[newest]] = True
    return (table, table.take(~keep)) if keep.all() else (table.take(keep), table.take(~keep))


def name_conflicts(table: ElementTable) -> list[str]:
    """Return one warning for each catalog number that stands with different names, naming them all."""
    names: dict[int, dict[str, None]] = {}
    numbers, counts = np.unique(table.norad, return_counts=True)
    repeated = np.isin(table.norad, numbers[counts > 1])
    for norad, name in zip(table.norad[repeated].tolist(), table.object_name[repeated].tolist(), strict=True):
        if name:
            names.setdefault(norad, {})[name] = None
    return [
        f"catalog number {norad} stands for {' and '.join(map(repr, found))}; the newest epoch counts"
        for norad, found in names.items()
        if len(found) > 1
    ]
