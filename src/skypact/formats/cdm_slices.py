"""Where each message of a file of several CDMs begins and ends, so that its bytes can be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from skypact.formats.detect import Kind, detect
from skypact.formats.reading import RawInput

_VERSION_LINE = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|(?<=[\r\n]))[ \t]*CCSDS_CDM_VERS[ \t]*=", re.IGNORECASE)
_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?cdm[\s>].*?</(?:[\w.-]+:)?cdm\s*>", re.DOTALL)
_LINE_END = re.compile(rb"\r\n|\n|\r")
_JSON_BLANKS = re.compile(r"[\s,]*")


class Slice(NamedTuple):
    """The bytes of one message, and the line at which it begins (in JSON: its place in the list, from 1)."""

    line: int
    data: bytes


def cdm_slices(raw: RawInput) -> list[Slice]:
    """Cut a file (not an archive) into its messages.

    Returns
    -------
    One slice for each message in order, a file of one message whole; rows of ``cdm_public`` likewise, in CSV
    each with the line of column names. Empty where the file is in an encoding or shape that cannot be cut:
    the caller must compare the number of slices with what the reader found.
    """
    kind = detect(raw)
    if kind is Kind.CDM_KVN:
        found = list(_kvn(raw.data))
    elif kind is Kind.CDM_XML:
        found = [Slice(_line(raw.data, m.start()), m.group()) for m in _ELEMENT.finditer(raw.data)]
    elif kind is Kind.CDM_JSON or (kind is Kind.CDM_PUBLIC and _is_json(raw.data)):
        found = list(_json(raw))
    else:
        return list(_csv(raw.data)) if kind is Kind.CDM_PUBLIC else []
    return [Slice(found[0].line, raw.data)] if len(found) == 1 else found


def _is_json(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")


def _line(data: bytes, place: int) -> int:
    return len(_LINE_END.findall(data, 0, place)) + 1


def _kvn(data: bytes) -> Iterator[Slice]:
    starts = [match.start() for match in _VERSION_LINE.finditer(data)]
    line = 1
    for begin, end in pairwise([0, *starts[1:], len(data)]):
        yield Slice(line, data[begin:end])
        line += len(_LINE_END.findall(data[begin:end]))


def _json(raw: RawInput) -> Iterator[Slice]:
    """Yield the members of a list at the top of a JSON text; an object at the top is one."""
    text = raw.text()
    place = len(text) - len(text.lstrip())
    if text[place] != "[":
        yield Slice(1, raw.data)
        return
    decoder = json.JSONDecoder()
    number, place = 0, _after_blanks(text, place + 1)
    while place < len(text) and text[place] != "]":
        try:
            _, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        number += 1
        yield Slice(number, text[place:end].encode())
        place = _after_blanks(text, end)


def _after_blanks(text: str, place: int) -> int:
    match = _JSON_BLANKS.match(text, place)
    return match.end() if match else place


def _csv(data: bytes) -> Iterator[Slice]:
    lines = _LINE_END.split(data)
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            yield Slice(number, lines[0] + b"\n" + line + b"\n")
