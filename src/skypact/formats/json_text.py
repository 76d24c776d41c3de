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
    repeated: Counter[str] = Counter()
    shapes: dict[tuple[str, ...], tuple[list[int], list[tuple[Any, ...]]]] = {}
    for line, value in _values(text, raw, repeated):
        if isinstance(value, dict):
            rows, values = shapes.setdefault(tuple(value), ([], []))
            rows.append(len(lines))
            values.append(tuple(value.values()))
            lines.append(line)
        else:
            shown = (_as_text(value) or "null")[:80]
            rejected.append(Rejection(line, "", "not an object with keywords", shown))
    warnings = [
        f"{raw.name}: {key} occurs twice in {count} records; the last value is used"
        for key, count in repeated.items()
    ]
    return JsonText(_columns(shapes, len(lines)), lines, rejected, warnings)


def _columns(
    shapes: dict[tuple[str, ...], tuple[list[int], list[tuple[Any, ...]]]], count: int
) -> dict[str, Sequence[str | None]]:
    """Join objects of different sets of keywords to columns."""
    columns: dict[str, Sequence[str | None]] = {}
    for keys, (rows, values) in shapes.items():
        for key, cells in zip(keys, zip(*values, strict=True), strict=True):
            texts = list(cells) if set(map(type, cells)) <= _PLAIN else [_as_text(cell) for cell in cells]
            if len(rows) < count:
                known = columns.get(key.strip().upper(), [None] * count)
                own = dict(zip(rows, texts, strict=True))
                texts = [own.get(i, text) for i, text in enumerate(known)]
            columns[key.strip().upper()] = texts
    return columns


def _values(text: str, raw: RawInput, repeated: Counter[str]) -> Iterator[tuple[int, Any]]:
    """Yield line and value of each member of the array, or of the single value."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            repeated.update(key for key, count in counts.items() if count > 1)
        return fields

    decoder = JSONDecoder(object_pairs_hook=once, parse_float=str, parse_int=str, parse_constant=str)
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
        at = _skip(text, end)
        if text[at : at + 1] == "]":
            _expect_end(text, at + 1, raw)
            return
        if text[at : at + 1] != ",":
            raise json.JSONDecodeError("a comma or the end of the array is missing", text, at)
        at = _skip(text, at + 1)


def _single(value: Any, line: int, raw: RawInput) -> Iterator[tuple[int, Any]]:
    """Yield the records of a top-level object: itself, or what Space-Track wraps in ``data``."""
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        yield from ((line, record) for record in value["data"])
    elif isinstance(value, dict) and "error" in value:
        raise FormatError(f"the provider answered: {(_as_text(value['error']) or '')[:200]}", where=raw.name)
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
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
