"""Two-line element sets in perfect columns, all at once.

Lines of 69 characters are stacked to an array of bytes, one row for each column of the format, and every
field is computed for all sets together: exact integers first, then one correctly rounded division. Whatever
is not in perfect columns is left to :mod:`skypact.formats.tle_lines`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY, utc_datetime64_to_tai_ns
from skypact.formats.alpha5 import LEAD_VALUES
from skypact.formats.tle_lines import FIRST_YEAR, LINE_LENGTH, NS_PER_EPOCH_UNIT, designator

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

_BLANK, _PLUS, _MINUS, _POINT, _ZERO, _DELETE = b" +-.0\x7f"
_BLANKS = {1: (1, 8, 17, 32, 43, 52, 61, 63), 2: (1, 7, 16, 25, 33, 42, 51)}
_POINTS = {1: (23, 34), 2: (11, 20, 37, 46, 54)}
_ANGLE_UNITS, _MOTION_UNITS, _ECCENTRICITY_UNITS = 1e4, 1e8, 1e7
"""Units of the last digit of an angle, of the mean motion and its slope, of the eccentricity."""
_MANTISSA_DIGITS = 5
_POWERS = 10.0 ** np.arange(15)
"""Powers of ten that a field can need; each is exact: one division or product is correctly rounded."""
_DESIGNATOR_WIDTH = 11
_YEARS = np.arange(FIRST_YEAR, FIRST_YEAR + 101)
_YEAR_STARTS = (_YEARS - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
"""Days of the Unix epoch on which 1957 to 2057 begin."""


class _Columns:
    """One of the two lines of n sets: bytes, digits and what was found wrong so far."""

    def __init__(self, chars: Bytes, number: int) -> None:
        self.chars = np.ascontiguousarray(chars.T)
        digits = self.chars - np.uint8(_ZERO)  # unsigned: what stands before "0" wraps to a large value
        self.is_digit = digits <= 9
        self.digits = np.where(self.is_digit, digits, np.uint8(0))
        total = self.digits[:-1].sum(axis=0, dtype=np.int64) + (self.chars[:-1] == _MINUS).sum(axis=0)
        self.good = self.is_digit[-1] & (total % 10 == self.digits[-1])
        for k in _BLANKS[number]:
            self.good &= self.chars[k] == _BLANK
        for k in _POINTS[number]:
            self.good &= self.chars[k] == _POINT

    def whole(self, start: int, stop: int, *, may_be_blank: bool = False) -> Ints:
        """Read a right-aligned whole number, blanks for leading zeros."""
        blank_so_far = np.ones(self.chars.shape[1], dtype=np.bool_)
        for k in range(start, stop):
            blank_so_far &= self.chars[k] == _BLANK
            self.good &= self.is_digit[k] | blank_so_far
        if not may_be_blank:
            self.good &= ~blank_so_far
        return self._value(start, stop)

    def digits_only(self, start: int, stop: int) -> Ints:
        """Read a number without blanks."""
        self.good &= self.is_digit[start:stop].all(axis=0)
        return self._value(start, stop)

    def _value(self, start: int, stop: int) -> Ints:
        value = np.zeros(self.chars.shape[1], dtype=np.int64)
        for k in range(start, stop):
            value = value * 10 + self.digits[k]
        return value

    def negative(self, k: int) -> Flags:
        """Read a sign: minus, plus or blank."""
        sign = self.chars[k]
        minus: Flags = sign == _MINUS
        self.good &= minus | (sign == _PLUS) | (sign == _BLANK)
        return minus

    def angle(self, start: int) -> Floats:
        """Read ``ddd.dddd``."""
        units = self.whole(start, start + 3) * int(_ANGLE_UNITS) + self.digits_only(start + 4, start + 8)
        return units.astype(np.float64) / _ANGLE_UNITS

    def exponential(self, start: int) -> Floats:
        """Read a sign, five digits after an assumed point, and a power of ten with its sign."""
        negative = self.negative(start)
        mantissa = self.digits_only(start + 1, start + 6).astype(np.float64)
        self.good &= (self.chars[start + 6] == _PLUS) | (self.chars[start + 6] == _MINUS)
        exponent = self.digits_only(start + 7, start + 8)
        power = np.where(self.chars[start + 6] == _MINUS, -exponent, exponent) - _MANTISSA_DIGITS
        value: Floats = np.where(
            power < 0, mantissa / _POWERS[np.maximum(-power, 0)], mantissa * _POWERS[np.maximum(power, 0)]
        )
        return np.where(negative, -value, value)

    def catalog_number(self) -> Ints:
        """Read columns 3 to 7: blank-padded digits or Alpha-5."""
        lead: Ints = LEAD_VALUES[self.chars[2]]
        rest = self.whole(3, 7, may_be_blank=True)
        self.good &= (lead >= 0) & self.is_digit[6] & ((lead == 0) | self.is_digit[3:7].all(axis=0))
        return lead * 10_000 + rest


def read_columns(lines_1: Bytes, lines_2: Bytes) -> tuple[dict[str, Any], Flags]:
    """Read n sets from their lines, each of shape (n, 69).

    Returns
    -------
    tuple
        Columns of the element table (without names and line numbers), and which sets were in perfect
        columns with right checksums and equal numbers; the values of the others mean nothing.
    """
    one, two = _Columns(lines_1, 1), _Columns(lines_2, 2)
    slope_negative = one.negative(33)
    slope = one.digits_only(35, 43) / _MOTION_UNITS
    values: dict[str, Any] = {
        "norad": one.catalog_number(),
        "epoch_tai_ns": _epochs(one),
        "mean_motion_dot_rev_d2": np.where(slope_negative, -slope, slope),
        "mean_motion_ddot_rev_d3": one.exponential(44),
        "bstar_per_er": one.exponential(53),
        "ephemeris_type": one.whole(62, 63, may_be_blank=True),
        "element_set_no": one.whole(64, 68, may_be_blank=True),
        "inclination_deg": two.angle(8),
        "raan_deg": two.angle(17),
        "eccentricity": two.digits_only(26, 33) / _ECCENTRICITY_UNITS,
        "arg_perigee_deg": two.angle(34),
        "mean_anomaly_deg": two.angle(43),
        "mean_motion_rev_d": (two.whole(52, 54) * int(_MOTION_UNITS) + two.digits_only(55, 63))
        / _MOTION_UNITS,
        "rev_at_epoch": two.whole(63, 68, may_be_blank=True),
        "object_id": _designators(lines_1[:, 9:17]),
        "classification": _classifications(lines_1[:, 7]),
    }
    good = one.good & two.good & (one.chars[2:7] == two.chars[2:7]).all(axis=0)
    good &= ((one.chars[7:17] >= _BLANK) & (one.chars[7:17] < _DELETE)).all(axis=0)
    return values, good


def _epochs(one: _Columns) -> Ints:
    """Read ``yyddd.dddddddd`` to TAI ns in whole numbers."""
    year = one.digits_only(18, 20)
    row = np.where(year < FIRST_YEAR - 1900, year + 100, year) - (FIRST_YEAR - 1900)
    day = one.whole(20, 23)
    start = _YEAR_STARTS[row]
    one.good &= (day >= 1) & (start + day <= _YEAR_STARTS[row + 1])
    unix_ns = (start + day - 1) * NS_PER_DAY + one.digits_only(24, 32) * NS_PER_EPOCH_UNIT
    return utc_datetime64_to_tai_ns(unix_ns.view("datetime64[ns]"))


def _classifications(chars: Bytes) -> NDArray[np.object_]:
    found = np.unique(chars)
    texts = np.full(256, "U", dtype=np.object_)
    for code in found.tolist():
        texts[code] = chr(code).strip() or "U"
    result: NDArray[np.object_] = texts[chars]
    return result


def _designators(chars: Bytes) -> NDArray[np.object_]:
    """Write launch year, number and piece, shape (n, 8), as ``1998-067A``; the irregular one by one."""
    digits = chars[:, :5] - np.uint8(_ZERO)
    letter = (chars[:, 5:] >= ord("A")) & (chars[:, 5:] <= ord("Z"))
    blank = chars[:, 5:] == _BLANK
    regular = (digits <= 9).all(axis=1) & letter[:, 0] & (letter[:, 1] | blank[:, 1:].all(axis=1))
    regular &= letter[:, 2] | blank[:, 2]
    year = digits[:, 0].astype(np.int64) * 10 + digits[:, 1]
    this_century = (year < FIRST_YEAR - 1900)[:, np.newaxis]
    written = np.empty((chars.shape[0], _DESIGNATOR_WIDTH), dtype=np.uint8)
    written[:, :2] = np.where(this_century, np.frombuffer(b"20", np.uint8), np.frombuffer(b"19", np.uint8))
    written[:, 2:4] = chars[:, :2]
    written[:, 4] = ord("-")
    written[:, 5:] = chars[:, 2:]
    text = written.tobytes().decode("latin-1")
    texts = [text[i : i + _DESIGNATOR_WIDTH].rstrip() for i in range(0, len(text), _DESIGNATOR_WIDTH)]
    for i in np.flatnonzero(~regular).tolist():
        texts[i] = designator(chars[i].tobytes().decode("latin-1"))
    column = np.empty(chars.shape[0], dtype=np.object_)
    column[:] = texts
    return column


def stack_lines(buffer: Bytes, starts: Ints) -> Bytes:
    """Return the 69 bytes from each start, as an array of shape (n, 69)."""
    return np.take(buffer, starts[:, np.newaxis] + np.arange(LINE_LENGTH))
