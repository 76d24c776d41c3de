"""Keyword = value notation (KVN) of CCSDS messages: text to fields, fields to text.

A line is ``KEYWORD = value [unit]``, ``COMMENT text``, a data line (numbers in columns), or blank. What real
files add is understood: any line ending, a byte-order mark, keywords in lower case, empty values. Source:
CCSDS 502.0-B-3 section 7, 508.0-B-1 section 6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from skypact.errors import FormatError, LimitError
from skypact.formats.fields import COMMENT, Field, parse_number, refuse_control_characters
from skypact.formats.reading import RawInput

LINE_LIMIT_CHARACTERS = 4096
"""Longest line read. The standards allow 254; operators' links and comments are longer."""

KEYWORD_WIDTH = 36
"""Column of the equals sign in what is written: the longest keyword of the CDM 2.0 draft has 33 letters."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_KEYWORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_UNIT = re.compile(r"^(.*?)\s*\[([^\[\]]*)\]$", re.DOTALL)


def split_lines(text: str) -> list[str]:
    """Cut text at line ends of any system, and only there."""
    return _LINE_END.split(text)


def kvn_lines(raw: RawInput) -> list[str]:
    """Return the lines of a text input; line numbers are positions in the list plus one.

    Raises
    ------
    FormatError
        For binary content, an empty input or control characters.
    LimitError
        For a line longer than :data:`LINE_LIMIT_CHARACTERS`.
    """
    text = raw.text()
    refuse_control_characters(text, raw.name)
    lines = split_lines(text)
    if max(map(len, lines)) > LINE_LIMIT_CHARACTERS:
        number = next(i for i, line in enumerate(lines, 1) if len(line) > LINE_LIMIT_CHARACTERS)
        raise LimitError(
            f"line of {len(lines[number - 1])} characters, at most {LINE_LIMIT_CHARACTERS} are read",
            where=raw.at(number),
        )
    return lines


def parse_line(line: str, number: int) -> Field | None:
    """Read one line; None for a blank one. A line without keyword has the key ``""`` and its whole text."""
    line = line.strip()
    if not line:
        return None
    if line.startswith(COMMENT) and (len(line) == len(COMMENT) or line[len(COMMENT)] in " \t"):
        return Field(COMMENT, line[len(COMMENT) :].strip(), "", number)
    key, equals, value = line.partition("=")
    key = key.rstrip()
    if not equals or _KEYWORD.fullmatch(key) is None:
        return Field("", line, "", number)
    text, unit = split_unit(value.strip())
    return Field(key.upper(), text, unit, number)


def split_unit(value: str) -> tuple[str, str]:
    """Part a number from the unit in brackets behind it; other text keeps its brackets."""
    if not value.endswith("]"):
        return value, ""
    match = _UNIT.match(value)
    if match is None:
        return value, ""
    text, unit = match.group(1), match.group(2).strip()
    if all(parse_number(word) is not None or word.upper() == "NAN" for word in text.split()):
        return text, unit
    return value, ""


def read_kvn(raw: RawInput, lines: list[str] | None = None, first: int = 1) -> Iterator[Field]:
    """Yield every field of a message that has no data lines.

    Parameters
    ----------
    lines, first
        A part of the file, and the number of its first line; the whole file where not given.

    Raises
    ------
    FormatError
        For a line that is neither ``KEYWORD = value`` nor a comment.
    """
    for number, line in enumerate(kvn_lines(raw) if lines is None else lines, first):
        field = parse_line(line, number)
        if field is None:
            continue
        if not field.key:
            raise FormatError(
                f"'{shorten(field.text)}' is neither 'KEYWORD = value' nor a comment", where=raw.at(number)
            )
        yield field


def shorten(text: str, length: int = 40) -> str:
    """Cut text to a length that fits into an error message."""
    return text if len(text) <= length else text[: length - 3] + "..."


def split_messages(lines: list[str], keyword: str) -> list[tuple[int, list[str]]]:
    """Cut concatenated messages apart at every line of the version keyword.

    Comments and blank lines before the first version keyword stay with it. Returns the number of the first
    line and the lines of each message.
    """
    pattern = re.compile(rf"\s*{keyword}\s*=", re.IGNORECASE)
    starts = [i for i, line in enumerate(lines) if pattern.match(line)]
    edges = [0, *starts[1:], len(lines)]
    return [(a + 1, lines[a:b]) for a, b in pairwise(edges)]


def kvn_text(fields: Iterable[Field]) -> str:
    """Write fields as KVN, one line each, equals signs aligned, ending in a newline."""
    return "".join(kvn_line(field) + "\n" for field in fields)


def kvn_line(field: Field) -> str:
    """Write one field as a line of KVN."""
    if field.key == COMMENT:
        return f"{COMMENT} {field.text}".rstrip()
    unit = f" [{field.unit}]" if field.unit else ""
    return f"{field.key:<{KEYWORD_WIDTH}}= {field.text}{unit}".rstrip()
