"""Text columns to arrays in bulk: numbers, whole numbers and UTC epochs, with the reason for each bad cell.

Each function converts a whole column at once and returns the array and, by row, why a cell could not be read.
Numbers are what ``float`` gives for plain ASCII decimal text, correctly rounded; the other notations that
``float`` and ``int`` accept (``1_000``, digits of other scripts, ``infinity``) are refused. Epochs are exact
to the nanosecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import (
    NS_PER_DAY,
    NS_PER_S,
    format_utc_array,
    parse_utc,
    utc_datetime64_to_tai_ns,
)
from skypact.errors import FormatError
from skypact.formats.byte_columns import ByteColumn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = Sequence[str | None]
"""A column of text; ``None`` and blanks are missing values."""
Problems = dict[int, str]
"""Why a cell could not be read, by row."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_EPOCH_LENGTHS = range(19, 31)
"""``2024-11-01T00:00:00`` to nine decimals and ``Z``."""
_DECIMALS_MAX = 9
_NS_PER_US = 1000
_UNIX_NS_2000 = 946_684_800 * NS_PER_S
_YEAR_MIN, _YEAR_MAX = 1708, 2261
"""Whole years that nanoseconds of both J2000 and the Unix epoch can hold; the rest is read one by one."""
_CELL_TEXT_LENGTH = 40


def shown(text: str) -> str:
    """Return the text cut to a length that fits in a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _CELL_TEXT_LENGTH else flat[: _CELL_TEXT_LENGTH - 3] + "..."


def floats_from_texts(texts: Cells, *, missing: float = np.nan) -> tuple[Floats, Problems]:
    """Convert a column to float64; blanks become ``missing``."""
    return _mend(texts, *_in_bytes(texts).floats(), _one_float, missing)


def ints_from_texts(texts: Cells, *, missing: int = 0) -> tuple[Ints, Problems]:
    """Convert a column of whole numbers (sign, leading zeros, up to 18 digits); blanks become ``missing``."""
    return _mend(texts, *_in_bytes(texts).ints(), _one_int, missing)


def _in_bytes(texts: Cells) -> ByteColumn:
    return texts if isinstance(texts, ByteColumn) else ByteColumn.of(texts)


def _mend(
    texts: Cells, values: NDArray[Any], good: NDArray[np.bool_], careful: Callable[[str], Any], missing: Any
) -> tuple[NDArray[Any], Problems]:
    """Convert the cells that are not good yet one by one."""
    problems: Problems = {}
    for row in np.flatnonzero(~good).tolist():
        values[row] = missing
        text = texts[row]
        if text is None or not (cell := text.strip()):
            continue
        try:
            values[row] = careful(cell)
        except ValueError as error:
            problems[row] = str(error)
    return values, problems


def _one_float(cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise ValueError(f"'{shown(cell)}' is not a number")
    return float(cell.replace("d", "e").replace("D", "e"))


def _one_int(cell: str) -> int:
    if _WHOLE.fullmatch(cell):
        return int(cell)
    raise ValueError(f"'{shown(cell)}' is not a whole number")


def epochs_from_texts(texts: Cells) -> tuple[Ints, Problems]:
    """Convert a column of ISO 8601 UTC times to TAI ns; any mix of the forms that ``parse_utc`` takes.

    Returns
    -------
    tuple
        TAI ns (0 where bad), and the problems; a missing time is one.
    """
    values = np.zeros(len(texts), dtype=np.int64)
    column = _in_bytes(texts)
    lengths = column.lengths()
    left: list[int] = []
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        if int(length) not in _EPOCH_LENGTHS:
            left.extend(rows.tolist())
            continue
        tai_ns, good = _calendar_epochs(column.characters(rows, int(length)))
        values[rows] = np.where(good, tai_ns, 0)
        left.extend(rows[~good].tolist())
    problems: Problems = {}
    for row in sorted(left):
        text = texts[row]
        if text is None or not text.strip():
            problems[row] = "is missing"
            continue
        try:
            values[row] = parse_utc(text)
        except FormatError as error:
            problems[row] = error.what
    return values, problems


def _calendar_epochs(chars: NDArray[np.uint8]) -> tuple[Ints, NDArray[np.bool_]]:
    """Read ``yyyy-mm-ddThh:mm:ss[.f][Z]``, shape (n, length), to TAI ns; tell which rows are of that form."""
    length = chars.shape[1]
    ends_in_z = bool(length > 19 and (chars[:, -1] == ord("Z")).all())
    chars = chars[:, : length - 1] if ends_in_z else chars
    decimals = max(chars.shape[1] - 20, 0)
    if decimals > _DECIMALS_MAX:
        return np.zeros(chars.shape[0], dtype=np.int64), np.zeros(chars.shape[0], dtype=np.bool_)
    digits = (chars - ord("0")).astype(np.int64)
    numeric = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, *range(20, 20 + decimals)]
    good = (digits[:, numeric] <= 9).all(axis=1)  # unsigned: what stands before "0" wraps to a large value
    for column, mark in ((4, "-"), (7, "-"), (13, ":"), (16, ":")):
        good &= chars[:, column] == ord(mark)
    good &= (chars[:, 10] == ord("T")) | (chars[:, 10] == ord(" "))
    if chars.shape[1] > 19:
        good &= (chars[:, 19] == ord(".")) & (decimals > 0)
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month, day = digits[:, 5] * 10 + digits[:, 6], digits[:, 8] * 10 + digits[:, 9]
    hour, minute = digits[:, 11] * 10 + digits[:, 12], digits[:, 14] * 10 + digits[:, 15]
    second = digits[:, 17] * 10 + digits[:, 18]
    good &= (year >= _YEAR_MIN) & (year <= _YEAR_MAX) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= (hour <= 23) & (minute <= 59) & (second <= 59)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0)
    first = months.view("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).view("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    good &= day <= following - first
    fraction_ns = np.zeros(chars.shape[0], dtype=np.int64)
    for k in range(decimals):
        fraction_ns += digits[:, 20 + k] * 10 ** (8 - k)
    unix_ns = (first + day - 1) * NS_PER_DAY + (hour * 3600 + minute * 60 + second) * NS_PER_S + fraction_ns
    return utc_datetime64_to_tai_ns(np.where(good, unix_ns, _UNIX_NS_2000).view("datetime64[ns]")), good


def texts_from_epochs(tai_ns: Ints) -> list[str]:
    """Write TAI ns as ISO 8601 UTC without ``Z``, all with six decimals, or with nine if one needs them."""
    decimals = 9 if np.any(tai_ns % _NS_PER_US) else 6
    return [text[:-1] for text in format_utc_array(tai_ns, decimals=decimals).tolist()]
