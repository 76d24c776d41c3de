"""OMM as JSON: CelesTrak's (numbers) and Space-Track's (everything as strings, further fields).

One object is one message, alone or in an array; white space does not matter. Both dialects of the same
object give equal rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from json.decoder import JSONDecoder
from typing import Any

from skypact.errors import FormatError
from skypact.formats.csv_text import refuse_pages
from skypact.formats.elements import ElementTable
from skypact.formats.omm_fields import FLOAT_COLUMNS, INT_COLUMNS, Fields, table_from_fields, texts_from_table
from skypact.formats.reading import RawInput, ReadReport, Rejection

_BARE = frozenset({*FLOAT_COLUMNS, *INT_COLUMNS})
"""Keywords written as JSON numbers; everything else is a string."""
_SPACE = " \t\n\r"


def read_omm_json(raw: RawInput, *, any_theory: bool = False) -> tuple[ElementTable, ReadReport]:
    """Read OMM JSON; bad records become rejections with line, field and reason, the rest is kept in order.

    A keyword that occurs twice in a record counts by its last value, with a warning.

    Parameters
    ----------
    raw
        The text, not packed.
    any_theory
        Also accept mean elements that SGP4 cannot propagate (for converting only).

    Raises
    ------
    FormatError
        If it is not JSON, is cut off, or holds no records but a provider's message.
    """
    text = raw.text()
    refuse_pages(text, raw.name)
    repeated: dict[str, int] = {}
    rows: list[Fields] = []
    lines: list[int] = []
    rejected: list[Rejection] = []
    for line, value in _records(text, raw, repeated):
        if isinstance(value, dict):
            rows.append({key.strip().upper(): _as_text(cell) for key, cell in value.items()})
            lines.append(line)
        else:
            rejected.append(Rejection(line, "", "not an object with keywords", _as_text(value) or ""))
    table, report = table_from_fields(rows, lines, raw.name, any_theory=any_theory)
    report.rejected = sorted([*rejected, *report.rejected], key=lambda r: r.line)
    report.warnings.extend(
        f"{raw.name}: {key} occurs twice in {count} records; the last value is used"
        for key, count in repeated.items()
    )
    return table, report


def write_omm_json(table: ElementTable) -> str:
    """Write an array of objects, one a line: CelesTrak's keywords and types, then the extra ones as strings.

    Reading it back gives the same numbers and texts.

    Raises
    ------
    FormatError
        For a value that no element set can have, or a text with a control character.
    """
    columns = texts_from_table(table)
    keys = [(json.dumps(key, ensure_ascii=False), key in _BARE) for key in columns]
    records = (
        ",".join(
            f"{key}:{text if bare else json.dumps(text, ensure_ascii=False)}"
            for (key, bare), text in zip(keys, row, strict=True)
        )
        for row in zip(*columns.values(), strict=True)
    )
    return "[" + ",\n".join(f"{{{record}}}" for record in records) + "]\n"


def _records(text: str, raw: RawInput, repeated: dict[str, int]) -> Iterator[tuple[int, Any]]:
    """Yield the line and value of each record, numbers as the text they were written in."""

    def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            for key in {key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i])}:
                repeated[key] = repeated.get(key, 0) + 1
        return fields

    decoder = JSONDecoder(object_pairs_hook=once, parse_float=str, parse_int=str, parse_constant=str)
    try:
        at = _skip(text, 0)
        if text[at : at + 1] != "[":
            value, end = decoder.raw_decode(text, at)
            _expect_end(text, end, raw)
            yield from _single(value, 1 + text.count("\n", 0, at), raw)
            return
        yield from _members(text, at + 1, decoder, raw)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"not valid JSON ({error.msg})", where=raw.at(error.lineno), remedy="the file may be cut off"
        ) from None
    except RecursionError:
        raise FormatError("not an OMM: JSON nested too deeply", where=raw.name) from None


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
        mark = text[at : at + 1]
        if mark == "]":
            _expect_end(text, at + 1, raw)
            return
        if mark != ",":
            raise json.JSONDecodeError("a comma or the end of the array is missing", text, at)
        at = _skip(text, at + 1)


def _single(value: Any, line: int, raw: RawInput) -> Iterator[tuple[int, Any]]:
    """Yield the records of a top-level object: itself, or what Space-Track wraps in ``data``."""
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        yield from ((line, record) for record in value["data"])
    elif isinstance(value, dict) and "error" in value:
        raise FormatError(f"the provider answered: {_as_text(value['error'])}", where=raw.name)
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
