"""Conjunction data messages in JSON: objects to fields.

Two dialects are read. The **mirror of the XML** (what :mod:`skypact.formats.cdm_text` writes): blocks nested
as in XML, comments as ``COMMENT`` lists. The **flat object** of Space-Track (``expandedspacedata``, class
``cdm``) and of services that follow it: ``SAT1_`` and ``SAT2_`` before the keywords of the objects, ``_UNIT``
behind those with a unit, ``_FRACTION`` for the decimals of a time (three digits at most: milliseconds, more:
microseconds), ``COMMENT_`` and ``SAT1_COMMENT_`` for comments; ``null`` where nothing is known. What
Space-Track adds around the message (``CDM_ID``, ``FILENAME``, ``GID`` ...) becomes comments of the header.

Numbers may be JSON numbers or strings; their digits are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from skypact.errors import FormatError, LimitError
from skypact.formats.cdm_keywords import RTN
from skypact.formats.fields import COMMENT, Field, one_line, refuse_control_characters
from skypact.formats.kvn import LINE_LIMIT_CHARACTERS, shorten, split_unit
from skypact.formats.reading import RawInput

_ENVELOPE = ("CONSTELLATION", "CDM_ID", "FILENAME", "INSERT_EPOCH", "GID", "COMMENT_EMERGENCY_REPORTABLE")
"""What Space-Track puts around the message."""
_FLAT_MARKS = ("SAT1_OBJECT_DESIGNATOR", "SAT1_OBJECT", "SAT1_X", "SAT1_CR_R")
_SATELLITES = ("SAT1_", "SAT2_")
_MILLISECOND_DIGITS = 3
_MICROSECOND_DIGITS = 6


def json_value(raw: RawInput) -> Any:
    """Return the value of a JSON text, all numbers as the text they were.

    Raises
    ------
    FormatError
        For text that is not JSON (with its line), or an object with a member given twice.
    """
    text = raw.text()
    refuse_control_characters(text, raw.name)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            key = next(k for i, (k, _) in enumerate(pairs) if k in dict(pairs[:i]))
            raise FormatError("given twice", where=raw.at(0, shorten(key)))
        return members

    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"not JSON: {error.msg}", where=raw.at(error.lineno), remedy="is the file complete?"
        ) from None
    except RecursionError:
        raise LimitError("JSON nested too deep", where=raw.name) from None


def cdm_objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object that is a CDM, in order, whatever lists and wrappers it stands in."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            upper = {key.upper() for key in item}
            if upper & set(_FLAT_MARKS) or "HEADER" in upper or "CCSDS_CDM_VERS" in upper:
                yield item
            else:
                stack.extend(reversed([v for v in item.values() if isinstance(v, (dict, list))]))


def fields_of_json(members: dict[str, Any], where: str) -> Iterator[Field]:
    """Yield the fields of one CDM object of either dialect.

    Raises
    ------
    FormatError
        For a member that is neither text nor number where one is wanted.
    """
    if any(key.upper() in _FLAT_MARKS for key in members):
        yield from _flat(members, where)
        return
    version = members.get("version")
    if isinstance(version, str):
        yield Field("CCSDS_CDM_VERS", version, block="header")
    yield from _nested({key: v for key, v in members.items() if key not in ("id", "version")}, "", where)


def _text(value: Any, where: str, key: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        value = "YES" if value else "NO"
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        value = " ".join(value)
    if not isinstance(value, str):
        raise FormatError("neither text nor number", where=f"{where}: {shorten(key)}")
    if len(value) > LINE_LIMIT_CHARACTERS:
        raise LimitError(
            f"{len(value)} characters, at most {LINE_LIMIT_CHARACTERS} are read",
            where=f"{where}: {shorten(key)}",
        )
    refuse_control_characters(value, f"{where}: {shorten(key)}")
    return one_line(value)


def _nested(members: dict[str, Any], block: str, where: str) -> Iterator[Field]:
    inside = "" if block in ("body", "segment", RTN) else block
    for key, value in members.items():
        upper = key.upper()
        if upper in (COMMENT, "COMMENTS"):
            for text in value if isinstance(value, list) else [value]:
                yield Field(COMMENT, _text(text, where, key), block=inside)
        elif isinstance(value, dict):
            yield from _nested(value, key, where)
        elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
            for item in value:
                yield from _nested(item, key, where)
        else:
            text, unit = split_unit(_text(value, where, key))
            yield Field(upper, text, unit, block=inside)


def _flat(members: dict[str, Any], where: str) -> Iterator[Field]:
    """Yield the fields of a flat object: message, then object 1, then object 2, each in the order given."""
    texts = {key.upper(): _text(value, where, key) for key, value in members.items()}
    for prefix in ("", *_SATELLITES):
        if prefix:
            yield Field("OBJECT", texts.get(f"{prefix}OBJECT") or f"OBJECT{prefix[3]}", block="metadata")
        for name, text in texts.items():
            if not (name.startswith(prefix) if prefix else not name.startswith(_SATELLITES)):
                continue
            key = name[len(prefix) :]
            if key == "OBJECT" or (key.endswith("_FRACTION") and name[:-9] in texts):
                continue
            if key.endswith("_UNIT") and name[:-5] in texts:
                continue
            if not text and (key in _ENVELOPE or key.startswith("COMMENT")):
                continue
            if key in _ENVELOPE:
                yield Field(COMMENT, f"{key.removeprefix('COMMENT_')} = {text}", block="header")
            elif key.startswith("COMMENT"):
                label = key.removeprefix("COMMENT").removeprefix("_")
                yield Field(COMMENT, text if "=" in text or not label else f"{label} = {text}")
            else:
                yield Field(
                    key, _with_fraction(text, texts.get(f"{name}_FRACTION")), texts.get(f"{name}_UNIT", "")
                )


def _with_fraction(text: str, fraction: str | None) -> str:
    """Put the separate decimals of a time behind it."""
    if not fraction or not fraction.isdecimal() or "." in text:
        return text.replace(" ", "T", 1) if fraction else text
    width = _MILLISECOND_DIGITS if len(fraction) <= _MILLISECOND_DIGITS else _MICROSECOND_DIGITS
    return f"{text.replace(' ', 'T', 1)}.{fraction.zfill(width)}"
