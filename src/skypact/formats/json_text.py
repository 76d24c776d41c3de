"""JSON arrays of flat objects as columns of text: what the JSON readers of catalogs share.

Numbers stay the text they were written in, so that no reader rounds them on the way.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.decoder import JSONDecoder
from typing import Any

from skypact.errors import FormatError
from skypact.formats.csv_text import refuse_pages
from skypact.formats.reading import RawInput, Rejection

_PLAIN = {str, type(None)}
_SPACE = re.compile(r"[ \t\n\r]*")
_AFTER_MEMBER = re.compile(r"[ \t\n\r]*([,\]])[ \t\n\r]*")
_Shapes = dict[tuple[str, ...], tuple[list[int], list[tuple[Any, ...]]]]
"""By the keywords of an object, in order: which rows have them, and their values."""


@dataclass(frozen=True)
class JsonText:
    """By keyword (in capitals) one text for each object, ``None`` where it has none; what was no object."""

    columns: dict[str, Sequence[str | None]]
    lines: list[int]
    rejected: list[Rejection]
    warnings: list[str]


def split_json(raw: RawInput) -> JsonText:
    """Split one object or an array of them into columns.

    A keyword that occurs twice in an object counts by its last value, with a warning. Space-Track's wrapping
    of the array in ``data`` is understood.

    Raises
    ------
    FormatError
        If it is not JSON, is cut off, or holds a provider's message instead of data.
    """
    text = raw.text()
    refuse_pages(text, raw.name)
    lines: list[int] = []
    rejected: list[Rejection] = []
    shapes: _Shapes = {}
    for line, value in _values(text, raw):
        if isinstance(value, tuple):
            keys, cells = zip(*value, strict=True) if value else ((), ())
            rows, cells_of_rows = shapes.setdefault(keys, ([], []))
            rows.append(len(lines))
            cells_of_rows.append(cells)
            lines.append(line)
        else:
            shown = (_as_text(value) or "null")[:80]
            rejected.append(Rejection(line, "", "not an object with keywords", shown))
    warnings = [
        f"{raw.name}: {key} occurs twice in {len(rows)} records; the last value is used"
        for keys, (rows, _) in shapes.items()
        for key, count in Counter(keys).items()
        if count > 1
    ]
    return JsonText(_columns(shapes, len(lines)), lines, rejected, warnings)


def _columns(shapes: _Shapes, count: int) -> dict[str, Sequence[str | None]]:
    """Join objects of different sets of keywords to columns; of a repeated keyword the last value counts."""
    columns: dict[str, Sequence[str | None]] = {}
    for keys, (rows, cells_of_rows) in shapes.items():
        for key, cells in zip(keys, zip(*cells_of_rows, strict=True), strict=True):
            texts = list(cells) if set(map(type, cells)) <= _PLAIN else [_as_text(cell) for cell in cells]
            if len(rows) < count:
                known = columns.get(key.strip().upper(), [None] * count)
                own = dict(zip(rows, texts, strict=True))
                texts = [own.get(i, text) for i, text in enumerate(known)]
            columns[key.strip().upper()] = texts
    return columns


def _values(text: str, raw: RawInput) -> Iterator[tuple[int, Any]]:
    """Yield line and value of each member of the array, or the single value; objects as tuples of pairs."""
    decoder = JSONDecoder(object_pairs_hook=tuple, parse_float=str, parse_int=str, parse_constant=str)
    try:
        at = _skip(text, 0)
        if text[at : at + 1] == "[":
            yield from _members(text, at + 1, decoder, raw)
        else:
            value, end = decoder.raw_decode(text, at)
            _expect_end(text, end, raw)
            yield from _single(value, 1 + text.count("\n", 0, at), raw)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"not valid JSON ({error.msg})", where=raw.at(error.lineno), remedy="the file may be cut off"
        ) from None
    except RecursionError:
        raise FormatError("JSON nested too deeply for a catalog", where=raw.name) from None


def _members(text: str, at: int, decoder: JSONDecoder, raw: RawInput) -> Iterator[tuple[int, Any]]:
    """Yield the members of the array whose first member may begin at ``at``."""
    line, counted = 1, 0
    at = _skip(text, at)
    if text[at : at + 1] == "]":
        _expect_end(text, at + 1, raw)
        return
    while True:
        value, end = decoder.raw_decode(text, at)
        line, counted = line + text.count("\n", counted, at), at
        yield line, value
        mark = _AFTER_MEMBER.match(text, end)
        if mark is None:
            raise json.JSONDecodeError("a comma or the end of the array is missing", text, _skip(text, end))
        at = mark.end()
        if mark[1] == "]":
            _expect_end(text, at, raw)
            return


def _single(value: Any, line: int, raw: RawInput) -> Iterator[tuple[int, Any]]:
    """Yield the records of a top-level object: itself, or what Space-Track wraps in ``data``."""
    fields = dict(value) if isinstance(value, tuple) else {}
    if isinstance(fields.get("data"), list):
        yield from ((line, record) for record in fields["data"])
    elif "error" in fields:
        raise FormatError(f"the provider answered: {(_as_text(fields['error']) or '')[:200]}", where=raw.name)
    else:
        yield line, value


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _expect_end(text: str, at: int, raw: RawInput) -> None:
    at = _skip(text, at)
    if at < len(text):
        line = 1 + text.count("\n", 0, at)
        raise FormatError("text after the end of the JSON value", where=raw.at(line))


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    try:
        return json.dumps(_nested(value), ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply)"


def _nested(value: Any) -> Any:
    """Return objects as dictionaries again."""
    if isinstance(value, tuple):
        return {key: _nested(cell) for key, cell in value}
    return [_nested(cell) for cell in value] if isinstance(value, list) else value
