"""Listings: columns declared once, written as a table for people, CSV or JSON for programs."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO


class Format(StrEnum):
    """How a listing is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True)
class Column:
    """One column: its name (with the unit; the same in CLI, API and files) and how a value is written.

    ``write`` makes the text for table and CSV; without it ``str`` is used, and nothing for ``None``.
    """

    name: str
    about: str
    write: Callable[[Any], str] | None = None


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""Control characters but the line end: names of objects come from strangers, and a terminal obeys them."""


def for_terminal(text: str) -> str:
    """Return text that does nothing but stand there: control characters become question marks."""
    return _CONTROL.sub("?", text)


def decimals(places: int) -> Callable[[Any], str]:
    """Return a writer of floats with a fixed number of decimals."""
    return lambda value: f"{value:.{places}f}"


def significant(places: int) -> Callable[[Any], str]:
    """Return a writer of floats with a number of significant digits (17 give the exact double)."""
    return lambda value: f"{value:.{places}g}"


@dataclass(frozen=True)
class Listing:
    """Columns and rows; every row is a mapping with the names of the columns."""

    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    note: str = ""
    """A sentence for people below the table (counts, what was folded)."""


class ColumnRows(Sequence[Mapping[str, Any]]):
    """Rows kept as columns: for long listings, written to CSV column by column."""

    def __init__(self, data: Mapping[str, Sequence[Any]]) -> None:
        self.data = data
        self._length = len(next(iter(data.values()))) if data else 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return ColumnRows({name: column[index] for name, column in self.data.items()})
        return {name: column[index] for name, column in self.data.items()}


def _cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return column.write(value) if column.write else str(value)


def _column_cells(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    """Return the texts of a whole column; NumPy arrays become plain values first, which is faster."""
    plain: Sequence[Any] = values.tolist() if hasattr(values, "tolist") else values
    written = column.write or None in plain or (len(plain) and isinstance(plain[0], bool))
    return [_cell(column, value) for value in plain] if written else plain


def _plain(value: Any) -> Any:
    """Make a value that strict JSON can hold: NaN and infinities become null."""
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_listing(listing: Listing, form: Format, stream: TextIO) -> None:
    """Write ``listing`` to ``stream`` in the chosen format."""
    if form is Format.JSON:
        rows = [{c.name: _plain(row.get(c.name)) for c in listing.columns} for row in listing.rows]
        json.dump(rows, stream, ensure_ascii=False, indent=1, allow_nan=False)
        stream.write("\n")
    elif form is Format.CSV:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([c.name for c in listing.columns])
        if isinstance(listing.rows, ColumnRows):
            cells = [_column_cells(c, listing.rows.data[c.name]) for c in listing.columns]
            writer.writerows(zip(*cells, strict=True))
        else:
            writer.writerows([_cell(c, row.get(c.name)) for c in listing.columns] for row in listing.rows)
    else:
        _write_table(listing, stream)


def _write_table(listing: Listing, stream: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in listing.columns:
        table.add_column(column.name, justify="right" if column.write else "left", overflow="fold")
    for row in listing.rows:
        table.add_row(*(for_terminal(_cell(c, row.get(c.name))) for c in listing.columns))
    console = Console(file=stream, highlight=False, markup=False, width=None if stream.isatty() else 240)
    console.print(table)
    if listing.note:
        console.print(listing.note)
