"""Alpha-5: how the five columns of a TLE carry catalog numbers from 100,000 to 339,999.

A letter stands for the first two digits, A = 10 to Z = 33 without I and O (space-track.org, documentation of
the TLE, "Alpha-5"). It is an encoding of the TLE only: everywhere else a catalog number is an integer.
"""

from __future__ import annotations

import re

import numpy as np

from skypact.errors import FormatError

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
ALPHA5_MAX = 339_999
"""Largest number that Alpha-5 can write."""
_FIELD = re.compile(r"(?:[0-9]{5}|[A-HJ-NP-Z][0-9]{4})")
_FIRST_LETTER_VALUE = 10

LEAD_VALUES = np.full(256, -1, dtype=np.int64)
"""Value of the first column by its byte (a blank counts as zero); -1 where it cannot begin a number."""
LEAD_VALUES[ord(" ")] = 0
LEAD_VALUES[ord("0") : ord("9") + 1] = range(10)
for _value, _letter in enumerate(LETTERS, _FIRST_LETTER_VALUE):
    LEAD_VALUES[ord(_letter)] = _value


def decode_alpha5(field: str) -> int:
    """Return the catalog number of five columns: digits, or a capital letter (never I or O) and four digits.

    Raises
    ------
    FormatError
        For anything else.
    """
    if not _FIELD.fullmatch(field):
        raise FormatError(
            f"'{field}' is not a catalog number of a TLE",
            remedy="five digits, or one of A-Z without I and O and four digits",
        )
    return int(LEAD_VALUES[ord(field[0])]) * 10_000 + int(field[1:])


def encode_alpha5(norad: int) -> str:
    """Return the five columns for a catalog number from 0 to 339,999.

    Raises
    ------
    FormatError
        For numbers that a TLE cannot carry.
    """
    if not 0 <= norad <= ALPHA5_MAX:
        raise FormatError(
            f"catalog number {norad} does not fit in a TLE, whose largest is {ALPHA5_MAX}",
            remedy="write OMM (CSV, JSON, XML or KVN), which carries nine digits",
        )
    lead, rest = divmod(norad, 10_000)
    return (
        f"{LETTERS[lead - _FIRST_LETTER_VALUE]}{rest:04d}" if lead >= _FIRST_LETTER_VALUE else f"{norad:05d}"
    )
