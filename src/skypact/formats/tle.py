"""Two-line element sets (TLE, 2LE) with or without a name line (3LE): tolerant reader, strict writer.

What is read from a TLE is written with the same numbers. The writer normalizes the notation only: leading
zeros of catalog numbers, blanks for plus signs and for leading zeros of angles, ``00000+0`` for zero,
mantissas without leading zeros, blank-padded counters, and ``0 `` before names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY, tai_ns_to_utc_ns
from skypact.errors import FormatError
from skypact.formats.alpha5 import encode_alpha5
from skypact.formats.byte_columns import ByteColumn
from skypact.formats.csv_text import refuse_pages
from skypact.formats.element_rules import impossible_values, object_label, refuse_impossible, without_rejected
from skypact.formats.elements import ElementTable
from skypact.formats.reading import RawInput, ReadReport, Rejection
from skypact.formats.tle_columns import read_columns, stack_lines
from skypact.formats.tle_lines import (
    FIRST_YEAR,
    LINE_LENGTH,
    NS_PER_EPOCH_UNIT,
    LineError,
    checksum,
    designator,
    number_or_zero,
    parse_lines,
)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TURN_DEG = 360.0
EPHEMERIS_TYPE_MAX = 9
ELEMENT_SET_NO_MAX = 9999
REVOLUTION_MODULUS = 100_000
"""The revolution number has five columns and starts again at zero."""
_EXPONENT_MAX = 9
_MOTION_WIDTH = 11
_UNITS_PER_DAY = NS_PER_DAY // NS_PER_EPOCH_UNIT
_J2000_IN_2000_UNITS = _UNITS_PER_DAY // 2
"""2000-01-01T12:00:00 in epoch units after the day begins."""
_OBJECT_ID = re.compile(r"([0-9]{4})-([0-9]{3}[A-Z]{1,3})")
_RAW_DESIGNATOR = re.compile(r"[!-~][ -~]{0,7}")

_CHUNK_SETS = 32_768
"""Sets computed together: their columns stay in the processor's cache, and memory stays small."""
_TEXT_SHOWN = 80
_NUMBER_COLUMNS = re.compile(r" {0,4}[0-9]{1,5}|[A-Z][0-9]{4}|[0-9]{5}")


def read_tle(raw: RawInput) -> tuple[ElementTable, ReadReport]:
    """Read TLE, 2LE or 3LE text, mixed as it may be.

    A set with a wrong checksum, a line of a wrong length, a letter in a number or two lines of different
    objects is a rejection with its line, field and reason; the rest is in the table, in order. Blank lines
    and lines beginning with ``#`` are passed over.

    Raises
    ------
    FormatError
        If there is no line of an element set at all.
    """
    text = raw.text()
    refuse_pages(text, raw.name)
    lines = _Lines.split(text if "\n" in text else text.replace("\r", "\n"))
    found = _read_perfect(lines)
    odd = _read_odd(lines)
    if not found and not odd.records and not odd.any_element_line:
        raise FormatError("no line of a two-line element set", where=raw.name, remedy="check the format")
    tables = [*found, *([_table_of_records(odd.records)] if odd.records else [])]
    table = _in_order(ElementTable.concatenate(tables)) if tables else _table_of_records([])
    report = ReadReport(rejected=odd.rejected)
    problems: dict[int, tuple[str, str]] = {}
    for i, keyword, reason in impossible_values(table):
        problems.setdefault(i, (keyword, reason))
    table = without_rejected(table, problems, report, lambda i: lines.text(int(table.line[i]) - 1))
    report.rejected.sort(key=lambda rejection: rejection.line)
    if odd.without_checksum:
        report.warnings.append(f"{raw.name}: {odd.without_checksum} sets lack trailing fields or checksums")
    return table, report


@dataclass(frozen=True)
class _Lines:
    """All lines of a text, and which are understood already."""

    cells: ByteColumn
    taken: Flags

    @staticmethod
    def split(text: str) -> _Lines:
        data = text.encode()
        buffer = np.frombuffer(data, dtype=np.uint8)
        breaks = np.flatnonzero(buffer == ord("\n"))
        starts = np.concatenate([np.zeros(1, dtype=np.int64), breaks + 1])
        ends = np.append(breaks, buffer.shape[0])
        ends -= (ends > starts) & (buffer[ends - 1] == ord("\r"))
        return _Lines(ByteColumn(data, text, starts, ends), np.zeros(starts.shape[0], dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.cells)

    def text(self, row: int) -> str:
        return self.cells[row].strip()

    def begin_with(self, mark: str) -> Flags:
        """Tell which lines begin with this character and a blank."""
        buffer = np.frombuffer(self.cells.data, dtype=np.uint8)
        last = buffer.shape[0] - 1
        matches: Flags = self.cells.lengths() > 1
        matches &= buffer[np.minimum(self.cells.starts, last)] == ord(mark)
        matches &= buffer[np.minimum(self.cells.starts + 1, last)] == ord(" ")
        return matches


def _read_perfect(lines: _Lines) -> list[ElementTable]:
    """Read all sets that are in perfect columns, with their names, and mark their lines as taken."""
    whole = lines.cells.lengths() == LINE_LENGTH
    one, two = lines.begin_with("1"), lines.begin_with("2")
    rows = np.flatnonzero((one & whole)[:-1] & (two & whole)[1:])
    buffer = np.frombuffer(lines.cells.data, dtype=np.uint8)
    columns: list[dict[str, Any]] = []
    for k in range(0, rows.shape[0], _CHUNK_SETS):
        part = rows[k : k + _CHUNK_SETS]
        values, good = read_columns(
            stack_lines(buffer, lines.cells.starts[part]), stack_lines(buffer, lines.cells.starts[part + 1])
        )
        columns.append({name: column[good] for name, column in values.items()} | {"line": part[good] + 1})
    firsts = np.concatenate([c["line"] - 1 for c in columns]) if columns else rows
    lines.taken[firsts] = True
    lines.taken[firsts + 1] = True
    names = _names_before(lines, firsts, one | two)
    tables: list[ElementTable] = []
    at = 0
    for c in columns:
        count = len(c["line"])
        tables.append(ElementTable(**c, object_name=names[at : at + count]))
        at += count
    return tables


def _names_before(lines: _Lines, firsts: Ints, numbered: Flags) -> NDArray[np.object_]:
    """Return the names on the lines before the first lines of sets, and mark these lines as taken."""
    before = np.maximum(firsts - 1, 0)
    named = (firsts > 0) & ~lines.taken[before] & (lines.cells.lengths()[before] > 0)
    for k in np.flatnonzero(named & numbered[before]).tolist():
        named[k] = _kind(lines.text(int(before[k]))) == 0
    rows = before[named]
    cells = ByteColumn(lines.cells.data, lines.cells.text, lines.cells.starts[rows], lines.cells.ends[rows])
    texts = [cell.strip() for cell in cells]
    lines.taken[rows] = [not text.startswith("#") for text in texts]
    names = np.full(firsts.shape[0], "", dtype=np.object_)
    names[named] = ["" if text.startswith("#") else _name(text) for text in texts]
    return names


def _name(text: str) -> str:
    return text[2:].strip() if text.startswith("0 ") else "" if text == "0" else text


def _kind(line: str) -> int:
    """Return 1 or 2 for a line of an element set, however damaged; 0 for a name or other text."""
    if line[:2] not in ("1 ", "2 "):
        return 0
    return int(line[0]) if len(line) >= LINE_LENGTH - 1 or _NUMBER_COLUMNS.fullmatch(line[2:7]) else 0


@dataclass
class _Odd:
    """What came of the lines that are not in perfect columns."""

    records: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    without_checksum: int = 0
    any_element_line: bool = False

    def reject(self, row: int, reason: str, text: str, keyword: str = "") -> None:
        norad = number_or_zero(text[2:7]) if _kind(text) else 0
        self.rejected.append(Rejection(row + 1, keyword, reason, text[:_TEXT_SHOWN], norad))


def _read_odd(lines: _Lines) -> _Odd:
    """Read the lines left over one by one: sets in imperfect columns, and what belongs to no set."""
    odd = _Odd()
    rows = np.flatnonzero(~lines.taken & (lines.cells.lengths() > 0)).tolist()
    name_row, name = -2, ""
    k = 0
    while k < len(rows):
        row = rows[k]
        k += 1
        text = lines.text(row)
        if not text or text.startswith("#"):
            continue
        kind = _kind(text)
        if kind == 0:
            if name_row >= 0:
                odd.reject(name_row, "a name without element lines", name)
            name_row, name = row, text
            continue
        odd.any_element_line = True
        if name_row not in (-2, row - 1):
            odd.reject(name_row, "a name without element lines", name)
        own_name = name if name_row == row - 1 else ""
        name_row = -2
        following = lines.text(row + 1) if row + 1 < len(lines) and not lines.taken[row + 1] else ""
        if kind == 1 and _kind(following) == 2:
            _read_odd_set(odd, row, _name(own_name), text, following)
            k += 1
        else:
            odd.reject(row, "line 1 without a line 2" if kind == 1 else "line 2 without a line 1", text)
    if name_row >= 0:
        odd.reject(name_row, "a name without element lines", name)
    return odd


def _read_odd_set(odd: _Odd, row: int, name: str, line_1: str, line_2: str) -> None:
    try:
        parsed = parse_lines(line_1, line_2)
    except LineError as error:
        text = line_1 if error.line == 1 else line_2
        odd.reject(row + error.line - 1, str(error), text, error.field)
        return
    odd.without_checksum += parsed.without_checksum
    odd.records.append(parsed.values | {"object_name": name, "line": row + 1})


_COLUMN_TYPES: dict[str, Any] = {
    "norad": np.int64,
    "epoch_tai_ns": np.int64,
    "ephemeris_type": np.int64,
    "element_set_no": np.int64,
    "rev_at_epoch": np.int64,
    "line": np.int64,
    "object_name": np.object_,
    "object_id": np.object_,
    "classification": np.object_,
}
_ALL_COLUMNS = tuple(name for name in ElementTable.__dataclass_fields__ if name != "extra")


def _table_of_records(records: list[dict[str, Any]]) -> ElementTable:
    columns: dict[str, Any] = {
        name: np.array([r[name] for r in records], dtype=_COLUMN_TYPES.get(name, np.float64))
        for name in _ALL_COLUMNS
    }
    return ElementTable(**columns)


def _in_order(table: ElementTable) -> ElementTable:
    order = np.argsort(table.line, kind="stable")
    return table if np.array_equal(order, np.arange(len(table))) else table.take(order)


def write_tle(table: ElementTable) -> str:
    """Write two lines for each set.

    Epochs are rounded to 1e-8 day, numbers to the digits of their columns, angles reduced to one turn,
    revolution numbers to five digits; what is in these limits reads back to the same numbers.

    Raises
    ------
    FormatError
        Naming the object, the field and the reason: a catalog number above 339,999 (OMM carries it), a year
        outside 1957 to 2056, or another value that does not fit in its columns. Nothing is written then.
    """
    return "".join(f"{line_1}\n{line_2}\n" for _, line_1, line_2 in _sets(table))


def write_3le(table: ElementTable) -> str:
    """Write three lines for each set: ``0 `` and the name, then the two lines as :func:`write_tle` does.

    Raises
    ------
    FormatError
        As :func:`write_tle`.
    """
    return "".join(f"{f'0 {name}'.rstrip()}\n{line_1}\n{line_2}\n" for name, line_1, line_2 in _sets(table))


class _DoesNotFitError(ValueError):
    """A value is too large, small or long for its columns; the text is 'FIELD is value, why'."""


def _sets(table: ElementTable) -> Iterator[tuple[str, str, str]]:
    refuse_impossible(table)
    units = _epoch_units(table.epoch_tai_ns)
    columns = zip(
        table.object_name.tolist(),
        table.norad.tolist(),
        table.classification.tolist(),
        table.object_id.tolist(),
        units.tolist(),
        table.mean_motion_dot_rev_d2.tolist(),
        table.mean_motion_ddot_rev_d3.tolist(),
        table.bstar_per_er.tolist(),
        table.ephemeris_type.tolist(),
        table.element_set_no.tolist(),
        table.inclination_deg.tolist(),
        table.raan_deg.tolist(),
        table.eccentricity.tolist(),
        table.arg_perigee_deg.tolist(),
        table.mean_anomaly_deg.tolist(),
        table.mean_motion_rev_d.tolist(),
        table.rev_at_epoch.tolist(),
        strict=True,
    )
    for i, (name, norad, secrecy, object_id, unit, ndot, nddot, bstar, kind, number, *elements) in enumerate(
        columns
    ):
        try:
            catalog = encode_alpha5(norad)
            line_1 = (
                f"1 {catalog}{_classification(secrecy)} {_designator(object_id)} {_epoch(unit)} "
                f"{_slope(ndot)} {_exponential('MEAN_MOTION_DDOT', nddot)} {_exponential('BSTAR', bstar)} "
                f"{_counter('EPHEMERIS_TYPE', kind, EPHEMERIS_TYPE_MAX)} "
                f"{_counter('ELEMENT_SET_NO', number, ELEMENT_SET_NO_MAX):4d}"
            )
            line_2 = f"2 {catalog} {_elements(*elements)}"
        except _DoesNotFitError as error:
            raise FormatError(
                f"{error} and does not fit in a TLE",
                where=object_label(table, i),
                remedy="write OMM (CSV, JSON, XML or KVN)",
            ) from None
        except FormatError as error:
            raise FormatError(error.what, where=object_label(table, i), remedy=error.remedy) from None
        yield name, f"{line_1}{checksum(line_1)}", f"{line_2}{checksum(line_2)}"


def _epoch_units(epoch_tai_ns: Ints) -> Ints:
    """Return UTC in units of 1e-8 day after 2000-01-01T00:00:00, rounded to nearest."""
    utc_ns = tai_ns_to_utc_ns(epoch_tai_ns)
    return (utc_ns + NS_PER_EPOCH_UNIT // 2) // NS_PER_EPOCH_UNIT + _J2000_IN_2000_UNITS


def _epoch(unit: int) -> str:
    days, fraction = divmod(unit, _UNITS_PER_DAY)
    date = np.datetime64("2000-01-01", "D") + days
    year = date.astype("datetime64[Y]")
    calendar_year = int(str(year))
    if not FIRST_YEAR <= calendar_year < FIRST_YEAR + 100:
        raise _DoesNotFitError(f"EPOCH is in {calendar_year}")
    day_of_year = int((date - year.astype("datetime64[D]")).astype(np.int64)) + 1
    return f"{calendar_year % 100:02d}{day_of_year:03d}.{fraction:08d}"


def _classification(text: str) -> str:
    if len(text) > 1 or not (text or "U").isascii():
        raise _DoesNotFitError(f"CLASSIFICATION_TYPE is '{text}'")
    return text.strip() or "U"


def _designator(object_id: str) -> str:
    """Return the eight columns of ``1998-067A``; text of another form is written as it is, if it fits."""
    match = _OBJECT_ID.fullmatch(object_id)
    short = f"{match[1][2:]}{match[2]}" if match else object_id
    if short and (not _RAW_DESIGNATOR.fullmatch(short) or designator(short) != object_id):
        raise _DoesNotFitError(f"OBJECT_ID is '{object_id}'")
    return f"{short:8s}"


def _slope(mean_motion_dot_rev_d2: float) -> str:
    text = f"{abs(mean_motion_dot_rev_d2):.8f}"
    if text[0] != "0":
        raise _DoesNotFitError(f"MEAN_MOTION_DOT is {mean_motion_dot_rev_d2}")
    return f"{_sign(mean_motion_dot_rev_d2)}{text[1:]}"


def _exponential(field: str, value: float) -> str:
    """Write sign, five digits after the assumed point, exponent: 0.00012345 is `` 12345-3``."""
    if value == 0.0:
        return " 00000+0"
    mantissa, _, power = f"{abs(value):.4e}".partition("e")
    exponent = int(power) + 1
    digits = mantissa.replace(".", "")
    if exponent > _EXPONENT_MAX:
        raise _DoesNotFitError(f"{field} is {value}")
    if exponent < -_EXPONENT_MAX:  # too small for five digits: fewer, with leading zeros
        digits, exponent = f"{abs(value):.14f}"[-5:], -_EXPONENT_MAX
    return f"{_sign(value)}{digits}{exponent:+d}"


def _sign(value: float) -> str:
    return "-" if math.copysign(1.0, value) < 0 else " "


def _counter(field: str, value: int, largest: int) -> int:
    if not 0 <= value <= largest:
        raise _DoesNotFitError(f"{field} is {value}")
    return value


def _elements(
    inclination_deg: float,
    raan_deg: float,
    eccentricity: float,
    arg_perigee_deg: float,
    mean_anomaly_deg: float,
    mean_motion_rev_d: float,
    revolution: int,
) -> str:
    digits = f"{eccentricity:.7f}"
    if digits[0] != "0":
        raise _DoesNotFitError(f"ECCENTRICITY is {eccentricity}")
    motion = f"{mean_motion_rev_d:11.8f}"
    if len(motion) > _MOTION_WIDTH:
        raise _DoesNotFitError(f"MEAN_MOTION is {mean_motion_rev_d}")
    if revolution < 0:
        raise _DoesNotFitError(f"REV_AT_EPOCH is {revolution}")
    return (
        f"{inclination_deg:8.4f} {_turn(raan_deg):8.4f} {digits[2:]} {_turn(arg_perigee_deg):8.4f} "
        f"{_turn(mean_anomaly_deg):8.4f} {motion}{revolution % REVOLUTION_MODULUS:5d}"
    )


def _turn(angle_deg: float) -> float:
    return angle_deg if 0.0 <= angle_deg <= TURN_DEG else angle_deg % TURN_DEG
