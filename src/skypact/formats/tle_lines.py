"""One two-line element set, field by field: the careful reading of lines that are not in perfect columns.

The bulk reader (:mod:`skypact.formats.tle_columns`) takes the lines that are; what it leaves comes here and
is either understood, because real files are like that, or refused with the field and the reason.

Source of the columns: space-track.org, documentation of the TLE; celestrak.org, "NORAD two-line element set
format"; F. R. Hoots and R. L. Roehrich, Spacetrack Report No. 3 (1980).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skypact.astro.timescales import NS_PER_DAY, utc_datetime64_to_tai_ns
from skypact.errors import FormatError
from skypact.formats.alpha5 import decode_alpha5
from skypact.formats.columns import shown

LINE_LENGTH = 69
NS_PER_EPOCH_UNIT = 864_000
"""The last digit of a TLE epoch, 1e-8 day, in nanoseconds: exact."""
FIRST_YEAR = 1957
"""Two-digit years are 1957 to 2056."""

_LAYOUT = {
    "1": "1 NNNNNC LLLLLLLL EEEEEEEEEEEEEE DDDDDDDDDD SSSSSSSS BBBBBBBB T OOOO",
    "2": "2 NNNNN IIIIIIII RRRRRRRR EEEEEEE PPPPPPPP AAAAAAAA MMMMMMMMMMMVVVVV",
}
"""The 68 columns before the checksum; a blank here must be a blank in the line."""
_MAY_END_AFTER = {"1": (61, 63, 68, 69), "2": (63, 68, 69)}
"""Lengths at which a line may end: after a whole field, when everything SGP4 needs is there."""


_CHECK_VALUES = bytes(c - ord("0") if chr(c).isdecimal() else int(chr(c) == "-") for c in range(128)) + bytes(
    128
)


class LineError(ValueError):
    """A line that cannot be used.

    Attributes
    ----------
    line
        1 or 2.
    field
        OMM keyword of the field, or empty for the line as a whole.
    """

    def __init__(self, line: int, field: str, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.field = field


@dataclass(frozen=True)
class ElementLines:
    """The values of one set, by column of the element table, and what was missing."""

    values: dict[str, Any]
    without_checksum: bool


def checksum(line: str) -> int:
    """Return the checksum of the first 68 columns: sum of digits, minus signs as one, modulo ten."""
    return sum(line[: LINE_LENGTH - 1].encode("ascii", "replace").translate(_CHECK_VALUES)) % 10


def parse_lines(line_1: str, line_2: str) -> ElementLines:
    """Read one set from its two lines.

    Tolerated: blanks for leading zeros, missing trailing fields (after BSTAR on line 1 and after the mean
    motion on line 2, checksums included), anything after column 70.

    Raises
    ------
    LineError
        Naming the line, the field and the reason.
    """
    values: dict[str, Any] = {}
    for number, line, fields in ((1, line_1, _FIELDS_1), (2, line_2, _FIELDS_2)):
        _check_layout(number, line)
        for keyword, column, start, stop, parse in fields:
            try:
                values[column] = parse(line[start:stop])
            except (ValueError, FormatError):
                raise LineError(number, keyword, f"'{shown(line[start:stop])}' cannot be read") from None
        if len(line) >= LINE_LENGTH and line[LINE_LENGTH - 1] != str(checksum(line)):
            found = line[LINE_LENGTH - 1]
            raise LineError(number, "CHECKSUM", f"is '{found}', the line adds up to {checksum(line)}")
    without_checksum = min(len(line_1), len(line_2)) < LINE_LENGTH
    if values["norad"] != values.pop("norad_2"):
        raise LineError(2, "NORAD_CAT_ID", f"'{line_2[2:7]}' differs from '{line_1[2:7]}' of line 1")
    return ElementLines(values, without_checksum)


def _check_layout(number: int, line: str) -> None:
    layout = _LAYOUT[str(number)]
    allowed = _MAY_END_AFTER[str(number)]
    length = len(line)
    if length > LINE_LENGTH and line[LINE_LENGTH] == " ":
        length = LINE_LENGTH
    if length not in allowed:
        raise LineError(number, "", f"{len(line)} characters, {LINE_LENGTH} are needed")
    for k, mark in enumerate(layout[:length]):
        if mark == " " and line[k] != " ":
            raise LineError(number, "", f"column {k + 1} is '{line[k]}', it must be blank")


_DECIMAL = re.compile(r" *[+-]?[0-9]*\.[0-9]+ *")
_EXPONENTIAL = re.compile(r"([ +-])([ 0-9]{5})([+\- 0-9][0-9]|  )")
_EPOCH = re.compile(r"([0-9]{2})([ 0-9]{2}[0-9])\.([0-9]{1,8}) *")
_DESIGNATOR = re.compile(r"([0-9]{2})([0-9]{3}) *([A-Z]{1,3})")


def _number(text: str) -> int:
    bare = text.strip()
    return int(bare) if bare.isascii() and bare.isdigit() else decode_alpha5(bare)


def number_or_zero(field: str) -> int:
    """Return the catalog number of columns 3 to 7, 0 where there is none: for naming a damaged set."""
    try:
        return _number(field)
    except FormatError:
        return 0


def _whole(text: str) -> int:
    """Read a counter; a missing one is 0."""
    bare = text.strip()
    if bare and not (bare.isascii() and bare.isdigit()):
        raise ValueError(text)
    return int(bare or "0")


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _eccentricity(text: str) -> float:
    digits = text.replace(" ", "0")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(text)
    return float(f".{digits}")


def _exponential(text: str) -> float:
    """Read a number with an assumed point: `` 12345-3`` is 0.12345e-3; old files leave out the plus sign."""
    match = _EXPONENTIAL.fullmatch(text)
    if match is None:
        raise ValueError(text)
    sign, digits, exponent = match.groups()
    return float(f"{sign.strip()}.{digits.replace(' ', '0')}e{int(exponent.strip() or '0')}")


def _epoch(text: str) -> int:
    """Read year, day of year and fraction to TAI ns, without a floating-point number in between."""
    match = _EPOCH.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year = full_year(int(match[1]))
    first = np.datetime64(f"{year}-01-01", "D")
    day = int(match[2]) - 1
    if not 0 <= day < int((np.datetime64(f"{year + 1}-01-01", "D") - first).astype(np.int64)):
        raise ValueError(text)
    day_ns = (int(first.astype(np.int64)) + day) * NS_PER_DAY
    unix_ns = day_ns + int(match[3].ljust(8, "0")) * NS_PER_EPOCH_UNIT
    return int(utc_datetime64_to_tai_ns(np.asarray(unix_ns, dtype=np.int64).view("datetime64[ns]")))


def designator(text: str) -> str:
    """Return ``1998-067A`` for ``98067A``; text of another form as it is, without blanks around it."""
    bare = text.strip()
    match = _DESIGNATOR.fullmatch(bare)
    if match is None:
        return bare
    return f"{full_year(int(match[1]))}-{match[2]}{match[3]}"


def full_year(two_digits: int) -> int:
    """Return 1957 to 2056 for the two digits of a year."""
    return two_digits + (1900 if 1900 + two_digits >= FIRST_YEAR else 2000)


_Fields = tuple[tuple[str, str, int, int, Callable[[str], Any]], ...]
_FIELDS_1: _Fields = (
    ("NORAD_CAT_ID", "norad", 2, 7, _number),
    ("CLASSIFICATION_TYPE", "classification", 7, 8, lambda text: text.strip() or "U"),
    ("OBJECT_ID", "object_id", 9, 17, designator),
    ("EPOCH", "epoch_tai_ns", 18, 32, _epoch),
    ("MEAN_MOTION_DOT", "mean_motion_dot_rev_d2", 33, 43, _decimal),
    ("MEAN_MOTION_DDOT", "mean_motion_ddot_rev_d3", 44, 52, _exponential),
    ("BSTAR", "bstar_per_er", 53, 61, _exponential),
    ("EPHEMERIS_TYPE", "ephemeris_type", 62, 63, _whole),
    ("ELEMENT_SET_NO", "element_set_no", 64, 68, _whole),
)
_FIELDS_2: _Fields = (
    ("NORAD_CAT_ID", "norad_2", 2, 7, _number),
    ("INCLINATION", "inclination_deg", 8, 16, _decimal),
    ("RA_OF_ASC_NODE", "raan_deg", 17, 25, _decimal),
    ("ECCENTRICITY", "eccentricity", 26, 33, _eccentricity),
    ("ARG_OF_PERICENTER", "arg_perigee_deg", 34, 42, _decimal),
    ("MEAN_ANOMALY", "mean_anomaly_deg", 43, 51, _decimal),
    ("MEAN_MOTION", "mean_motion_rev_d", 52, 63, _decimal),
    ("REV_AT_EPOCH", "rev_at_epoch", 63, 68, _whole),
)
