"""One keyword of a CCSDS message, whichever notation it came in, and how its text is understood.

KVN, XML and JSON carry the same keywords; each reader turns its notation into a list of :class:`Field` in the
order of the file, comments included, with the text of every value kept. A writer gives that text back unless
the typed value was changed, so that no number is rounded on its way through.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from skypact.errors import FormatError

COMMENT = "COMMENT"

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d{1,4})?", re.ASCII)
_NOT_GIVEN = frozenset({"", "N/A", "NA", "NONE", "NULL", "UNKNOWN", "NAN", "-"})
"""Texts that stand for "no value" in optional numbers and times of real messages."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_KEYWORD_LETTER = re.compile(r"[^A-Z0-9_]")


class Field(NamedTuple):
    """A keyword with its value as text, or a comment (keyword ``COMMENT``).

    ``unit`` is as written in the message, ``line`` counts from 1 (0 where there is no text behind it), and
    ``block`` is the logical block of the message, as its XML element is called.
    """

    key: str
    text: str
    unit: str = ""
    line: int = 0
    block: str = ""


def parse_number(text: str) -> float | None:
    """Return the number in ``text`` (a Fortran ``D`` exponent is understood), or None where it is none."""
    text = text.strip()
    if _NUMBER.fullmatch(text) is None:
        return None
    return float(text.replace("D", "E").replace("d", "e"))


def is_not_given(text: str) -> bool:
    """Say whether ``text`` is one of the ways in which messages leave a value open (empty, NaN, N/A ...)."""
    return text.strip().upper() in _NOT_GIVEN


def refuse_control_characters(text: str, where: str) -> None:
    """Raise where ``text`` holds characters that no CCSDS message may carry.

    Raises
    ------
    FormatError
        Naming the first such character.
    """
    match = _CONTROL.search(text)
    if match is not None:
        line = text.count("\n", 0, match.start()) + 1
        raise FormatError(
            f"character U+{ord(match.group()):04X} is not allowed in a message",
            where=f"{where}:{line}",
            remedy="check the transfer",
        )


def one_line(text: str) -> str:
    """Return text without line ends and outer blanks, as a keyword's value must be."""
    if "\n" in text or "\r" in text:
        text = text.replace("\r", " ").replace("\n", " ")
    return text.strip()


def as_keyword(name: str) -> str:
    """Return a foreign name as a keyword that every notation can carry: capitals, digits and underscores."""
    keyword = _NO_KEYWORD_LETTER.sub("_", name.strip().upper())
    return keyword if keyword[:1].isalpha() else f"X_{keyword}"
