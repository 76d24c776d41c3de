"""Comma-separated text as columns: what all CSV readers share.

A file is split in one go where every line has the same number of unquoted fields (as CelesTrak writes), and
line by line where it has not. A record never spans lines: the sources do not do so, and one stray quotation
mark then costs one record, not the rest of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from skypact.errors import FormatError
from skypact.formats.byte_columns import ByteColumn, split_even
from skypact.formats.elements import Ints
from skypact.formats.reading import RawInput, Rejection

FIELDS_MAX = 512
"""More columns than any known file has: what is wider is not a table of ours."""

_NORAD = "NORAD_CAT_ID"
_LINE_SHOWN = 200
_NO_DATA = re.compile(r"\s*no (?:gp|satcat|supgp|eop|sw|)\s*data found|\s*no records", re.IGNORECASE)


@dataclass(frozen=True)
class CsvText:
    """A table of text: for each column name all cells, and the line in the input of each row."""

    name: str
    columns: Mapping[str, ByteColumn | Sequence[str]]
    lines: Ints
    rejected: list[Rejection] = field(default_factory=list)
    """Lines with another number of fields than the header."""


def split_csv(raw: RawInput) -> CsvText:
    """Split a CSV file with a header line into columns; names are stripped, cells are as in the file.

    Raises
    ------
    FormatError
        If it is empty, binary, HTML or a provider's sentence instead of data, or has no usable header.
    """
    text = raw.text()
    refuse_pages(text, raw.name)
    if "\n" not in text:
        text = text.replace("\r", "\n")
    start = len(text) - len(text.lstrip())
    first_line = text.count("\n", 0, start) + 1
    header_text, _, body = text[start:].partition("\n")
    header = _header(header_text, raw.at(first_line))
    columns = split_even(body.rstrip("\r\n") + "\n", len(header))
    if columns is None:
        return _split_uneven(raw.name, header, body, first_line)
    lines = np.arange(first_line + 1, first_line + 1 + len(columns[0]), dtype=np.int64)
    return CsvText(raw.name, dict(zip(header, columns, strict=True)), lines)


def _header(line: str, where: str) -> list[str]:
    header = [title.strip() for title in _split_line(line)]
    repeated = next((title for i, title in enumerate(header) if title in header[:i]), None)
    if repeated is not None or not 0 < len(header) <= FIELDS_MAX:
        problem = (
            f"the column '{repeated}' occurs twice" if repeated is not None else f"{len(header)} columns"
        )
        raise FormatError(problem, where=where, remedy="the first line must name the columns")
    return header


def refuse_pages(text: str, name: str) -> None:
    """Raise FormatError where a provider sent a page or a sentence instead of data."""
    start = text[:512].lstrip().lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")):
        raise FormatError("an HTML page, not data", where=name, remedy="check the address and the login")
    if _NO_DATA.match(start):
        raise FormatError(
            f"the provider answered '{' '.join(text.split())[:80]}'",
            where=name,
            remedy="the query matches no object; TLE cannot carry numbers above 99999 there, ask for CSV",
        )


def _split_uneven(name: str, header: list[str], body: str, header_line: int) -> CsvText:
    numbered = [
        (number, line.rstrip("\r"))
        for number, line in enumerate(body.split("\n"), header_line + 1)
        if line.strip()
    ]
    rows: list[list[str]] = []
    numbers: list[int] = []
    rejected: list[Rejection] = []
    for (number, line), cells in zip(numbered, _split_lines([line for _, line in numbered]), strict=True):
        if len(cells) == len(header):
            rows.append(cells)
            numbers.append(number)
        elif not line.startswith("#"):
            reason = f"{len(cells)} fields, the header names {len(header)}"
            rejected.append(Rejection(number, "", reason, line[:_LINE_SHOWN], _norad(header, cells)))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    return CsvText(
        name, dict(zip(header, columns, strict=True)), np.asarray(numbers, dtype=np.int64), rejected
    )


def _norad(header: list[str], cells: list[str]) -> int:
    """Return the catalog number in an uneven line, where it stands before what is missing; else 0."""
    at = header.index(_NORAD) if _NORAD in header else len(cells)
    cell = cells[at].strip() if at < len(cells) - 1 else ""
    return int(cell) if re.fullmatch(r"\+?[0-9]{1,9}", cell) else 0


def _split_lines(lines: list[str]) -> list[list[str]]:
    """Split all lines together, or one by one where a quotation mark left open would join some."""
    try:
        rows = list(csv.reader(lines))
    except csv.Error:
        rows = []
    return rows if len(rows) == len(lines) else [_split_line(line) for line in lines]


def _split_line(line: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error:
        return []


def join_csv(header: Sequence[str], columns: Sequence[Iterable[object]]) -> str:
    """Write columns as CSV with a header line, quoting only where needed, lines ending in a newline."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue()
