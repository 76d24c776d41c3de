"""JSON arrays of flat objects as rows of keyword and text: what the JSON readers of catalogs share.

Numbers stay the text they were written in, so that no reader rounds them on the way.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from json.decoder import JSONDecoder
from typing import Any

from skypact.errors import FormatError
from skypact.formats.csv_text import refuse_pages
from skypact.formats.reading import RawInput, Rejection

_SPACE = " \t\n\r"


@dataclass
class JsonText:
    """Rows of keyword (in capitals) and text, the line of each, and what was not a row."""

    rows: list[dict[str, str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def split_json(raw: RawInput) -> JsonText:
    """Split one object or an array of them into rows.

    A keyword that occurs twice in an object counts by its last value, with a warning. Space-Track's wrapping
    of the array in ``data`` is understood.

    Raises
    ------
    FormatError
        If it is not JSON, is cut off, or holds a provider's message instead of data.
    """
    text = raw.text()
    refuse_pages(text, raw.name)
    found = JsonText()
    repeated: Counter[str] = Counter()
    for line, value in _values(text, raw, repeated):
        if isinstance(value, dict):
            found.rows.append({key.strip().upper(): _as_text(cell) for key, cell in value.items()})
            found.lines.append(line)
        else:
            shown = (_as_text(value) or "null")[:80]
            found.rejected.append(Rejection(line, "", "not an object with keywords", shown))
    found.warnings.extend(
        f"{raw.name}: {key} occurs twice in {count} records; the last value is used"
        for key, count in repeated.items()
    )
    return found


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
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _expect_end(text: str, at: int, raw: RawInput) -> None:
    at = _skip(text, at)
    if at < len(text):
        line = 1 + text.count("\n", 0, at)
        raise FormatError("text after the end of the JSON value", where=raw.at(line))


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
